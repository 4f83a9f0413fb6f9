// The client answers our offer: what was proposed begins on the m-lines that it takes.

import Access
import Link
import Wire

extension Negotiation {
  /// `wanted`: others' tracks as they are by now.
  mutating func answer(_ answered: OfferedSession, wanted: [Track]) throws(Refusal) -> Change {
    guard pending != nil, let peer else {
      throw Refusal(.invalidMessage, "There is no offer of the server's that waits for an answer.")
    }
    try check(answered)
    var change = Change()
    let tracks = Dictionary(wanted.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, media) in answered.description.media.enumerated() {
      var line = lines[index]
      settle(&line, media, tracks, peer, &change)
      lines[index] = line
    }
    pending = nil
    return change
  }

  private func check(_ answered: OfferedSession) throws(Refusal) {
    let media = answered.description.media
    guard media.count == lines.count else {
      throw answered.problem(
        media.count - 1, "the answer has \(media.count) m-lines and the offer \(lines.count)")
    }
    for (index, line) in lines.enumerated() {
      guard media[index].isRejected || line.isOpen else {
        throw answered.problem(index, "the offer has this m-line rejected")
      }
      guard media[index].kind == line.section, media[index].mid.map({ $0 == line.mid }) ?? true else {
        throw answered.problem(index, "this m-line is \"\(line.mid)\" in the offer")
      }
    }
    if !answered.fingerprints.isEmpty, answered.fingerprints != remote?.fingerprints {
      throw answered.problem(0, "the fingerprint is another than this PeerConnection's")
    }
  }

  private mutating func settle(
    _ line: inout MLine, _ media: MediaDescription, _ tracks: [String: Track], _ peer: PeerHandle,
    _ change: inout Change
  ) {
    let proposed = line.proposed
    line.proposed = nil
    line.isAgreed = true
    guard line.isOpen else { return }
    if media.isRejected { line.isRejected = true } else { line.narrow(to: media) }
    let takes = line.isOpen && media.direction.receives
    if let track = line.received, !line.isOpen || !media.direction.sends {
      change.commands.append(.unpublish(track.handle))
      change.removed.append(track)
      line.received = nil
    }
    if let sent = line.sent, !takes {
      change.commands.append(.unsubscribe(sent.setup.subscription))
      line.sent = nil
      declined.insert(sent.track)
    }
    line.told = takes ? line.offered : nil
    guard var proposed else { return }
    guard takes else {
      declined.insert(proposed.track)
      line.clientReceives = false
      return
    }
    // It may have gone while the answer was on its way: the next offer says so.
    guard let track = tracks[proposed.track] else { return }
    proposed.setup.payloads = line.payloads(of: track)
    guard !proposed.setup.payloads.isEmpty, let accepted = line.accepted else {
      declined.insert(proposed.track)
      return
    }
    proposed.setup.extensions = ExtensionMap(accepted.extensions, sending: true)
    if !accepted.formats.contains(where: { $0.retransmission != nil }) {
      proposed.setup.retransmissionSSRC = nil
    }
    line.sent = proposed
    change.commands.append(.subscribe(peer, proposed.setup))
  }
}

extension MLine {
  /// To what the client's answer has left of the formats and extensions that were offered.
  fileprivate mutating func narrow(to media: MediaDescription) {
    guard var kept = accepted else { return }
    kept.formats = kept.formats.compactMap { format in
      guard let codec = media.codec(format.codec.payloadType), codec.isNamed(format.codec.name) else {
        return nil
      }
      var format = format
      if let repeats = format.retransmission, media.codec(repeats.payloadType) == nil {
        format.retransmission = nil
      }
      return format
    }
    kept.extensions = kept.extensions.filter { known in
      media.extensions.contains { $0.uri == known.uri && $0.id == known.id }
    }
    accepted = kept.formats.isEmpty ? nil : kept
    isRejected = accepted == nil
    clientSSRCs = clientSSRCs + media.sources.map(\.ssrc).filter { !clientSSRCs.contains($0) }
  }
}
