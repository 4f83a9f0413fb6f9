// One m-line while it is being read. Attributes come in any order (Firefox sorts them by name), so formats are put
// together at its end.

struct MediaSection {
  var media: MediaDescription
  private var maps: [UInt8: Codec] = [:]
  private var parameters: [UInt8: FormatParameters] = [:]
  private var feedback: [(payloadType: UInt8?, kind: String)] = []
  private let payloadTypes: [UInt8]

  init(_ media: MediaDescription) throws(SDPProblem) {
    self.media = media
    guard media.transport.contains("RTP/") else {
      payloadTypes = []
      return
    }
    var payloadTypes: [UInt8] = []
    for format in media.formats {
      guard let payloadType = UInt8(format), payloadType < 128 else { throw .payloadType }
      guard !payloadTypes.contains(payloadType) else { throw .samePayloadType }
      payloadTypes.append(payloadType)
    }
    self.payloadTypes = payloadTypes
  }

  mutating func append(_ bandwidth: Bandwidth) throws(SDPProblem) {
    guard media.bandwidths.count < Limits.sdpGroups else { throw .tooMany }
    media.bandwidths.append(bandwidth)
  }

  mutating func read(_ attribute: SDPAttribute) throws(SDPProblem) {
    switch attribute.name {
    case "mid":
      guard SDPAttribute.isToken(attribute.value, longest: 32) else { throw .mid }
      media.mid = String(attribute.value)
    case "sendrecv", "sendonly", "recvonly", "inactive":
      media.direction = MediaDirection(rawValue: String(attribute.name)) ?? media.direction
    case "ice-ufrag": media.credentials = try attribute.ufrag(with: media.credentials)
    case "ice-pwd": media.credentials = try attribute.password(with: media.credentials)
    case "ice-options": media.iceOptions = attribute.fields
    case "candidate":
      guard media.candidates.count < Limits.sdpCandidates else { throw .tooMany }
      if let candidate = ICECandidate(attribute.value) { media.candidates.append(candidate) }
    case "end-of-candidates": media.hasAllCandidates = true
    case "fingerprint":
      guard media.fingerprints.count < Limits.sdpFingerprints else { throw .tooMany }
      media.fingerprints.append(try attribute.fingerprint())
    case "setup": media.setup = try attribute.setup()
    case "bundle-only": media.isBundleOnly = true
    case "sctp-port": media.sctpPort = try number(attribute)
    case "max-message-size": media.largestMessageByteCount = try number(attribute)
    default: try readRTP(attribute)
    }
  }

  private mutating func readRTP(_ attribute: SDPAttribute) throws(SDPProblem) {
    switch attribute.name {
    case "rtcp-mux": media.isMultiplexed = true
    case "rtcp-mux-only": media.isMultiplexedOnly = true
    case "rtcp-rsize": media.hasReducedReports = true
    case "rtpmap": try readMap(attribute)
    case "fmtp": try readParameters(attribute)
    case "rtcp-fb": try readFeedback(attribute)
    case "ptime": media.packetMilliseconds = try number(attribute)
    case "maxptime": media.longestPacketMilliseconds = try number(attribute)
    case "extmap": try media.readExtension(attribute)
    case "extmap-allow-mixed": media.allowsMixedExtensions = true
    case "msid": try media.readStream(attribute)
    case "ssrc": try media.readSource(attribute)
    case "ssrc-group": try media.readSourceGroup(attribute)
    case "rid": try media.readRID(attribute)
    case "simulcast": try media.readSimulcast(attribute)
    default: break
    }
  }

  private func number<Number: FixedWidthInteger>(_ attribute: SDPAttribute) throws(SDPProblem) -> Number {
    guard let number = Number(attribute.value) else { throw .number }
    return number
  }

  /// Formats that the m-line does not list are of no use, but some clients leave them: passed over.
  private func payloadType(
    _ field: Substring?, or problem: SDPProblem
  ) throws(SDPProblem) -> UInt8? {
    guard let field, let payloadType = UInt8(field) else { throw problem }
    guard payloadType < 128 else { throw .payloadType }
    return payloadTypes.contains(payloadType) ? payloadType : nil
  }

  private mutating func readMap(_ attribute: SDPAttribute) throws(SDPProblem) {
    let fields = attribute.value.split(separator: " ")
    let payloadType = try payloadType(fields.first, or: .rtpmap)
    guard fields.count >= 2 else { throw .rtpmap }
    let parts = fields[1].split(separator: "/")
    guard parts.count >= 2, SDPAttribute.isToken(parts[0]), let clockRate = UInt32(parts[1]), clockRate > 0
    else { throw .rtpmap }
    guard let payloadType else { return }
    let channels = parts.count > 2 && media.kind == .audio ? UInt8(parts[2]) : 1
    guard let channels, channels > 0 else { throw .rtpmap }
    maps[payloadType] = Codec(
      payloadType: payloadType, name: String(parts[0]), clockRate: clockRate, channels: channels)
  }

  private mutating func readParameters(_ attribute: SDPAttribute) throws(SDPProblem) {
    let sides = attribute.value.split(separator: " ", maxSplits: 1)
    // Data channels of old wrote their protocol here.
    guard !payloadTypes.isEmpty else { return }
    let payloadType = try payloadType(sides.first, or: .fmtp)
    guard sides.count == 2 else { throw .fmtp }
    if let payloadType { parameters[payloadType] = FormatParameters(sides[1]) }
  }

  private mutating func readFeedback(_ attribute: SDPAttribute) throws(SDPProblem) {
    let fields = attribute.value.split(separator: " ")
    guard fields.count >= 2 else { throw .feedback }
    guard feedback.count < Limits.sdpFeedback else { throw .tooMany }
    let kind = fields.dropFirst().joined(separator: " ")
    if fields[0] == "*" {
      feedback.append((nil, kind))
    } else if let payloadType = try payloadType(fields[0], or: .feedback) {
      feedback.append((payloadType, kind))
    }
  }

  consuming func finished() throws(SDPProblem) -> MediaDescription {
    guard media.credentials?.isComplete != false else { throw .credentials }
    media.codecs = payloadTypes.compactMap { payloadType in
      guard var codec = maps[payloadType] ?? Codec.assigned(payloadType) else { return nil }
      codec.parameters = parameters[payloadType] ?? FormatParameters()
      return codec
    }
    for index in media.codecs.indices {
      let payloadType = media.codecs[index].payloadType
      for (of, kind) in feedback where of == nil || of == payloadType {
        guard !media.codecs[index].feedback.contains(kind) else { continue }
        guard media.codecs[index].feedback.count < Limits.sdpFeedbackKinds else { throw .tooMany }
        media.codecs[index].feedback.append(kind)
      }
    }
    if let simulcast = media.simulcast {
      for (layers, sends) in [(simulcast.send, true), (simulcast.receive, false)] {
        for layer in layers.joined() {
          guard media.rids.contains(where: { $0.name == layer.rid && $0.sends == sends }) else {
            throw .simulcast
          }
        }
      }
    }
    return media
  }
}
