// What becomes of booked sessions around their time: reminders, who did not come, the warning before the end, the signed
// receipt when it is over, what people then say of each other. The list of what is to be done is in the store; one timer
// waits for the first of it. Each act takes its entry and writes its event in one transaction, so it happens once,
// whatever dies in between. By subject: +Acts, +Ratings.

package import Access
package import Control
import Observe
package import Sessions
package import Store
import Synchronization
package import Values

@Control package final class Agenda {
  package struct Options: Sendable {
    /// How long after a session people may rate each other, and change what they said.
    package var ratingWindow = Duration.seconds(7 * 86_400)
    package init() {}
  }

  let store: any Store
  let rooms: Rooms
  package var options: Options
  let clock: @Control () -> Timestamp
  let log = Log("agenda")
  /// Signs a statement: the JSON Web Signature and the name of its key.
  package var sign: @Control (JSON) async -> Result<Signed, Refusal> = { _ in
    .failure(Refusal(.unavailable, "This server signs nothing."))
  }
  /// Told of what two people said of their sessions together.
  package var remember: @Control (PairRatings) -> Void = { _ in }
  /// Told of who was rated.
  package var rated: @Control (String) async -> Void = { _ in }

  package struct Signed: Sendable {
    package var jws: String
    package var key: String
    package init(jws: String, key: String) {
      self.jws = jws
      self.key = key
    }
  }

  private var timer: Timer?
  private var isLooking = false
  private var wantsLook = false
  private var isStopped = false
  private let wake = Wake()
  private var random = SystemRandomNumberGenerator()

  private final class Wake: Sendable { let isSet = Atomic<Bool>(false) }

  package init(
    store: any Store, rooms: Rooms, options: Options = Options(),
    clock: @escaping @Control () -> Timestamp = { .now }
  ) {
    self.store = store
    self.rooms = rooms
    self.options = options
    self.clock = clock
  }

  func identifier(_ kind: Identifier.Kind) -> String { Identifier.make(kind, using: &random) }

  /// From now on what is due is done, and what came due while no server ran.
  package func start() {
    let wake = wake
    store.observe(.agenda) { [weak self] in
      guard !wake.isSet.exchange(true, ordering: .acquiringAndReleasing) else { return }
      Task { @Control in
        wake.isSet.store(false, ordering: .releasing)
        self?.poke()
      }
    }
    timer = Timer { [weak self] in self?.poke() }
    poke()
  }

  package func stop() {
    isStopped = true
    timer?.cancel()
  }

  func poke() {
    guard !isStopped else { return }
    wantsLook = true
    guard !isLooking else { return }
    isLooking = true
    Task {
      while wantsLook, !isStopped {
        wantsLook = false
        let wait = await look()
        if !isStopped { timer?.start(after: wait) }
      }
      isLooking = false
    }
  }

  /// Does all that is due; how long until there is more.
  @discardableResult
  package func look() async -> Duration {
    do throws(StoreFailure) {
      var hasFailed = false
      while !isStopped, !hasFailed {
        let now = clock()
        let due = try await store.read { connection throws(StoreFailure) in
          try AgendaRow.due(at: now, limit: Limits.page, connection)
        }
        for entry in due where !isStopped { hasFailed = await !perform(entry, at: now) || hasFailed }
        if due.count < Limits.page { break }
      }
      if hasFailed { return Limits.retryAfter }
      guard let next = try await store.read(AgendaRow.next) else { return Limits.longestSleep }
      return min(Limits.longestSleep, max(.zero, next - clock()))
    } catch {
      log.error("the agenda could not be read", ["reason": .string(error.message)])
      return Limits.retryAfter
    }
  }

  /// False: it is to be tried again.
  private func perform(_ entry: AgendaRow, at now: Timestamp) async -> Bool {
    do throws(Refusal) {
      switch entry.kind {
      case .reminder(let lead): try await remind(entry, lead: .milliseconds(lead), at: now)
      case .noShow: try await lookForAbsent(entry, at: now)
      case .ending: try await warn(entry, at: now)
      case .completed: try await complete(entry, at: now)
      case .history: try await rememberPairs(entry)
      }
      return true
    } catch {
      log.error(
        "what was due of a session could not be done",
        ["session": .string(entry.session), "reason": .string(error.message)])
      return false
    }
  }

  // MARK: The store, in the words of refusals

  func reading<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(Refusal) -> Result {
    do throws(StoreFailure) { return try await store.read(body) } catch {
      throw Refusal(.unavailable, "The server cannot read right now.", retryAfter: .seconds(5))
    }
  }

  func writing<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(Refusal) -> Result {
    do throws(StoreFailure) { return try await store.write(.disk, body) } catch {
      throw Refusal(.unavailable, "The server cannot write right now.", retryAfter: .seconds(5))
    }
  }
}
