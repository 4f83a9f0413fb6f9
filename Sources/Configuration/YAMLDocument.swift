// What a YAML file holds, with the line of every part. Only what a configuration needs: no anchors, no aliases, no
// tags, one document. YAMLReader makes it, FileSettings walks it.

struct YAMLNode: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    /// `plain`: written without quotes, so that it may be a number or a boolean.
    case scalar(String, plain: Bool)
    case sequence([YAMLNode])
    case mapping([YAMLMember])
  }

  let line: Int
  let content: Content

  /// Nothing after the colon, or `null` in words.
  var isNull: Bool {
    guard case .scalar(let text, plain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

struct YAMLMember: Sendable, Equatable {
  let name: String
  let line: Int
  let value: YAMLNode
}

struct YAMLProblem: Error, Sendable, Equatable {
  let line: Int
  let message: String
}

package enum YAMLDocument {
  /// The parser against any bytes: it may refuse them, it may not fail otherwise.
  package static func fuzz(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    var reader = FileSettings(path: "fuzz.yaml")
    reader.read(copy)
  }
}
