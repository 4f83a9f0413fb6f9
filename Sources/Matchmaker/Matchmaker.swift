// Performs what the queue decides: keeps it in the store, makes the rooms, tells people. The queue itself (Matching) is a
// value that knows neither; here it meets time, connections and the disk. Everything that it is told is written down in
// the order in which it was told, so after a crash it stands where it stood, and every decision can be had again.
// By subject: +Queue (who comes and answers), +Deciding (commands and what follows), +Telling, +Restoring, +Views.

import Access
package import Control
package import Matching
import Observe
package import Sessions
package import Store
package import Values

@Control package final class Matchmaker {
  package struct Options: Sendable {
    package var rules = MatchingRules()
    /// How long a place is kept for somebody whose connection dropped.
    package var resumeWindow = Duration.seconds(60)
    package init() {}
  }

  /// Somebody with a ticket.
  struct Person {
    let ticket: String
    let identity: String
    var name: String?
    /// Nil while the connection is away.
    var listener: (any QueueListener)?
    /// Ends the ticket of one who does not come back.
    var patience: Timer?
    /// The last update, so that nobody is told the same twice.
    var told: QueueUpdate?
  }

  let store: any Store
  let rooms: Rooms
  package var options: Options
  let clock: @Control () -> Timestamp
  let log = Log("matching")

  package internal(set) var queue: MatchQueue
  var people: [String: Person] = [:]
  var ticketOfIdentity: [String: String] = [:]
  /// Offers and matches that are open, by the queue's number and by their ids.
  var matches: [UInt64: MatchRow] = [:]
  var numberOfMatch: [String: UInt64] = [:]
  var numberOfSession: [String: UInt64] = [:]
  /// Rooms that are ready for somebody who was not there to hear of it.
  var undelivered: [String: [ConfirmedMatch]] = [:]
  /// Of students whose tickets ended with a match, until the room is there.
  var formerNames: [String: String] = [:]
  var formerListeners: [String: any QueueListener] = [:]
  /// Whose turn it is to be told how long it will take.
  var updateTurn: [String] = []
  /// Commands since the queue's state was written down.
  var commandsSinceState = 0

  /// Puts the queue's state into words, which takes a long queue a while.
  let writer = WorkThread(named: "matching")
  private var tickTimer: Timer?
  private var updateTimer: Timer?
  var random = SystemRandomNumberGenerator()

  package init(
    store: any Store, rooms: Rooms, options: Options = Options(),
    clock: @escaping @Control () -> Timestamp = { .now }
  ) {
    self.store = store
    self.rooms = rooms
    self.options = options
    self.clock = clock
    queue = MatchQueue(options.rules)
  }

  func identifier(_ kind: Identifier.Kind) -> String { Identifier.make(kind, using: &random) }

  // MARK: Time

  /// Has the queue look at itself soon if something changed, else when something runs out.
  func schedule() {
    let wait: Duration
    if queue.wantsTick {
      wait = Limits.tickDelay
    } else if let alarm = queue.nextAlarm {
      wait = max(Limits.tickDelay, .milliseconds(alarm - clock().milliseconds))
    } else {
      return
    }
    if let tickTimer, tickTimer.isArmed, queue.wantsTick == isSoon { return }
    isSoon = queue.wantsTick
    let timer = tickTimer ?? Timer { [weak self] in self?.tick() }
    tickTimer = timer
    timer.start(after: wait)
  }

  private var isSoon = false

  func tick() {
    isSoon = false
    tickTimer?.cancel()
    decide(.tick, because: "expired")
    scheduleUpdates()
  }

  func scheduleUpdates() {
    guard !people.isEmpty else { return }
    let timer = updateTimer ?? Timer { [weak self] in self?.tellUpdates() }
    updateTimer = timer
    if !timer.isArmed { timer.start(after: Limits.updateInterval) }
  }

  /// Other rules count from now on. What was told before is not played again under them: the state is written down.
  package func change(_ new: Options) {
    options = new
    guard queue.rules != new.rules else { return }
    queue.adopt(new.rules)
    Task.immediate { try? await writeState() }
    schedule()
  }

  /// What nobody asks about any more.
  package func sweep(before time: Timestamp) async {
    if commandsSinceState > 0 { try? await writeState() }
    try? await store.write(.process) { connection throws(StoreFailure) in
      try QueueLog.sweep(before: time, connection)
    }
  }

  /// The process ends: the state is written down, so that the next start has little to read.
  package func stop() async {
    tickTimer?.cancel()
    updateTimer?.cancel()
    for ticket in people.keys { people[ticket]?.patience?.cancel() }
    guard commandsSinceState > 0 else { return }
    try? await writeState()
  }
}
