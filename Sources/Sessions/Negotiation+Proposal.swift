// We offer: when there are tracks that the client's m-lines do not carry yet, or that have gone. Free m-lines are used
// first; a new one gets the client's own numbers for what it knows, and ours for what it never named.

import Link
import Wire

extension Negotiation {
  /// An offer, if there is something to say and the client would hear it; repeats nothing that waits for its answer.
  mutating func propose(_ wanted: [Track], names: inout MediaNames) -> Proposal? {
    guard peer != nil, !isHeld, pending == nil else { return nil }
    let placed = Set(lines.compactMap { $0.sent?.track })
    for track in wanted where !placed.contains(track.id) && !declined.contains(track.id) {
      if let index = lines.firstIndex(where: { $0.canCarry(track) }) {
        lines[index].proposed = sending(track, on: lines[index], names: &names)
      } else if lines.count < Limits.mediaLines, let line = newLine(for: track),
        let sending = sending(track, on: line, names: &names)
      {
        lines.append(line)
        lines[lines.count - 1].proposed = sending
      }
    }
    guard lines.contains(where: { ($0.proposed ?? $0.sent)?.track != $0.told }) else { return nil }
    for index in lines.indices { lines[index].offered = (lines[index].proposed ?? lines[index].sent)?.track }
    let proposal = Proposal(sdp: describe(), places: places)
    pending = proposal
    return proposal
  }

  private mutating func describe() -> String {
    version += 1
    var offer = SessionDescription(origin: .init(session: session, version: version))
    offer.allowsMixedExtensions = allowsMixedExtensions
    offer.streamSemantics = "WMS *"
    offer.isICELite = true
    let open = lines.filter(\.isOpen).map(\.mid)
    offer.groups = [.init("BUNDLE", open)]
    offer.media = lines.map { line in
      var media = line.offer
      guard line.isOpen else { return media }
      media.credentials = transport.credentials
      media.fingerprints = [transport.fingerprint]
      media.setup = .actpass
      if line.mid == open.first {
        media.candidates = transport.candidates
        media.hasAllCandidates = !transport.candidates.isEmpty
      }
      return media
    }
    return offer.description
  }

  private func newLine(for track: Track) -> MLine? {
    let model = lines.first { $0.kind == track.kind && $0.accepted != nil }
    var line = MLine(
      mid: freeMid, section: track.kind == .audio ? .audio : .video,
      transport: model?.transport ?? MediaDescription.media)
    line.isAgreed = false
    line.clientReceives = true
    line.allowsMixedExtensions = allowsMixedExtensions
    line.accepted = model?.accepted ?? ownFormats(track.kind)
    line.accepted?.rids = []
    line.accepted?.simulcast = nil
    return line.accepted == nil ? nil : line
  }

  /// Unlike the numbers that browsers give out, so that no crossing offer of the client's has the same.
  private var freeMid: String {
    let taken = Set(lines.map(\.mid))
    var number = lines.count
    while taken.contains("s\(number)") { number += 1 }
    return "s\(number)"
  }

  /// All that we take of a kind which the client never named, under numbers that mean nothing else here.
  private func ownFormats(_ kind: TrackView.Kind) -> AcceptedMedia? {
    var taken = Set(lines.flatMap(\.listedPayloadTypes))
    for line in lines {
      for format in line.accepted?.formats ?? [] {
        taken.insert(format.codec.payloadType)
        if let repeats = format.retransmission { taken.insert(repeats.payloadType) }
      }
    }
    func number(_ usual: UInt8) -> UInt8 {
      let free = ([usual] + Array(96...127) + Array(35...63)).first { !taken.contains($0) } ?? usual
      taken.insert(free)
      return free
    }
    let preferences = place.terms[kind]
    var media = MediaDescription(kind: kind == .audio ? .audio : .video)
    for preference in preferences.codecs {
      guard let usual = UsualFormat(preference.name) else { continue }
      let payloadType = number(usual.payloadType)
      var parameters = FormatParameters(usual.parameters)
      if preference.variants == .redundancy {
        guard let primary = media.codecs.first(where: { $0.isNamed("opus") }) else { continue }
        parameters = FormatParameters("\(primary.payloadType)/\(primary.payloadType)")
      }
      media.codecs.append(
        Codec(
          payloadType: payloadType, name: preference.name, clockRate: preference.clockRate,
          channels: preference.channels, parameters: parameters, feedback: preference.feedback))
      guard preferences.retransmits else { continue }
      media.codecs.append(
        Codec(
          payloadType: number(payloadType + 1), name: "rtx", clockRate: preference.clockRate,
          parameters: FormatParameters("apt=\(payloadType)")))
    }
    media.formats = media.codecs.map { String($0.payloadType) }
    media.extensions = ownExtensions(preferences.extensions)
    return AcceptedMedia(media, preferences, allowsMixed: allowsMixedExtensions)
  }

  private func ownExtensions(_ names: [String]) -> [HeaderExtension] {
    var known: [String: UInt8] = [:]
    for line in lines {
      for item in line.listedExtensions + (line.accepted?.extensions ?? []) { known[item.uri] = item.id }
    }
    var taken = Set(known.values)
    return names.compactMap { name in
      if let id = known[name] { return HeaderExtension(id: id, uri: name) }
      guard let id = (1...14).map(UInt8.init).first(where: { !taken.contains($0) }) else { return nil }
      taken.insert(id)
      return HeaderExtension(id: id, uri: name)
    }
  }
}

/// A format as browsers usually number and describe it.
private struct UsualFormat {
  let payloadType: UInt8
  let parameters: String

  init?(_ name: String) {
    switch name.lowercased() {
    case "opus": (payloadType, parameters) = (111, "minptime=10;useinbandfec=1")
    case "red": (payloadType, parameters) = (63, "")
    case "vp8": (payloadType, parameters) = (96, "")
    case "vp9": (payloadType, parameters) = (98, "profile-id=0")
    case "h264":
      (payloadType, parameters) = (
        102, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
      )
    case "av1": (payloadType, parameters) = (45, "level-idx=5;profile=0;tier=0")
    case "h265": (payloadType, parameters) = (49, "level-id=180;profile-id=1;tier-flag=0;tx-mode=SRST")
    default: return nil
    }
  }
}
