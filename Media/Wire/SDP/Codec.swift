// A format of an m-line: what rtpmap, fmtp and rtcp-fb say about one payload type.

package struct Codec: Equatable, Sendable {
  package var payloadType: UInt8
  package var name: String
  package var clockRate: UInt32
  /// 1 where none is given, and for video.
  package var channels: UInt8
  package var parameters: FormatParameters
  /// `nack pli`, `transport-cc`, as they stand after the payload type; those for all formats are here as well.
  package var feedback: [String]

  package init(
    payloadType: UInt8, name: String, clockRate: UInt32, channels: UInt8 = 1,
    parameters: FormatParameters = .init(), feedback: [String] = []
  ) {
    self.payloadType = payloadType
    self.name = name
    self.clockRate = clockRate
    self.channels = channels
    self.parameters = parameters
    self.feedback = feedback
  }

  /// The names are not case-sensitive (RFC 4855).
  package func isNamed(_ other: String) -> Bool { FormatParameters.isSame(name, other) }

  /// For RTX, whose packets it repeats.
  package var associatedPayloadType: UInt8? {
    isNamed("rtx") ? parameters["apt"].flatMap { UInt8($0) } : nil
  }

  /// The formats that may go without rtpmap (RFC 3551), as far as anyone in WebRTC knows them.
  static func assigned(_ payloadType: UInt8) -> Codec? {
    switch payloadType {
    case 0: Codec(payloadType: 0, name: "PCMU", clockRate: 8_000)
    case 8: Codec(payloadType: 8, name: "PCMA", clockRate: 8_000)
    case 9: Codec(payloadType: 9, name: "G722", clockRate: 8_000)
    default: nil
    }
  }
}

/// `minptime=10;useinbandfec=1`, in the order in which it came; a value without a key (`111/111`) is a key.
package struct FormatParameters: Equatable, Sendable, CustomStringConvertible {
  package struct Parameter: Equatable, Sendable {
    package var key: String
    package var value: String?
  }

  package var parameters: [Parameter] = []

  package init() {}

  package init(_ text: some StringProtocol) {
    parameters = text.split(separator: ";").compactMap { part in
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = Self.trimmed(sides[0])
      guard !key.isEmpty else { return nil }
      return Parameter(key: key, value: sides.count == 2 ? Self.trimmed(sides[1]) : nil)
    }
  }

  package var isEmpty: Bool { parameters.isEmpty }

  /// The first of that key, which is not case-sensitive.
  package subscript(key: String) -> String? {
    get { parameters.first { Self.isSame($0.key, key) }?.value }
    set {
      let index = parameters.firstIndex { Self.isSame($0.key, key) }
      switch (index, newValue) {
      case (let index?, let value?): parameters[index].value = value
      case (let index?, nil): parameters.remove(at: index)
      case (nil, let value?): parameters.append(Parameter(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  package var description: String {
    parameters.map { parameter in parameter.value.map { "\(parameter.key)=\($0)" } ?? parameter.key }
      .joined(separator: ";")
  }

  /// Letters of ASCII in either case; nothing is allocated, since offers ask this thousands of times.
  static func isSame(_ one: String, _ other: String) -> Bool {
    func small(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }
    return one.utf8.count == other.utf8.count
      && zip(one.utf8, other.utf8).allSatisfy { small($0) == small($1) }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let space: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = text.firstIndex(where: { !space($0) }), let last = text.lastIndex(where: { !space($0) })
    else { return "" }
    return String(text[first...last])
  }
}
