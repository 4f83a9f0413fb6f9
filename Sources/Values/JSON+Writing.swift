// A JSON tree into bytes: the shortest form, in the order of the members.

extension JSON {
  package func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(256)
    write(into: &bytes)
    return bytes
  }

  package var text: String { String(decoding: encoded(), as: UTF8.self) }

  package func write(into bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): bytes.append(contentsOf: String(value).utf8)
    case .number(let value):
      // JSON has no word for these; null is what browsers write.
      bytes.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
    case .string(let value): JSON.write(value, into: &bytes)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        value.write(into: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSON.write(member.name, into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.write(into: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  package static func write(_ text: String, into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case 0x0D: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(contentsOf: Hex.encode([byte]).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Indented by two spaces, for people.
  package func pretty() -> String {
    var result = ""
    pretty(into: &result, indent: "")
    return result
  }

  private func pretty(into result: inout String, indent: String) {
    let inner = indent + "  "
    switch self {
    case .array(let values) where !values.isEmpty:
      result += "["
      for (index, value) in values.enumerated() {
        result += (index == 0 ? "\n" : ",\n") + inner
        value.pretty(into: &result, indent: inner)
      }
      result += "\n\(indent)]"
    case .object(let object) where !object.members.isEmpty:
      result += "{"
      for (index, member) in object.members.enumerated() {
        result += (index == 0 ? "\n" : ",\n") + inner + JSON.string(member.name).text + ": "
        member.value.pretty(into: &result, indent: inner)
      }
      result += "\n\(indent)}"
    default:
      result += text
    }
  }
}
