// The OpenAPI 3.1 document, made from the routes themselves and the schemas.

package import Values
import Web

package enum OpenAPI {
  package static func document(_ routes: [Route]) -> JSON {
    var paths = JSON.Object()
    for route in routes {
      var methods = paths[route.pattern]?.object ?? JSON.Object()
      methods.append(route.method.rawValue.lowercased(), operation(route))
      paths[route.pattern] = .object(methods)
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Tandem", "version": .string(Version.current),
        "description":
          "Sessions for one-to-one and small-group teaching: rooms, tokens, events. The WebSocket protocol is at /v1/ws.",
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "paths": .object(paths),
      "components": [
        "schemas": .object(Schemas.all),
        "securitySchemes": ["token": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]],
      ],
    ]
  }

  private static func operation(_ route: Route) -> JSON {
    let about = route.about
    var operation: JSON.Object = [
      "operationId": .string(operationID(route)), "summary": .string(about.summary),
    ]
    var parameters: [JSON] = route.segments.compactMap { segment in
      guard case .parameter(let name) = segment else { return nil }
      return ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
    }
    for parameter in about.query {
      parameters.append([
        "name": .string(parameter.name), "in": "query", "description": .string(parameter.about),
        "schema": ["type": .string(parameter.type)],
      ])
    }
    if about.takesIdempotencyKey {
      parameters.append([
        "name": "Idempotency-Key", "in": "header",
        "description": "The same key and body have the same effect however often they are sent.",
        "schema": ["type": "string", "maxLength": 255],
      ])
    }
    if !parameters.isEmpty { operation.append("parameters", .array(parameters)) }
    if let body = about.body {
      operation.append(
        "requestBody", ["required": true, "content": ["application/json": ["schema": reference(body)]]])
    }
    operation.append("responses", .object(responses(route)))
    if route.action != nil { operation.append("security", [["token": []]]) }
    return .object(operation)
  }

  private static func responses(_ route: Route) -> JSON.Object {
    var good: JSON.Object = ["description": "Done."]
    if let schema = route.about.answer.schema {
      good.append(
        "content", .object([route.about.contentType: ["schema": reference(schema)]] as JSON.Object))
    } else if route.about.answer.status != 204 {
      good.append("content", .object([route.about.contentType: [:]] as JSON.Object))
    }
    return [
      String(route.about.answer.status): .object(good),
      "default": [
        "description": "Refused.",
        "content": ["application/problem+json": ["schema": reference("Problem")]],
      ],
    ]
  }

  /// `get /v1/rooms/{room}` becomes `getRoomsRoom`.
  private static func operationID(_ route: Route) -> String {
    let words = route.pattern.split { !$0.isLetter && !$0.isNumber }.filter { $0 != "v1" }
    return route.method.rawValue.lowercased()
      + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func reference(_ schema: String) -> JSON {
    ["$ref": .string("#/components/schemas/\(schema)")]
  }
}
