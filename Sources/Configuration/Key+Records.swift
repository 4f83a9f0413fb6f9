// The two lists of records: API keys and webhook endpoints. In YAML each is a mapping; in an environment variable or
// a flag, `id:secret` and `url secret event…`, separated by commas, where `@path` in place of a secret names a file.

extension Key {
  /// A record of YAML under checking: its fields by name, and where complaints about it go.
  private struct Record {
    let line: Int
    let path: String
    private let members: [YAMLMember]
    private let complain: (Int, String, String) -> Void

    init?(
      _ node: YAMLNode, index: Int, names: [String], complain: @escaping (Int, String, String) -> Void
    ) {
      line = node.line
      path = "[\(index)]"
      self.complain = complain
      guard case .mapping(let members) = node.content else {
        complain(node.line, path, "must have \(names.joined(separator: ", ")), is \(Key.shape(of: node))")
        return nil
      }
      self.members = members
      var isSound = true
      for (index, member) in members.enumerated() {
        if !names.contains(member.name) {
          let ending = Suggestion.ending(for: member.name, in: names)
          complain(member.line, "\(path).\(member.name)", "is no setting\(ending)")
          isSound = false
        } else if let first = members[..<index].first(where: { $0.name == member.name }) {
          complain(member.line, "\(path).\(member.name)", "is set twice, first in line \(first.line)")
          isSound = false
        }
      }
      guard isSound else { return nil }
    }

    func wrong(_ name: String, _ message: String, line: Int? = nil) {
      complain(line ?? self.line, name.isEmpty ? path : "\(path).\(name)", message)
    }

    func node(_ name: String) -> YAMLNode? {
      members.first { $0.name == name }?.value
    }

    /// A text that must be there.
    func text(_ name: String) -> (text: String, line: Int)? {
      guard let node = node(name), !node.isNull else {
        wrong(name, "is required", line: node(name)?.line)
        return nil
      }
      guard case .scalar(let text, _) = node.content else {
        wrong(name, "must be a text, is \(Key.shape(of: node))", line: node.line)
        return nil
      }
      return (text, node.line)
    }

    /// `secret`, or the first line of `secretFile`; one of them.
    func secret() -> Secret? {
      guard node("secret") == nil || node("secretFile") == nil else {
        wrong("", "has both secret and secretFile; one is enough")
        return nil
      }
      let isFile = node("secretFile") != nil
      guard isFile || node("secret") != nil else {
        wrong("", "needs secret or secretFile")
        return nil
      }
      guard let (text, line) = text(isFile ? "secretFile" : "secret") else { return nil }
      do throws(Complaint) {
        return isFile ? try SecretFile.read(text) : try Key.checkedSecret(text)
      } catch {
        wrong(isFile ? "secretFile" : "secret", error.message, line: line)
        return nil
      }
    }
  }

  // MARK: API keys

  func apiKeys(_ nodes: [YAMLNode], complain: (Int, String, String) -> Void) -> Value? {
    withoutActuallyEscaping(complain) { complain in
      var keys: [Settings.APIKey] = []
      for (index, node) in nodes.prefix(Limits.records).enumerated() {
        guard
          let record = Record(node, index: index, names: ["id", "secret", "secretFile"], complain: complain),
          let (id, line) = record.text("id")
        else { continue }
        do throws(Complaint) {
          try Self.check(keyID: id, among: keys)
        } catch {
          record.wrong("id", error.message, line: line)
          continue
        }
        if let secret = record.secret() { keys.append(Settings.APIKey(id: id, secret: secret)) }
      }
      return complete(keys.count, of: nodes, complain: complain) ? .apiKeys(keys) : nil
    }
  }

  func apiKeys(_ text: String) throws(Complaint) -> Value {
    var keys: [Settings.APIKey] = []
    for entry in try records(text) {
      let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      // What is wrong may be a secret alone, so it is not repeated.
      guard parts.count == 2 else {
        throw Complaint("must hold id:secret or id:@file, separated by commas")
      }
      let id = String(parts[0])
      try Self.check(keyID: id, among: keys)
      keys.append(Settings.APIKey(id: id, secret: try Self.secretOrFile(parts[1])))
    }
    return .apiKeys(keys)
  }

  private static func check(keyID id: String, among keys: [Settings.APIKey]) throws(Complaint) {
    guard TextRule.identifier.accepts(id) else {
      throw Complaint("must be \(TextRule.identifier.expectation), is \(quoted(id))")
    }
    guard !keys.contains(where: { $0.id == id }) else { throw Complaint("holds the id \(id) twice") }
  }

  // MARK: Webhooks

  func webhooks(_ nodes: [YAMLNode], complain: (Int, String, String) -> Void) -> Value? {
    withoutActuallyEscaping(complain) { complain in
      var endpoints: [Settings.Webhook] = []
      for (index, node) in nodes.prefix(Limits.records).enumerated() {
        guard
          let record = Record(
            node, index: index, names: ["url", "secret", "secretFile", "events"], complain: complain),
          let (url, line) = record.text("url")
        else { continue }
        do throws(Complaint) {
          try Self.check(endpoint: url)
        } catch {
          record.wrong("url", error.message, line: line)
          continue
        }
        guard let secret = record.secret(), let events = events(of: record) else { continue }
        endpoints.append(Settings.Webhook(url: url, secret: secret, events: events))
      }
      return complete(endpoints.count, of: nodes, complain: complain) ? .webhooks(endpoints) : nil
    }
  }

  private func events(of record: Record) -> [String]? {
    guard let node = record.node("events") else { return [] }
    guard case .sequence(let elements) = node.content, elements.count <= Limits.eventFilters else {
      record.wrong("events", "must be a list of at most \(Limits.eventFilters) events", line: node.line)
      return nil
    }
    var events: [String] = []
    for element in elements {
      do throws(Complaint) {
        guard case .scalar(let text, _) = element.content else {
          throw Complaint("must hold names of events, holds \(Self.shape(of: element))")
        }
        try Self.check(event: text)
        events.append(text)
      } catch {
        record.wrong("events", error.message, line: element.line)
        return nil
      }
    }
    return events
  }

  func webhooks(_ text: String) throws(Complaint) -> Value {
    var endpoints: [Settings.Webhook] = []
    for entry in try records(text) {
      let words = entry.split(separator: " ").map(String.init)
      guard words.count >= 2, words.count <= 2 + Limits.eventFilters else {
        throw Complaint("must hold a URL, a secret (or @file) and perhaps events, with blanks between them")
      }
      try Self.check(endpoint: words[0])
      for event in words[2...] { try Self.check(event: event) }
      endpoints.append(
        Settings.Webhook(
          url: words[0], secret: try Self.secretOrFile(Substring(words[1])), events: Array(words[2...])))
    }
    return .webhooks(endpoints)
  }

  private static func check(endpoint url: String) throws(Complaint) {
    guard url.utf8.count <= Limits.textBytes, TextRule.webParts(url) != nil else {
      throw Complaint("must be an http or https URL, is \(quoted(url))")
    }
  }

  /// `room.closed`, `participant.*` or `*`.
  private static func check(event: String) throws(Complaint) {
    let name = event.hasSuffix(".*") ? String(event.dropLast(2)) : event
    guard event == "*" || TextRule.isName(name) else {
      throw Complaint(
        "must hold names of events such as room.closed or participant.*, holds \(quoted(event))")
    }
  }

  // MARK: Both

  private func records(_ text: String) throws(Complaint) -> [String] {
    let entries = Self.elements(text)
    guard entries.count <= Limits.records else {
      throw Complaint("must have at most \(Limits.records) entries")
    }
    return entries
  }

  private func complete(
    _ count: Int, of nodes: [YAMLNode], complain: (Int, String, String) -> Void
  ) -> Bool {
    if nodes.count > Limits.records {
      complain(nodes[Limits.records].line, "", "must have at most \(Limits.records) entries")
    }
    return count == nodes.count
  }

  private static func secretOrFile(_ text: Substring) throws(Complaint) -> Secret {
    try text.hasPrefix("@") ? SecretFile.read(String(text.dropFirst())) : checkedSecret(String(text))
  }

  private static func checkedSecret(_ text: String) throws(Complaint) -> Secret {
    guard TextRule.any.accepts(text) else {
      throw Complaint(
        text.isEmpty ? "is empty" : "must be one line of at most \(Limits.textBytes) bytes")
    }
    return Secret(text)
  }
}
