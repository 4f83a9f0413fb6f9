// From what an operator wrote to a checked value of a key: text of an environment variable or a flag, or a node of
// YAML. Every complaint says what the value must be, as it continues the key's name.

/// What is wrong with a value, as it continues the key's name: "must be true or false, is "maybe"".
struct Complaint: Error, Sendable, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}

extension Key {
  /// What a value must be, as it continues "must be"; also for the reference and for help.
  package var expectation: String {
    switch kind {
    case .text(let rule): rule.expectation
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .duration(let range):
      "a duration from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
    case .bytes(let range):
      "a size from \(Quantity.text(bytes: range.lowerBound)) to \(Quantity.text(bytes: range.upperBound))"
    case .choice(let choices):
      choices.count == 1
        ? choices[0] : choices.dropLast().joined(separator: ", ") + " or " + (choices.last ?? "")
    case .list(let rule, let count): "a list of at most \(count), each \(rule.expectation)"
    case .secret: "a text"
    case .secretFile: "the path of a file"
    case .apiKeys: "a list of API keys"
    case .webhooks: "a list of webhook endpoints"
    }
  }

  /// Whether an empty text is a value of this key: "not set", which is its default.
  var mayBeEmpty: Bool {
    switch get(Settings()) {
    case .text(let text): text.isEmpty
    case .secret: true
    case .integer, .boolean, .duration, .bytes, .list, .apiKeys, .webhooks: false
    }
  }

  /// The value of an environment variable or a flag; lists are separated by commas.
  func value(of text: String) throws(Complaint) -> Value {
    switch kind {
    case .list:
      var elements: [String] = []
      for element in Self.elements(text) { elements.append(try self.element(element)) }
      return .list(try counted(elements))
    case .apiKeys: return try apiKeys(text)
    case .webhooks: return try webhooks(text)
    case .text, .integer, .boolean, .duration, .bytes, .choice, .secret, .secretFile:
      return try scalar(text)
    }
  }

  /// The value of a YAML node; `complain` gets the line, what is appended to the key's name, and the message.
  func value(of node: YAMLNode, complain: (Int, String, String) -> Void) -> Value? {
    do throws(Complaint) {
      switch (kind, node.content) {
      case (.apiKeys, .sequence(let elements)):
        return apiKeys(elements, complain: complain)
      case (.webhooks, .sequence(let elements)):
        return webhooks(elements, complain: complain)
      case (.list, .sequence(let elements)):
        return list(elements, line: node.line, complain: complain)
      case (.list, _), (.apiKeys, _), (.webhooks, _):
        throw Complaint("must be a list, is \(Self.shape(of: node))")
      case (_, .scalar(let text, let plain)):
        guard !node.isNull else { throw Complaint("has no value; remove the line to get the default") }
        guard plain || !isNumberOrBoolean else {
          throw Complaint("must be \(expectation), without quotes, is \"\(Self.shortened(text))\"")
        }
        return try scalar(text)
      case (_, .sequence), (_, .mapping):
        throw Complaint("must be \(expectation), is \(Self.shape(of: node))")
      }
    } catch {
      complain(node.line, "", error.message)
      return nil
    }
  }

  private var isNumberOrBoolean: Bool {
    switch kind {
    case .integer, .boolean: true
    case .text, .duration, .bytes, .choice, .list, .secret, .secretFile, .apiKeys, .webhooks: false
    }
  }

  private func scalar(_ text: String) throws(Complaint) -> Value {
    let wrong = Complaint("must be \(expectation), is \(Self.quoted(text))")
    switch kind {
    case .text(let rule):
      guard rule.accepts(text) || text.isEmpty && mayBeEmpty else { throw wrong }
      return .text(text)
    case .integer(let range):
      guard let integer = Int(text), range.contains(integer) else { throw wrong }
      return .integer(integer)
    case .boolean:
      guard let boolean = Bool(text) else { throw wrong }
      return .boolean(boolean)
    case .duration(let range):
      guard let duration = Quantity.duration(text) else {
        throw Complaint("must be a duration such as 250ms, 60s, 5m or 1h30m, is \(Self.quoted(text))")
      }
      guard range.contains(duration) else { throw wrong }
      return .duration(duration)
    case .bytes(let range):
      guard let count = Quantity.bytes(text) else {
        throw Complaint("must be a size such as 512, 256KiB or 2MB, is \(Self.quoted(text))")
      }
      guard range.contains(count) else { throw wrong }
      return .bytes(count)
    case .choice(let choices):
      guard choices.contains(text) else { throw wrong }
      return .text(text)
    case .secret:
      guard text.isEmpty || TextRule.any.accepts(text) else {
        throw Complaint("must be one line of at most \(Limits.textBytes) bytes")
      }
      return .secret(Secret(text))
    case .secretFile:
      guard text.isEmpty || TextRule.path.accepts(text) else { throw wrong }
      return .text(text)
    case .list, .apiKeys, .webhooks:
      preconditionFailure("a list is read element by element")
    }
  }

  // MARK: Lists of texts

  private func element(_ text: String) throws(Complaint) -> String {
    guard case .list(let rule, _) = kind else { preconditionFailure("only lists have elements") }
    guard rule.accepts(text) else {
      throw Complaint("must hold \(rule.expectation), holds \(Self.quoted(text))")
    }
    return text
  }

  private func counted(_ elements: [String]) throws(Complaint) -> [String] {
    guard case .list(_, let count) = kind, elements.count > count else { return elements }
    throw Complaint("must have at most \(count) elements, has \(elements.count)")
  }

  private func list(
    _ nodes: [YAMLNode], line: Int, complain: (Int, String, String) -> Void
  ) -> Value? {
    var elements: [String] = []
    for node in nodes {
      do throws(Complaint) {
        guard case .scalar(let text, _) = node.content else {
          throw Complaint("must hold texts, holds \(Self.shape(of: node))")
        }
        elements.append(try element(text))
      } catch {
        complain(node.line, "", error.message)
      }
    }
    guard elements.count == nodes.count else { return nil }
    do throws(Complaint) {
      return .list(try counted(elements))
    } catch {
      complain(line, "", error.message)
      return nil
    }
  }

  // MARK: Words

  /// The parts between commas, blanks around them dropped; nothing for an empty text.
  static func elements(_ text: String) -> [String] {
    guard text.contains(where: { $0 != " " }) else { return [] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      var part = part.drop { $0 == " " }
      while part.last == " " { part.removeLast() }
      return String(part)
    }
  }

  static func shape(of node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, _): node.isNull ? "empty" : quoted(text)
    case .sequence: "a list"
    case .mapping: "a section of its own"
    }
  }

  /// The value in an error message: numbers as they are, all else in quotes, never with a control character.
  static func quoted(_ text: String) -> String {
    if text.isEmpty { return "empty" }
    return Int(text) != nil ? shortened(text) : "\"\(shortened(text))\""
  }

  private static func shortened(_ text: String) -> String {
    var result = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if index == Limits.quotedCharacters { return result + "…" }
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    return result
  }
}
