// One HTTP call: what it is matched by, what right it needs, what it does, and how the API document describes it.
// Routes are the document's only source, so the two cannot differ.

package import Access
import Control
package import Values
package import Web

package struct Route: Sendable {
  /// What a handler needs to know of one call.
  package struct Call: Sendable {
    package let request: Request
    package let parameters: [String: String]
    /// Nil only on routes without an action.
    package let grant: Grant?
    package let now: Timestamp

    /// A part of the path. The router made sure that it is there.
    package func parameter(_ name: String) -> String { parameters[name] ?? "" }
  }

  package typealias Perform = @Control @Sendable (Service, Call) async throws(Refusal) -> Response

  package let method: Method
  /// For instance `/v1/rooms/{room}`.
  package let pattern: String
  /// The right it takes; nil for what anybody may fetch.
  package let action: Action?
  package let about: Documentation
  package let perform: Perform

  let segments: [Segment]

  enum Segment: Sendable, Equatable {
    case literal(String)
    case parameter(String)
  }

  package struct Documentation: Sendable {
    package var summary: String
    package var query: [Parameter] = []
    /// The name of a schema in `Schemas`; nil if no body is taken.
    package var body: String?
    /// Status and schema name (nil: no body) of the good answer.
    package var answer: (status: Int, schema: String?)
    package var contentType = "application/json"
    package var takesIdempotencyKey = false

    package struct Parameter: Sendable {
      let name: String
      let type: String
      let about: String
    }
  }

  package init(
    _ method: Method, _ pattern: String, _ action: Action?, _ about: Documentation, perform: @escaping Perform
  ) {
    self.method = method
    self.pattern = pattern
    self.action = action
    self.about = about
    self.perform = perform
    segments = pattern.split(separator: "/").map { segment in
      segment.first == "{" ? .parameter(String(segment.dropFirst().dropLast())) : .literal(String(segment))
    }
  }

  /// The parameters if the path matches.
  func match(_ path: [String]) -> [String: String]? {
    guard path.count == segments.count else { return nil }
    var parameters: [String: String] = [:]
    for (segment, given) in zip(segments, path) {
      switch segment {
      case .literal(let expected): guard given == expected else { return nil }
      case .parameter(let name):
        guard !given.isEmpty else { return nil }
        parameters[name] = given
      }
    }
    return parameters
  }
}

extension Route.Documentation.Parameter {
  static let limit = Self(name: "limit", type: "integer", about: "At most this many items, 1 to 1000 (100).")
  static let cursor = Self(name: "cursor", type: "string", about: "The `next` of the page before.")
}

/// All routes, and which one a request means.
package struct Router: Sendable {
  package let routes: [Route]

  package enum Match {
    case found(Route, [String: String])
    /// The path exists, for these methods.
    case otherMethods([Method])
    case none
  }

  package init(_ routes: [Route]) { self.routes = routes }

  package func match(_ method: Method, _ path: [String]) -> Match {
    var others: [Method] = []
    // HEAD is GET without its body, which Web leaves out.
    let wanted = method == .head ? Method.get : method
    for route in routes {
      guard let parameters = route.match(path) else { continue }
      if route.method == wanted { return .found(route, parameters) }
      others.append(route.method)
      if route.method == .get { others.append(.head) }
    }
    return others.isEmpty ? .none : .otherMethods(others + [.options])
  }
}
