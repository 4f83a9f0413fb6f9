// Reads a description from the bytes of a signaling message: bounds first, then line by line. Tolerant of LF alone,
// stray spaces and lines in any order within their section; what it does not know it passes over. What it knows and
// cannot be right is an error that names the line.

extension SessionDescription {
  package init(_ bytes: Span<UInt8>) throws(SDPError) {
    guard bytes.count <= Limits.sdpByteCount else { throw SDPError(line: 1, problem: .tooLong) }
    var reader = SDPReader()
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      reader.line += 1
      do throws(SDPProblem) {
        guard reader.line <= Limits.sdpLines else { throw .tooManyLines }
        guard end - start <= Limits.sdpLineByteCount else { throw .lineTooLong }
        try reader.read(Self.text(bytes.extracting(start..<end)))
      } catch { throw SDPError(line: reader.problemLine ?? reader.line, problem: error) }
      start = end + 1
    }
    self = try reader.finished()
  }

  package init(_ text: String) throws(SDPError) { try self.init(Array(text.utf8).span) }

  /// Without the line's end and the spaces around it.
  private static func text(_ bytes: Span<UInt8>) throws(SDPProblem) -> String {
    var first = 0
    var end = bytes.count
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    while first < end, isSpace(bytes[first]) { first += 1 }
    while end > first, isSpace(bytes[end - 1]) { end -= 1 }
    for index in first..<end {
      guard bytes[index] >= 0x20 && bytes[index] != 0x7F || bytes[index] == 0x09 else { throw .text }
    }
    guard let valid = try? UTF8Span(validating: bytes.extracting(first..<end)) else { throw .text }
    return String(copying: valid)
  }
}

struct SDPReader {
  var line = 0
  /// Where a problem lies that shows only later.
  private(set) var problemLine: Int?
  var session = SessionDescription(origin: .init(session: "", version: 0))
  /// The m-line that is being read; nil before the first.
  var open: MediaSection?
  private var hasVersion = false
  private var hasOrigin = false
  private var groupLine = 0
  private var sectionLine = 1
  private var mids: Set<String> = []

  mutating func read(_ text: String) throws(SDPProblem) {
    guard !text.isEmpty else { return }
    let bytes = text.utf8
    guard bytes.count >= 2, bytes[bytes.index(after: bytes.startIndex)] == UInt8(ascii: "=") else {
      throw .syntax
    }
    let value = text.dropFirst(2)
    guard hasVersion else {
      guard text.hasPrefix("v="), value == "0" else { throw .version }
      hasVersion = true
      return
    }
    switch text.utf8.first {
    case UInt8(ascii: "o"): try readOrigin(value)
    case UInt8(ascii: "s"): session.name = value.isEmpty ? "-" : String(value)
    case UInt8(ascii: "b"): try readBandwidth(value)
    case UInt8(ascii: "m"): try readMedia(value)
    case UInt8(ascii: "a"):
      let sides = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let attribute = SDPAttribute(name: sides[0], value: sides.count == 2 ? sides[1] : "")
      if open != nil { try open?.read(attribute) } else { try readSession(attribute) }
    // The version again, connection, times, and what people read: nothing that WebRTC uses.
    default: break
    }
  }

  private mutating func readOrigin(_ value: Substring) throws(SDPProblem) {
    let fields = value.split(separator: " ")
    guard fields.count >= 6, let version = UInt64(fields[2]) else { throw .origin }
    hasOrigin = true
    session.origin = .init(username: String(fields[0]), session: String(fields[1]), version: version)
  }

  private mutating func readBandwidth(_ value: Substring) throws(SDPProblem) {
    let sides = value.split(separator: ":", maxSplits: 1)
    guard sides.count == 2, let amount = UInt64(sides[1].filter { $0 != " " }) else { throw .bandwidth }
    let bandwidth = Bandwidth(type: String(sides[0]), amount: amount)
    if open == nil {
      guard session.bandwidths.count < Limits.sdpGroups else { throw .tooMany }
      session.bandwidths.append(bandwidth)
    } else {
      try open?.append(bandwidth)
    }
  }

  private mutating func readMedia(_ value: Substring) throws(SDPProblem) {
    try closeSection()
    guard session.media.count < Limits.sdpMedia else { throw .tooManyMedia }
    let fields = value.split(separator: " ")
    guard fields.count >= 4, let port = UInt16(fields[1].prefix { $0 != "/" }) else { throw .mediaLine }
    guard fields.count - 3 <= Limits.sdpFormats else { throw .tooMany }
    var media = MediaDescription(
      kind: .init(fields[0]), port: port, transport: String(fields[2]), formats: fields[3...].map(String.init)
    )
    media.direction = session.direction ?? .sendrecv
    sectionLine = line
    open = try MediaSection(media)
  }

  private mutating func readSession(_ attribute: SDPAttribute) throws(SDPProblem) {
    switch attribute.name {
    case "group":
      let fields = attribute.value.split(separator: " ")
      guard let semantics = fields.first, Set(fields.dropFirst()).count == fields.count - 1 else {
        throw .group
      }
      guard session.groups.count < Limits.sdpGroups else { throw .tooMany }
      session.groups.append(.init(String(semantics), fields.dropFirst().map(String.init)))
      groupLine = line
    case "extmap-allow-mixed": session.allowsMixedExtensions = true
    case "msid-semantic":
      session.streamSemantics = attribute.value.split(separator: " ").joined(separator: " ")
    case "ice-lite": session.isICELite = true
    case "ice-options": session.iceOptions = attribute.fields
    case "ice-ufrag": session.credentials = try attribute.ufrag(with: session.credentials)
    case "ice-pwd": session.credentials = try attribute.password(with: session.credentials)
    case "fingerprint":
      guard session.fingerprints.count < Limits.sdpFingerprints else { throw .tooMany }
      session.fingerprints.append(try attribute.fingerprint())
    case "setup": session.setup = try attribute.setup()
    default:
      if let direction = MediaDirection(rawValue: String(attribute.name)) { session.direction = direction }
    }
  }

  /// What only the whole m-line shows, and what it has from the session.
  private mutating func closeSection() throws(SDPProblem) {
    problemLine = sectionLine
    guard let section = open.take() else {
      guard session.credentials?.isComplete != false else { throw .credentials }
      problemLine = nil
      return
    }
    var media = try section.finished()
    if let mid = media.mid, !mids.insert(mid).inserted { throw .sameMid }
    media.credentials = media.credentials ?? session.credentials
    if media.fingerprints.isEmpty { media.fingerprints = session.fingerprints }
    if media.iceOptions.isEmpty { media.iceOptions = session.iceOptions }
    media.setup = media.setup ?? session.setup
    session.media.append(media)
    problemLine = nil
  }

  mutating func finished() throws(SDPError) -> SessionDescription {
    guard hasVersion else { throw SDPError(line: 1, problem: .version) }
    do throws(SDPProblem) { try closeSection() } catch { throw SDPError(line: sectionLine, problem: error) }
    guard hasOrigin else { throw SDPError(line: 1, problem: .noOrigin) }
    // A mid in two groups of one kind would have two transports.
    var seen: Set<String> = []
    for group in session.groups {
      guard group.mids.allSatisfy(mids.contains),
        group.semantics != "BUNDLE" || group.mids.allSatisfy({ seen.insert($0).inserted })
      else { throw SDPError(line: groupLine, problem: .group) }
    }
    return session
  }
}

extension ICECredentials {
  /// Both lines were there; each fills in its half.
  var isComplete: Bool { !ufrag.isEmpty && !password.isEmpty }
}
