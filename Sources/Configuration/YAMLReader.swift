// Reads bytes into a YAMLNode with libyaml's event parser, and refuses what makes YAML dangerous or surprising:
// aliases and anchors (a few lines that unfold to gigabytes), tags, several documents, depth without end.

import CYAML

/// Sole owner of a libyaml parser. The parser points into itself and into the bytes, so both stay where they are.
struct YAMLReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>

  /// The file's one document; nil if it holds nothing but comments.
  static func document(_ bytes: [UInt8]) throws(YAMLProblem) -> YAMLNode? {
    guard bytes.count <= Limits.fileBytes else {
      throw YAMLProblem(
        line: 1,
        message: "is too large for a configuration: \(Quantity.text(bytes: Limits.fileBytes)) at most")
    }
    let reader = YAMLReader(bytes)
    return try reader.stream()
  }

  private init(_ bytes: [UInt8]) {
    parser = .allocate(capacity: 1)
    input = .allocate(capacity: max(1, bytes.count))
    _ = input.initialize(from: bytes)
    // It fails only if no memory is left.
    precondition(yaml_parser_initialize(parser) == 1, "libyaml could not make a parser")
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  private enum Event {
    case streamStart, streamEnd, documentStart, documentEnd
    case scalar(String, plain: Bool)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
  }

  private func stream() throws(YAMLProblem) -> YAMLNode? {
    var document: YAMLNode?
    while true {
      let (event, line) = try next()
      switch event {
      case .streamStart, .documentEnd:
        continue
      case .documentStart:
        guard document == nil else {
          throw YAMLProblem(line: line, message: "has a second document; a configuration is one")
        }
        let (first, firstLine) = try next()
        document = try node(first, line: firstLine, depth: 1)
      case .streamEnd:
        return document
      case .scalar, .sequenceStart, .sequenceEnd, .mappingStart, .mappingEnd:
        throw YAMLProblem(line: line, message: "is not valid YAML")
      }
    }
  }

  private func node(_ event: Event, line: Int, depth: Int) throws(YAMLProblem) -> YAMLNode {
    guard depth <= Limits.depth else {
      throw YAMLProblem(line: line, message: "is nested deeper than any setting is")
    }
    switch event {
    case .scalar(let text, let plain):
      return YAMLNode(line: line, content: .scalar(text, plain: plain))
    case .sequenceStart:
      var elements: [YAMLNode] = []
      while true {
        let (element, elementLine) = try next()
        if case .sequenceEnd = element { break }
        elements.append(try node(element, line: elementLine, depth: depth + 1))
      }
      return YAMLNode(line: line, content: .sequence(elements))
    case .mappingStart:
      var members: [YAMLMember] = []
      while true {
        let (name, nameLine) = try next()
        if case .mappingEnd = name { break }
        guard case .scalar(let text, _) = name else {
          throw YAMLProblem(line: nameLine, message: "has a list or a mapping where a key's name belongs")
        }
        let (value, valueLine) = try next()
        members.append(
          YAMLMember(
            name: text, line: nameLine, value: try node(value, line: valueLine, depth: depth + 1)))
      }
      return YAMLNode(line: line, content: .mapping(members))
    case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
      throw YAMLProblem(line: line, message: "is not valid YAML")
    }
  }

  private func next() throws(YAMLProblem) -> (Event, line: Int) {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxProblem() }
    defer { yaml_event_delete(&event) }
    let line = event.start_mark.line + 1
    switch event.type {
    case YAML_STREAM_START_EVENT: return (.streamStart, line)
    case YAML_STREAM_END_EVENT: return (.streamEnd, line)
    case YAML_DOCUMENT_START_EVENT: return (.documentStart, line)
    case YAML_DOCUMENT_END_EVENT: return (.documentEnd, line)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      try refuse(anchor: start.anchor, tag: start.tag, line: line)
      return (.sequenceStart, line)
    case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, line)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      try refuse(anchor: start.anchor, tag: start.tag, line: line)
      return (.mappingStart, line)
    case YAML_MAPPING_END_EVENT: return (.mappingEnd, line)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuse(anchor: scalar.anchor, tag: scalar.tag, line: line)
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return (.scalar(text, plain: scalar.style == YAML_PLAIN_SCALAR_STYLE), line)
    case YAML_ALIAS_EVENT:
      throw YAMLProblem(line: line, message: "uses a YAML alias (*name), which a configuration must not")
    default:
      throw YAMLProblem(line: line, message: "is not valid YAML")
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, line: Int
  ) throws(YAMLProblem) {
    guard anchor == nil else {
      throw YAMLProblem(line: line, message: "uses a YAML anchor (&name), which a configuration must not")
    }
    guard tag == nil else {
      throw YAMLProblem(line: line, message: "uses a YAML tag (!name), which a configuration must not")
    }
  }

  private func syntaxProblem() -> YAMLProblem {
    let line = parser.pointee.problem_mark.line + 1
    if parser.pointee.error == YAML_READER_ERROR {
      // The reader knows the byte, not the line.
      let before = input.prefix(parser.pointee.problem_offset).count { $0 == UInt8(ascii: "\n") }
      return YAMLProblem(line: before + 1, message: "is not UTF-8 text")
    }
    if isIndentedByTab(line: line) {
      return YAMLProblem(line: line, message: "is indented with a tab; YAML takes only spaces")
    }
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
    return YAMLProblem(line: line, message: "is not valid YAML: \(problem)")
  }

  private func isIndentedByTab(line: Int) -> Bool {
    let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: line, omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1) else { return false }
    return lines[line - 1].first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "\t")
  }
}
