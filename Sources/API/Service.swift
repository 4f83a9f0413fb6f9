// The API's one object: every HTTP request and every WebSocket comes in here. It finds the route, checks rates,
// token and right, calls, and turns what is thrown into a problem document. No other place does any of these.

package import Access
package import Agenda
package import Control
package import Library
package import Matchmaker
import Observe
package import Sessions
package import Store
package import Values
package import Web

@Control package final class Service {
  package struct Options: Sendable {
    package var node = "local"
    package var region: String?
    package var joinTimeout = Duration.seconds(10)
    package var messagesPerSecond = 50.0
    package var messageBurst = 100.0
    package var requestsPerSecond = 50.0
    package var requestBurst = 200.0
    package var failuresPerMinute = 60
    package var connectionsPerIdentity = 10
    package var bodyBytes = 1 << 20
    package var tokenRefresh = Duration.seconds(60)
    package var servesPage = true
    /// For developers: pages may show more and ask less.
    package var isDev = false
    package var iceServers = IceServers()
    package init() {}
  }

  /// What this node needs to say of itself, supplied by the one who put the parts together.
  package struct Readiness: Sendable {
    package var checks: [(name: String, problem: String?)]
    package init(_ checks: [(name: String, problem: String?)]) { self.checks = checks }
    package var isReady: Bool { checks.allSatisfy { $0.problem == nil } }
  }

  package let rooms: Rooms
  package let keys: KeyRing
  package let verifier: TokenVerifier
  package let revocations: Revocations
  package let audit: Audit
  package let store: any Store
  /// Nil: this server keeps no recordings.
  package var library: Library?
  /// Nil: this server matches nobody.
  package var matchmaker: Matchmaker?
  /// Nil: this server watches no bookings.
  package var agenda: Agenda?
  package let router: Router
  let watching: Watching
  package var options: Options {
    didSet {
      addresses.retune(ratePerSecond: options.requestsPerSecond, burst: options.requestBurst)
      people.retune(ratePerSecond: options.requestsPerSecond, burst: options.requestBurst)
      failures.retune(failuresPerMinute: options.failuresPerMinute)
    }
  }
  package var readiness: @Control () async -> Readiness = { Readiness([]) }
  package private(set) var draining = false

  /// Requests and joins: whoever comes from many addresses is still one person.
  private var addresses: RateLimiter
  private var people: RateLimiter
  private var failures: FailureThrottle
  private let log = Log("api")
  var identities = ConnectionCounts()

  package init(
    rooms: Rooms, keys: KeyRing, verifier: TokenVerifier, revocations: Revocations, audit: Audit,
    store: any Store,
    options: Options
  ) {
    self.rooms = rooms
    self.keys = keys
    self.verifier = verifier
    self.revocations = revocations
    self.audit = audit
    self.store = store
    self.options = options
    addresses = RateLimiter(
      ratePerSecond: options.requestsPerSecond, burst: options.requestBurst, capacity: Limits.rated)
    people = RateLimiter(
      ratePerSecond: options.requestsPerSecond, burst: options.requestBurst, capacity: Limits.rated)
    failures = FailureThrottle(failuresPerMinute: options.failuresPerMinute)
    router = Router(Routes.all)
    watching = Watching(store: store, verifier: verifier)
    watching.glance = { [unowned self] in snapshot }
  }

  /// From now on nothing new begins here; what runs goes on until `deadline`.
  package func drain(deadline: Timestamp) {
    draining = true
    Metrics.draining.set(1)
    rooms.drain(deadline: deadline)
  }

  // MARK: Tokens

  /// The grant of a token, with failed tries throttled by address.
  func authenticate(_ token: String, address: String) throws(Refusal) -> Grant {
    do {
      // A good token is good even from an address with many failures: a school has one address for all.
      return try verifier.verify(token, at: .now)
    } catch {
      // An expired token is a clock's doing, not a guess.
      guard error.code == .unauthorized else { throw error }
      let now = ContinuousClock.now
      if case .limited(let wait) = failures.verdict(address, at: now) {
        Metrics.rateLimited.add()
        throw Refusal(.rateLimited, "too many failed tokens from this address", retryAfter: wait)
      }
      failures.failed(address, at: now)
      throw error
    }
  }

  /// Called for every request and every join with a good token.
  func checkRate(of grant: Grant) throws(Refusal) {
    if case .limited(let wait) = people.take(grant.identity, at: .now) {
      throw limited("too many requests of this identity", wait)
    }
  }

  private func limited(_ why: String, _ wait: Duration) -> Refusal {
    Metrics.rateLimited.add()
    return Refusal(.rateLimited, why, retryAfter: wait)
  }

  func grant(of request: Request) throws(Refusal) -> Grant {
    guard let header = request.headers["authorization"] else {
      throw Refusal(.unauthorized, "a token is missing: send Authorization: Bearer <token>")
    }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw Refusal(.unauthorized, "the Authorization header must be: Bearer <token>")
    }
    return try authenticate(String(parts[1]), address: request.address)
  }

  // MARK: HTTP

  private func perform(_ request: Request) async throws(Refusal) -> Response {
    if case .limited(let wait) = addresses.take(request.address, at: .now) {
      throw limited("too many requests from this address", wait)
    }
    switch router.match(request.method, request.path) {
    case .found(let route, let parameters):
      var grant: Grant?
      if let action = route.action {
        let holder = try self.grant(of: request)
        try checkRate(of: holder)
        try ActionTable.require(action, holder, room: parameters["room"])
        grant = holder
      }
      let call = Route.Call(request: request, parameters: parameters, grant: grant, now: .now)
      return try await route.perform(self, call)
    case .otherMethods(let methods):
      let allowed = methods.map(\.rawValue).joined(separator: ", ")
      if request.method == .options {
        return Response(status: 204, headers: Headers([("Allow", allowed)]))
      }
      throw Refusal(.methodNotAllowed, "this path takes \(allowed)")
    case .none:
      guard options.servesPage, let page = PageRoutes.response(request) else {
        throw Refusal(.notFound, "there is nothing at this path; /openapi.json lists what there is")
      }
      return page
    }
  }
}

extension Service: WebHandler {
  package func bodyLimit(_ method: Method, path: String) -> Int {
    switch method {
    case .get, .head, .options: 0
    case .post, .put, .patch, .delete: options.bodyBytes
    }
  }

  package func respond(to request: Request) async -> Response {
    do {
      return try await perform(request)
    } catch {
      Metrics.refusals.add()
      if error.code == .internal {
        log.error("a request failed", ["request": .string(request.id), "detail": .string(error.message)])
      }
      var response = Problem.response(error, requestID: request.id)
      if case .otherMethods(let methods) = router.match(request.method, request.path) {
        response.headers["allow"] = methods.map(\.rawValue).joined(separator: ", ")
      }
      return response
    }
  }

  package func openSocket(_ request: Request, subprotocols: [String]) -> SocketDecision {
    guard request.path == ["v1", "ws"] else {
      return .refuse(
        Problem.response(Refusal(.notFound, "WebSockets are at /v1/ws"), requestID: request.id))
    }
    guard subprotocols.contains(Client.subprotocol) else {
      return .refuse(
        Problem.response(
          Refusal(.invalidMessage, "the WebSocket must offer the subprotocol \(Client.subprotocol)"),
          requestID: request.id))
    }
    return .accept(subprotocol: Client.subprotocol, Client(service: self))
  }

  package func refusal(status: Int, detail: String, requestID: String) -> Response {
    let refusal = Refusal(Problem.code(of: status), detail, retryAfter: status == 503 ? .seconds(2) : nil)
    return Problem.response(refusal, status: status, requestID: requestID)
  }
}
