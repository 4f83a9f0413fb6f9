// The client offers. It is answered with every track that its m-lines can carry, whatever offer of ours was on its way:
// the server is the polite side. An offer that is refused changes nothing but that.

import Access
import Link
import Wire

extension Negotiation {
  /// `wanted`: others' tracks that this client may get, in their order.
  mutating func offer(
    _ offered: OfferedSession, publishes: Bool, wanted: [Track], names: inout MediaNames
  ) throws(Refusal) -> (answer: AnswerView, change: Change) {
    dropProposal()
    var next = self
    var change = Change()
    try next.connect(offered, &change, &names)
    for (index, media) in offered.description.media.enumerated() {
      next.take(media, at: index, offered, publishes: publishes, &change, &names)
    }
    next.allowsMixedExtensions = offered.description.allowsMixedExtensions
    next.assign(wanted, &change, &names)
    let answer = next.answer(to: offered.description)
    next.isHeld = true
    next.unannounced += change.added.map(\.id)
    self = next
    return (answer, change)
  }

  /// A new transport, new credentials for it, or the one there is.
  private mutating func connect(
    _ offered: OfferedSession, _ change: inout Change, _ names: inout MediaNames
  ) throws(Refusal) {
    let media = offered.description.media
    guard let credentials = offered.credentials else {
      guard remote != nil else { throw offered.problem(0, "every m-line is rejected") }
      return try align(media, offered)
    }
    let fresh = Remote(
      credentials: credentials, fingerprints: offered.fingerprints,
      session: offered.description.origin.session)
    if let remote, isAnother(fresh, than: remote) || peer == nil && !fits(media) {
      // Another PeerConnection of the same client: what was agreed was with the former one.
      let gone = lose(disconnecting: true)
      change.commands += gone.commands
      change.removed += gone.removed
      lines = []
      declined = []
      session = names.session()
      version = 0
    }
    try align(media, offered)
    if let peer {
      guard remote?.credentials != credentials else { return }
      local = names.credentials()
      change.commands.append(.restart(peer, local: local, remote: credentials))
    } else {
      let handle = names.peer()
      peer = handle
      local = names.credentials()
      setup = .answered(offered.setup)
      change.commands.append(
        .connect(
          handle,
          PeerSetup(
            room: place.room, local: local, remote: credentials, fingerprints: offered.fingerprints,
            startsHandshake: setup == .active)))
    }
    remote = fresh
  }

  /// A certificate is a PeerConnection's own, unless an application shares one; then the two names tell.
  private func isAnother(_ fresh: Remote, than known: Remote) -> Bool {
    if fresh.fingerprints != known.fingerprints { return true }
    return fresh.credentials != known.credentials && fresh.session != known.session
  }

  private func fits(_ media: [MediaDescription]) -> Bool {
    media.count >= lines.count && zip(media, lines).allSatisfy { $1.isRejected || $0.mid == $1.mid }
  }

  private func align(_ media: [MediaDescription], _ offered: OfferedSession) throws(Refusal) {
    guard media.count >= lines.count else {
      throw offered.problem(
        media.count - 1, "an m-line is missing behind this one: there were \(lines.count)")
    }
    for (index, line) in lines.enumerated() where !line.isRejected && media[index].mid != line.mid {
      throw offered.problem(index, "this m-line was \"\(line.mid)\" before")
    }
  }

  /// One m-line of the offer: what the client sends on it begins, goes on, or ends.
  private mutating func take(
    _ media: MediaDescription, at index: Int, _ offered: OfferedSession, publishes: Bool,
    _ change: inout Change, _ names: inout MediaNames
  ) {
    let mid = media.mid ?? (index < lines.count ? lines[index].mid : "")
    if index == lines.count {
      lines.append(MLine(mid: mid, section: media.kind))
    } else if lines[index].mid != mid || lines[index].section != media.kind {
      // In the place of a rejected one.
      lines[index] = MLine(mid: mid, section: media.kind)
    }
    var line = lines[index]
    line.list(media)
    line.accepted = nil
    if let kind = line.kind, !media.isRejected {
      line.accepted = AcceptedMedia(
        media, place.terms[kind], allowsMixed: offered.description.allowsMixedExtensions)
    }
    line.isRejected = line.accepted == nil
    line.allowsMixedExtensions = media.allowsMixedExtensions
    line.clientReceives = line.isOpen && media.direction.receives
    if let kind = line.kind, let accepted = line.accepted, media.direction.sends, publishes {
      let source = offered.sources[mid] ?? line.received?.source ?? source(of: kind, before: index)
      receive(media, accepted, kind, source, on: &line, &change, &names)
    } else if let gone = line.received {
      change.commands.append(.unpublish(gone.handle))
      change.removed.append(gone)
      line.received = nil
    }
    lines[index] = line
  }

  private func source(of kind: TrackView.Kind, before index: Int) -> TrackView.Source {
    switch kind {
    case .audio: .microphone
    case .video: lines[..<index].contains { $0.received?.source == .camera } ? .screen : .camera
    }
  }

  private mutating func receive(
    _ media: MediaDescription, _ accepted: AcceptedMedia, _ kind: TrackView.Kind, _ source: TrackView.Source,
    on line: inout MLine, _ change: inout Change, _ names: inout MediaNames
  ) {
    guard let peer else { return }
    let isNew = line.received == nil
    var setup = TrackSetup(
      track: line.received?.handle ?? names.track(), isVideo: kind == .video, mid: StreamName(line.mid),
      ssrcs: media.sources.map(\.ssrc),
      retransmissionPairs: media.sourceGroups.compactMap { group in
        guard group.semantics == "FID", group.ssrcs.count == 2 else { return nil }
        return (media: group.ssrcs[0], repeats: group.ssrcs[1])
      },
      layers: accepted.layers, formats: accepted.formats.map(PayloadFormat.init),
      extensions: ExtensionMap(accepted.extensions, sending: false))
    setup.isScreen = source == .screen
    setup.isMuted = line.received?.isMuted ?? (mutedSources.remove(source) != nil)
    var track =
      line.received
      ?? Track(
        id: names.trackID(), owner: participant, kind: kind, mid: line.mid, source: source,
        codec: accepted.formats.first.map { MediaCodec($0.codec).name } ?? "", formats: accepted.formats,
        setup: setup)
    let before = track
    track.source = source
    track.formats = accepted.formats
    track.setup = setup
    line.received = track
    if isNew || before.setup != setup { change.commands.append(.publish(peer, setup)) }
    if isNew { return change.added.append(track) }
    if before.view != track.view { change.updated.append(track) }
    if before.formats != track.formats { change.reformatted.append(track) }
  }

  /// What goes to the client on which line: what went on it goes on; the rest takes what is free.
  private mutating func assign(
    _ wanted: [Track], _ change: inout Change, _ names: inout MediaNames
  ) {
    guard let peer else { return }
    let tracks = Dictionary(wanted.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var placed: Set<String> = []
    for index in lines.indices {
      guard var sent = lines[index].sent else { continue }
      let payloads = tracks[sent.track].map { lines[index].payloads(of: $0) } ?? []
      guard lines[index].clientReceives, !payloads.isEmpty else {
        change.commands.append(.unsubscribe(sent.setup.subscription))
        lines[index].sent = nil
        if lines[index].isOpen { declined.insert(sent.track) }
        continue
      }
      placed.insert(sent.track)
      let before = sent.setup
      sent.setup.payloads = payloads
      if let accepted = lines[index].accepted {
        sent.setup.redundancy = CodecMatch.redundancy(accepted.formats, for: payloads)
        sent.setup.extensions = ExtensionMap(accepted.extensions, sending: true)
      }
      lines[index].sent = sent
      if sent.setup != before { change.commands.append(.subscribe(peer, sent.setup)) }
    }
    for track in wanted where !placed.contains(track.id) {
      guard let index = lines.firstIndex(where: { $0.canCarry(track) }),
        let sending = sending(track, on: lines[index], names: &names)
      else { continue }
      lines[index].sent = sending
      declined.remove(track.id)
      change.commands.append(.subscribe(peer, sending.setup))
    }
    for index in lines.indices { lines[index].told = lines[index].sent?.track }
  }

  private mutating func answer(to offer: SessionDescription) -> AnswerView {
    version += 1
    let media = zip(offer.media, lines).map { media, line in
      guard line.isOpen, let accepted = line.accepted else { return media.refused() }
      var answer = media.answered(
        accepted, receives: line.received != nil, track: line.sent?.named, transport: transport)
      answer.setup = setup
      return answer
    }
    let answer = offer.answered(
      origin: .init(session: session, version: version), media: media, isLite: true)
    return AnswerView(sdp: answer.description, tracks: places, published: published)
  }
}
