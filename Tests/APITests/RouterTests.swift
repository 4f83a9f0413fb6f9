// Which route a method and a path find, and that the published description of the API says the same.

import API
import Access
import Testing
import Values
import Web

@Suite("Routes and their document") struct RouterTests {
  static let router = Router(Routes.all)

  @Test("a path finds its route and its parts")
  func found() {
    guard case .found(let route, let parameters) = Self.router.match(.get, ["v1", "rooms", "a b"]) else {
      Issue.record("no route")
      return
    }
    #expect(route.pattern == "/v1/rooms/{room}")
    #expect(parameters == ["room": "a b"])
  }

  @Test("HEAD is answered where GET is")
  func head() {
    guard case .found = Self.router.match(.head, ["healthz"]) else {
      Issue.record("no route")
      return
    }
  }

  @Test("another method is told which ones there are")
  func otherMethods() {
    guard case .otherMethods(let methods) = Self.router.match(.put, ["v1", "rooms"]) else {
      Issue.record("no methods")
      return
    }
    #expect(methods == [.get, .head, .post, .options])
  }

  @Test("no two routes are the same, and every path is unambiguous")
  func unambiguous() {
    let keys = Routes.all.map { "\($0.method.rawValue) \($0.pattern)" }
    #expect(Set(keys).count == keys.count)
  }

  @Test("the document has every route, and every schema it names exists")
  func document() throws {
    let document = OpenAPI.document(Routes.all)
    #expect(document["openapi"] == "3.1.0")
    for route in Routes.all {
      let operation = document["paths"]?[route.pattern]?[route.method.rawValue.lowercased()]
      #expect(operation != nil, "\(route.method.rawValue) \(route.pattern) is missing")
      #expect(operation?["responses"]?[String(route.about.answer.status)] != nil)
      #expect((operation?["security"] == nil) == (route.action == nil))
    }
    let schemas = Set(document["components"]?["schemas"]?.object?.members.map(\.name) ?? [])
    for reference in Self.references(in: document) {
      #expect(schemas.contains(String(reference.dropFirst("#/components/schemas/".count))), "\(reference)")
    }
    let identifiers = Routes.all.compactMap {
      document["paths"]?[$0.pattern]?[$0.method.rawValue.lowercased()]?["operationId"]?.string
    }
    #expect(Set(identifiers).count == Routes.all.count)
  }

  private static func references(in json: JSON) -> [String] {
    switch json {
    case .object(let object):
      object.members.flatMap { member -> [String] in
        if member.name == "$ref", let text = member.value.string { return [text] }
        return references(in: member.value)
      }
    case .array(let values): values.flatMap(references)
    case .null, .bool, .integer, .number, .string: []
    }
  }

  /// The files of recordings are not: they ask for a token or a signed link themselves.
  @Test("only health, metrics and the document itself are open to everybody")
  func open() {
    let open = Routes.all.filter { $0.action == nil }.map(\.pattern)
    let files = ["/v1/recordings/{recording}/{file}", "/v1/recordings/{recording}/tracks/{file}"]
    // Of keys, what the word says: the public half.
    let always = [
      "/healthz", "/readyz", "/metrics", "/openapi.json", "/protocol.json", "/v1/keys/signing",
    ]
    #expect(Set(open) == Set(always + files))
  }
}

@Suite("Problem documents") struct ProblemTests {
  @Test("every code has a status that fits and a document that says why", arguments: Refusal.Code.allCases)
  func problem(code: Refusal.Code) throws {
    let response = Problem.response(
      Refusal(code, "because", retryAfter: .milliseconds(1500)), requestID: "q_1")
    #expect((400...599).contains(response.status))
    #expect(response.headers["content-type"] == "application/problem+json")
    #expect(response.headers["retry-after"] == "2")
    guard case .bytes(let bytes) = response.body else {
      Issue.record("no body")
      return
    }
    let body = try JSON(parsing: bytes)
    #expect(body["code"]?.string == code.rawValue)
    #expect(body["detail"] == "because")
    #expect(body["status"]?.integer == Int64(response.status))
  }
}
