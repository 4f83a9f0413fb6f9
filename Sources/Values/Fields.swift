// Checked reading of a JSON object from outside: each getter names the field and what it should have been, so
// that the sender of a wrong message learns what to mend. Unknown fields are ignored, null counts as absent.

/// Which field is wrong, and how: "offer.sdp: must be a string".
package struct InvalidField: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let problem: String
  package init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }
  package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}

package struct Fields: Sendable {
  package let object: JSON.Object
  private let path: String

  package init(_ json: JSON, path: String = "") throws(InvalidField) {
    guard case .object(let object) = json else {
      throw InvalidField(path: path, problem: "must be an object")
    }
    self.object = object
    self.path = path
  }

  package func invalid(_ name: String, _ problem: String) -> InvalidField {
    InvalidField(path: path.isEmpty ? name : "\(path).\(name)", problem: problem)
  }

  /// The raw value; nil if absent or null.
  package subscript(name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  /// `length` counts UTF-8 bytes: what the text costs to keep and to send.
  package func optionalString(_ name: String, length: ClosedRange<Int> = 0...4096) throws(InvalidField)
    -> String?
  {
    guard let value = self[name] else { return nil }
    guard let text = value.string else { throw invalid(name, "must be a string") }
    guard length.contains(text.utf8.count) else {
      throw invalid(
        name, "must have \(length.lowerBound) to \(length.upperBound) bytes, has \(text.utf8.count)")
    }
    return text
  }

  package func string(_ name: String, length: ClosedRange<Int> = 0...4096) throws(InvalidField) -> String {
    guard let text = try optionalString(name, length: length) else { throw invalid(name, "is required") }
    return text
  }

  package func optionalBool(_ name: String) throws(InvalidField) -> Bool? {
    guard let value = self[name] else { return nil }
    guard let bool = value.bool else { throw invalid(name, "must be true or false") }
    return bool
  }

  package func bool(_ name: String) throws(InvalidField) -> Bool {
    guard let bool = try optionalBool(name) else { throw invalid(name, "is required") }
    return bool
  }

  package func optionalInteger(_ name: String, in range: ClosedRange<Int>) throws(InvalidField) -> Int? {
    guard let value = self[name] else { return nil }
    guard let integer = value.integer else { throw invalid(name, "must be a whole number") }
    guard let result = Int(exactly: integer), range.contains(result) else {
      throw invalid(name, "must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return result
  }

  package func integer(_ name: String, in range: ClosedRange<Int>) throws(InvalidField) -> Int {
    guard let value = try optionalInteger(name, in: range) else { throw invalid(name, "is required") }
    return value
  }

  /// One of an enum's raw values, which the message lists when it is none of them.
  package func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) throws(InvalidField) -> Choice? {
    guard let value = self[name] else { return nil }
    guard let text = value.string, let choice = Choice(rawValue: text) else {
      throw invalid(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) throws(InvalidField) -> Choice {
    guard let choice = try optionalChoice(name, type) else { throw invalid(name, "is required") }
    return choice
  }

  package func optionalFields(_ name: String) throws(InvalidField) -> Fields? {
    guard let value = self[name] else { return nil }
    return try Fields(value, path: path.isEmpty ? name : "\(path).\(name)")
  }

  package func fields(_ name: String) throws(InvalidField) -> Fields {
    guard let fields = try optionalFields(name) else { throw invalid(name, "is required") }
    return fields
  }

  /// The objects of an array; empty if the array is absent.
  package func list(_ name: String, atMost count: Int) throws(InvalidField) -> [Fields] {
    guard let value = self[name] else { return [] }
    guard let elements = value.array else { throw invalid(name, "must be an array") }
    guard elements.count <= count else { throw invalid(name, "must have at most \(count) elements") }
    var result: [Fields] = []
    for (index, element) in elements.enumerated() {
      result.append(
        try Fields(element, path: path.isEmpty ? "\(name)[\(index)]" : "\(path).\(name)[\(index)]"))
    }
    return result
  }

  /// A free object of the platform's own, kept as it is but for its size.
  package func optionalFreeObject(_ name: String, bytesAtMost: Int) throws(InvalidField) -> JSON? {
    guard let value = self[name] else { return nil }
    guard value.object != nil else { throw invalid(name, "must be an object") }
    guard value.encoded().count <= bytesAtMost else {
      throw invalid(name, "must have at most \(bytesAtMost) bytes")
    }
    return value
  }

  package func optionalTimestamp(_ name: String) throws(InvalidField) -> Timestamp? {
    guard let text = try optionalString(name, length: 0...64) else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw invalid(name, "must be a time such as 2026-01-31T09:00:00Z")
    }
    return time
  }
}
