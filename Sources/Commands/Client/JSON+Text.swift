// Fields of an answer as cells of a table. A field that is missing is an empty cell: an older or newer server must
// not break a command.

import Configuration
import Values

extension JSON {
  func text(_ name: String) -> String {
    switch self[name] {
    case nil, .null?: ""
    case .string(let text)?: text
    case .bool(let value)?: value ? "yes" : "no"
    case let value?: value.text
    }
  }

  /// Seconds as people say them.
  func seconds(_ name: String) -> String {
    guard let seconds = self[name]?.double, seconds >= 0, seconds < 1e12 else { return text(name) }
    return Quantity.text(.milliseconds(Int64(seconds * 1000)))
  }
}
