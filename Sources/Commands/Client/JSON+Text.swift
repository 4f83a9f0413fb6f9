// Fields of an answer as cells of a table. A field that is missing is an empty cell: an older or newer server must
// not break a command.

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

  /// Seconds as people say them: `1.7s`, `45m`, `1h 30m 5s`.
  func seconds(_ name: String) -> String {
    guard let seconds = self[name]?.double, seconds >= 0, seconds < 1e12 else { return text(name) }
    if seconds < 10 {
      let tenths = Int((seconds * 10).rounded())
      return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
    }
    let whole = Int(seconds.rounded())
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")]
    return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }
}
