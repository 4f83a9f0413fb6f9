// The attributes of an m-line that are about its streams: header extensions, sources, layers.

extension MediaDescription {
  mutating func readExtension(_ attribute: SDPAttribute) throws(SDPProblem) {
    let fields = attribute.value.split(separator: " ")
    guard fields.count >= 2 else { throw .extmap }
    let sides = fields[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let id = UInt8(sides[0]), id > 0, fields[1].utf8.count <= 256 else { throw .extmap }
    guard !extensions.contains(where: { $0.id == id }) else { throw .extmap }
    guard extensions.count < Limits.sdpExtensions else { throw .tooMany }
    let direction = sides.count == 2 ? MediaDirection(rawValue: String(sides[1])) : nil
    guard sides.count == 1 || direction != nil else { throw .extmap }
    extensions.append(HeaderExtension(id: id, direction: direction, uri: String(fields[1])))
  }

  mutating func readStream(_ attribute: SDPAttribute) throws(SDPProblem) {
    guard streams.count < Limits.sdpSources else { throw .tooMany }
    streams.append(try Self.streamID(attribute.value))
  }

  private static func streamID(_ text: Substring) throws(SDPProblem) -> MediaStreamID {
    let fields = text.split(separator: " ")
    guard 1...2 ~= fields.count, fields.allSatisfy({ $0.utf8.count <= 128 }) else { throw .streamID }
    return MediaStreamID(stream: String(fields[0]), track: fields.count == 2 ? String(fields[1]) : nil)
  }

  mutating func readSource(_ attribute: SDPAttribute) throws(SDPProblem) {
    let sides = attribute.value.split(separator: " ", maxSplits: 1)
    guard let ssrc = sides.first.flatMap({ UInt32($0) }) else { throw .ssrc }
    let index = sources.firstIndex { $0.ssrc == ssrc } ?? sources.count
    if index == sources.count {
      guard sources.count < Limits.sdpSources else { throw .tooMany }
      sources.append(MediaSource(ssrc: ssrc))
    }
    guard sides.count == 2 else { return }
    let parts = sides[1].split(separator: ":", maxSplits: 1)
    guard let name = parts.first else { throw .ssrc }
    switch name {
    case "cname": sources[index].name = parts.count == 2 ? String(parts[1]) : nil
    case "msid": if parts.count == 2 { sources[index].stream = try Self.streamID(parts[1]) }
    default: break
    }
  }

  mutating func readSourceGroup(_ attribute: SDPAttribute) throws(SDPProblem) {
    let fields = attribute.value.split(separator: " ")
    let ssrcs = fields.dropFirst().compactMap { UInt32($0) }
    guard let semantics = fields.first, SDPAttribute.isToken(semantics), ssrcs.count == fields.count - 1
    else {
      throw .ssrcGroup
    }
    guard sourceGroups.count < Limits.sdpSources, ssrcs.count <= Limits.sdpSources else { throw .tooMany }
    sourceGroups.append(MediaSourceGroup(String(semantics), ssrcs))
  }

  mutating func readRID(_ attribute: SDPAttribute) throws(SDPProblem) {
    let fields = attribute.value.split(separator: " ", maxSplits: 2)
    guard fields.count >= 2, ["send", "recv"].contains(fields[1]),
      1...255 ~= fields[0].utf8.count,
      // Underscore and hyphen were in RFC 8851 before its erratum, and clients use them.
      fields[0].utf8.allSatisfy({
        0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || $0 == 0x5F || $0 == 0x2D
      }),
      !rids.contains(where: { $0.name == fields[0] })
    else { throw .rid }
    guard rids.count < Limits.sdpRids else { throw .tooMany }
    var restrictions = FormatParameters(fields.count == 3 ? fields[2] : "")
    let formats = restrictions["pt"] ?? ""
    restrictions["pt"] = nil
    let payloadTypes = formats.split(separator: ",").compactMap { UInt8($0) }
    guard payloadTypes.count <= Limits.sdpFormats else { throw .tooMany }
    rids.append(
      RestrictionID(
        String(fields[0]), sends: fields[1] == "send", payloadTypes: payloadTypes, restrictions: restrictions)
    )
  }

  mutating func readSimulcast(_ attribute: SDPAttribute) throws(SDPProblem) {
    let fields = attribute.value.split(separator: " ")
    guard [2, 4].contains(fields.count), simulcast == nil else { throw .simulcast }
    var result = Simulcast()
    for index in stride(from: 0, to: fields.count, by: 2) {
      let layers = fields[index + 1].split(separator: ";").map { stream in
        stream.split(separator: ",").map { rid in
          Simulcast.Layer(String(rid.drop { $0 == "~" }), isPaused: rid.hasPrefix("~"))
        }
      }
      let names = layers.joined().map(\.rid)
      guard !names.isEmpty, Set(names).count == names.count, names.count <= Limits.sdpRids else {
        throw .simulcast
      }
      switch fields[index] {
      case "send" where result.send.isEmpty: result.send = layers
      case "recv" where result.receive.isEmpty: result.receive = layers
      default: throw .simulcast
      }
    }
    simulcast = result
  }
}
