// The floor above Web, as small as the tests need it.

import Control
import Glibc
import Synchronization
import Values

@testable import Web

@Control final class House: WebHandler {
  var routes: [String: @Control (Request) async -> Response] = [:]
  var bodyLimitBytes = 1000
  var onText: @Control ([UInt8], any Socket) -> Void = { text, socket in socket.send(text) }
  private(set) var requests: [Request] = []
  private(set) var sockets: [any Socket] = []
  private(set) var closed: [Int?] = []
  private(set) var binaries = 0

  func bodyLimit(_ method: Web.Method, path: String) -> Int { bodyLimitBytes }

  func respond(to request: Request) async -> Response {
    requests.append(request)
    if let route = routes[request.rawPath] { return await route(request) }
    return .json([
      "method": .string(request.method.rawValue), "path": .array(request.path.map { .string($0) }),
      "query": .array(request.query.map { .string("\($0.name)=\($0.value)") }),
      "body": .string(String(decoding: request.body, as: UTF8.self)), "address": .string(request.address),
      "secure": .bool(request.isSecure), "id": .string(request.id),
    ])
  }

  func openSocket(_ request: Request, subprotocols: [String]) -> SocketDecision {
    requests.append(request)
    guard request.rawPath == "/ws" else {
      return .refuse(refusal(status: 404, detail: "no", requestID: request.id))
    }
    return .accept(subprotocol: subprotocols.contains("tandem.v1") ? "tandem.v1" : "", Guest(self))
  }

  func refusal(status: Int, detail: String, requestID: String) -> Response {
    .json(["status": .integer(Int64(status)), "detail": .string(detail)], status: status)
  }

  private final class Guest: SocketHandler {
    let house: House
    init(_ house: House) { self.house = house }
    func opened(_ socket: any Socket) { house.sockets.append(socket) }
    func received(_ text: [UInt8], on socket: any Socket) { house.onText(text, socket) }
    func receivedBinary(on socket: any Socket) { house.binaries += 1 }
    func closed(_ socket: any Socket, code: Int?) { house.closed.append(code) }
  }
}

/// A server on a free port for as long as `body` runs.
@Control func withServer(
  _ change: (inout WebServer.Options) -> Void = { _ in },
  _ body: @Control (WebServer, House) async throws -> Void
) async throws {
  var options = WebServer.Options()
  options.address = "127.0.0.1"
  options.port = 0
  change(&options)
  let house = House()
  let server = try WebServer(options: options, handler: house)
  do { try await body(server, house) } catch {
    await server.close(code: 1012, reason: "failed")
    throw error
  }
  await server.close(code: 1012, reason: "done")
}

/// Until it holds, or for two seconds.
@Control func eventually(_ condition: @Control () -> Bool) async -> Bool {
  for _ in 0..<200 {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return condition()
}

/// A file of random-looking text, deleted by the caller.
func temporaryFile(_ bytes: [UInt8], suffix: String = "") -> String {
  var template = Array("/tmp/tandem-web-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  close(descriptor)
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A number that any thread may raise.
final class Counted: Sendable {
  private let value = Atomic<Int>(0)
  /// What it was before.
  @discardableResult func add(_ count: Int = 1) -> Int { value.add(count, ordering: .relaxed).oldValue }
  var current: Int { value.load(ordering: .relaxed) }
}
