// The bounds of webhook delivery, each with where its value comes from.

package enum Limits {
  /// Requests to one endpoint at the same time: enough to hide a slow answer, few enough for a small service.
  package static let inFlight = 8

  /// Events of one endpoint that are held because they are not delivered yet. When so many wait, nothing
  /// newer is read: the rest stays in the database.
  package static let pending = 1_000

  /// Events read at a time.
  package static let page = 200

  /// The first wait after a failure; each further one doubles it.
  package static let firstWait = Duration.seconds(1)

  /// The longest wait: how late an endpoint that is mended hears of it at worst.
  package static let longestWait = Duration.seconds(300)

  /// Failures in a row, with no success between, after which an endpoint is tried with one request at a time.
  package static let failuresBeforeProbing = 2

  /// What a request gets over its time limit before it counts as lost, should the client below never answer.
  package static let overtime = Duration.seconds(5)

  /// How far progress may lag behind in the database: what is sent twice after a crash.
  package static let saveEvery = Duration.milliseconds(100)

  /// How often the backlog is looked up, and a missed wake-up made good.
  package static let lookEvery = Duration.seconds(10)

  /// The wait after the store could not be read.
  package static let storeRetry = Duration.seconds(1)
}
