// Writes a description: CRLF, the lines in RFC 8866's order, attributes in the order that JSEP (RFC 8829, section 5)
// gives them, so that equal values are equal text.

extension SessionDescription: CustomStringConvertible {
  package var description: String {
    var out = SDPText()
    out.line("v=0")
    out.line("o=\(origin.username) \(origin.session) \(origin.version) IN IP4 0.0.0.0")
    out.line("s=\(name)")
    for bandwidth in bandwidths { out.line("b=\(bandwidth.type):\(bandwidth.amount)") }
    out.line("t=0 0")
    for group in groups { out.line("a=group:" + ([group.semantics] + group.mids).joined(separator: " ")) }
    out.flag("extmap-allow-mixed", allowsMixedExtensions)
    if let streamSemantics { out.line("a=msid-semantic:\(streamSemantics)") }
    out.flag("ice-lite", isICELite)
    out.transport(credentials, iceOptions, fingerprints, setup)
    if let direction { out.line("a=\(direction.rawValue)") }
    for section in media { section.write(to: &out) }
    return out.text
  }
}

struct SDPText {
  private(set) var text = ""

  mutating func line(_ line: String) {
    text += line
    text += "\r\n"
  }

  mutating func flag(_ name: String, _ isSet: Bool) {
    if isSet { line("a=\(name)") }
  }

  mutating func transport(
    _ credentials: ICECredentials?, _ options: [String], _ fingerprints: [Fingerprint], _ setup: DTLSSetup?
  ) {
    if let credentials {
      line("a=ice-ufrag:\(credentials.ufrag)")
      line("a=ice-pwd:\(credentials.password)")
    }
    if !options.isEmpty { line("a=ice-options:" + options.joined(separator: " ")) }
    for fingerprint in fingerprints { line("a=fingerprint:\(fingerprint)") }
    if let setup { line("a=setup:\(setup.rawValue)") }
  }
}

extension Fingerprint: CustomStringConvertible {
  package var description: String {
    let pairs = digest.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return "\(hash) \(pairs.joined(separator: ":"))"
  }
}

extension MediaStreamID: CustomStringConvertible {
  package var description: String { track.map { "\(stream) \($0)" } ?? stream }
}

extension MediaDescription {
  func write(to out: inout SDPText) {
    out.line("m=\(kind.name) \(port) \(transport) " + formats.joined(separator: " "))
    out.line("c=IN IP4 0.0.0.0")
    for bandwidth in bandwidths { out.line("b=\(bandwidth.type):\(bandwidth.amount)") }
    for candidate in candidates { out.line("a=\(candidate)") }
    out.flag("end-of-candidates", hasAllCandidates)
    out.transport(credentials, iceOptions, fingerprints, setup)
    if let mid { out.line("a=mid:\(mid)") }
    out.flag("bundle-only", isBundleOnly)
    if let sctpPort { out.line("a=sctp-port:\(sctpPort)") }
    if let largestMessageByteCount { out.line("a=max-message-size:\(largestMessageByteCount)") }
    for item in extensions {
      let direction = item.direction.map { "/\($0.rawValue)" } ?? ""
      out.line("a=extmap:\(item.id)\(direction) \(item.uri)")
    }
    out.flag("extmap-allow-mixed", allowsMixedExtensions)
    if kind != .application || direction != .sendrecv { out.line("a=\(direction.rawValue)") }
    for stream in streams { out.line("a=msid:\(stream)") }
    out.flag("rtcp-mux", isMultiplexed)
    out.flag("rtcp-mux-only", isMultiplexedOnly)
    out.flag("rtcp-rsize", hasReducedReports)
    writeCodecs(to: &out)
    writeSources(to: &out)
    writeLayers(to: &out)
  }

  private func writeCodecs(to out: inout SDPText) {
    for codec in codecs {
      let channels = codec.channels > 1 ? "/\(codec.channels)" : ""
      out.line("a=rtpmap:\(codec.payloadType) \(codec.name)/\(codec.clockRate)\(channels)")
      for feedback in codec.feedback { out.line("a=rtcp-fb:\(codec.payloadType) \(feedback)") }
      if !codec.parameters.isEmpty { out.line("a=fmtp:\(codec.payloadType) \(codec.parameters)") }
    }
    if let packetMilliseconds { out.line("a=ptime:\(packetMilliseconds)") }
    if let longestPacketMilliseconds { out.line("a=maxptime:\(longestPacketMilliseconds)") }
  }

  private func writeSources(to out: inout SDPText) {
    for group in sourceGroups {
      out.line("a=ssrc-group:" + ([group.semantics] + group.ssrcs.map(String.init)).joined(separator: " "))
    }
    for source in sources {
      if source.name == nil, source.stream == nil { out.line("a=ssrc:\(source.ssrc)") }
      if let name = source.name { out.line("a=ssrc:\(source.ssrc) cname:\(name)") }
      if let stream = source.stream { out.line("a=ssrc:\(source.ssrc) msid:\(stream)") }
    }
  }

  private func writeLayers(to out: inout SDPText) {
    for rid in rids {
      var restrictions =
        rid.payloadTypes.isEmpty ? [] : ["pt=" + rid.payloadTypes.map(String.init).joined(separator: ",")]
      if !rid.restrictions.isEmpty { restrictions.append("\(rid.restrictions)") }
      let tail = restrictions.isEmpty ? "" : " " + restrictions.joined(separator: ";")
      out.line("a=rid:\(rid.name) \(rid.sends ? "send" : "recv")\(tail)")
    }
    guard let simulcast else { return }
    var sides: [String] = []
    for (word, layers) in [("send", simulcast.send), ("recv", simulcast.receive)] where !layers.isEmpty {
      let streams = layers.map { $0.map { ($0.isPaused ? "~" : "") + $0.rid }.joined(separator: ",") }
      sides.append("\(word) \(streams.joined(separator: ";"))")
    }
    if !sides.isEmpty { out.line("a=simulcast:" + sides.joined(separator: " ")) }
  }
}
