// A JSON value (RFC 8259) as a tree. Messages here are small and read once, so a tree of enums beats both
// Codable (ten times the time) and a library (Foundation is kept out of the binary).
// Parsing is in JSON+Parsing.swift, writing in JSON+Writing.swift, checked reading of fields in Fields.swift.

package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(Object)

  /// Members in the order in which they were written. Looking one up walks the list: objects here are short.
  package struct Object: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
      package let name: String
      package var value: JSON

      package init(name: String, value: JSON) {
        self.name = name
        self.value = value
      }
    }

    package private(set) var members: [Member]

    package init(_ members: [Member] = []) { self.members = members }

    /// Of members with the same name the last one counts, as in every browser.
    package subscript(name: String) -> JSON? {
      get { members.last { $0.name == name }?.value }
      set {
        if let index = members.lastIndex(where: { $0.name == name }) {
          if let newValue { members[index].value = newValue } else { members.remove(at: index) }
        } else if let newValue {
          members.append(Member(name: name, value: newValue))
        }
      }
    }

    /// Appends without looking for an older member of that name; for writers that know their names.
    package mutating func append(_ name: String, _ value: JSON) {
      members.append(Member(name: name, value: value))
    }
  }

  package subscript(name: String) -> JSON? {
    guard case .object(let object) = self else { return nil }
    return object[name]
  }

  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  package var array: [JSON]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  package var object: Object? {
    guard case .object(let value) = self else { return nil }
    return value
  }

  package var isNull: Bool { self == .null }

  /// `.string` or, for nil, `.null`.
  package static func optional(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(nilLiteral: ()) { self = .null }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Object(elements.map { Object.Member(name: $0.0, value: $0.1) }))
  }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(elements.map { Member(name: $0.0, value: $0.1) })
  }
}
