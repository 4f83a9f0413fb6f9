// Makes an answer out of what was accepted (RFC 8829, section 5.3): m-line by m-line, then the session around them.
// Pure: names, numbers and addresses are the caller's.

/// Our end of the transport, the same for each m-line of a bundle.
package struct AnswerTransport: Equatable, Sendable {
  package var credentials: ICECredentials
  package var fingerprint: Fingerprint
  package var candidates: [ICECandidate]

  package init(credentials: ICECredentials, fingerprint: Fingerprint, candidates: [ICECandidate]) {
    self.credentials = credentials
    self.fingerprint = fingerprint
    self.candidates = candidates
  }
}

/// A track that we send: which it is for the client, and the SSRCs it comes under.
package struct SentTrack: Equatable, Sendable {
  package var stream: MediaStreamID
  package var name: String
  package var ssrc: UInt32
  package var retransmissionSSRC: UInt32?

  package init(stream: MediaStreamID, name: String, ssrc: UInt32, retransmissionSSRC: UInt32? = nil) {
    self.stream = stream
    self.name = name
    self.ssrc = ssrc
    self.retransmissionSSRC = retransmissionSSRC
  }
}

extension DTLSSetup {
  /// We wait for the handshake, but where the other side insists on waiting; absent means actpass.
  package static func answered(_ offered: DTLSSetup?) -> DTLSSetup {
    switch offered {
    case nil, .actpass, .active: .passive
    case .passive: .active
    case .holdconn: .holdconn
    }
  }
}

extension MediaDescription {
  /// The m-line as it is refused: port zero, and one format, since there has to be one.
  package func refused() -> MediaDescription {
    var answer = MediaDescription(
      kind: kind, port: 0, transport: transport, formats: Array(formats.prefix(1)))
    answer.mid = mid
    answer.direction = .inactive
    answer.codecs = codecs.filter { "\($0.payloadType)" == formats.first }
    for index in answer.codecs.indices { answer.codecs[index].feedback = [] }
    return answer
  }

  /// `sends` and `receives` say what we would do; what comes of it depends on the offer. Without a track to send, the
  /// direction may still allow it: the track is then named in a later offer.
  package func answered(
    _ accepted: AcceptedMedia, receives: Bool, track: SentTrack?, transport ours: AnswerTransport
  ) -> MediaDescription {
    var answer = opened(ours)
    answer.direction = direction.answered(sending: track != nil, receiving: receives)
    for format in accepted.formats {
      answer.codecs.append(format.codec)
      if let retransmission = format.retransmission { answer.codecs.append(retransmission) }
    }
    answer.formats = answer.codecs.map { String($0.payloadType) }
    answer.extensions = accepted.extensions
    answer.allowsMixedExtensions = allowsMixedExtensions
    answer.isMultiplexed = isMultiplexed
    answer.hasReducedReports = hasReducedReports
    if answer.direction.receives {
      answer.rids = accepted.rids
      answer.simulcast = accepted.simulcast
    }
    if answer.direction.sends, let track {
      answer.append(track, retransmits: accepted.formats.contains { $0.retransmission != nil })
    }
    return answer
  }

  /// A data channel's m-line (RFC 8841).
  package func answeredData(
    port sctpPort: UInt16, largestMessageByteCount: UInt64, transport ours: AnswerTransport
  ) -> MediaDescription {
    var answer = opened(ours)
    answer.formats = formats
    answer.sctpPort = sctpPort
    answer.largestMessageByteCount = largestMessageByteCount
    return answer
  }

  /// Names the track and its SSRCs; also for the m-lines of our own offers.
  package mutating func append(_ track: SentTrack, retransmits: Bool) {
    streams.append(track.stream)
    sources.append(MediaSource(ssrc: track.ssrc, name: track.name, stream: track.stream))
    guard retransmits, let repeats = track.retransmissionSSRC else { return }
    sources.append(MediaSource(ssrc: repeats, name: track.name, stream: track.stream))
    sourceGroups.append(MediaSourceGroup("FID", [track.ssrc, repeats]))
  }

  private func opened(_ ours: AnswerTransport) -> MediaDescription {
    var answer = MediaDescription(kind: kind, transport: transport)
    answer.mid = mid
    answer.credentials = ours.credentials
    answer.fingerprints = [ours.fingerprint]
    answer.setup = .answered(setup)
    answer.candidates = ours.candidates
    answer.hasAllCandidates = !ours.candidates.isEmpty
    return answer
  }
}

extension SessionDescription {
  /// The answer to this offer, from its m-lines' answers in the same order. What was refused leaves the bundle, and
  /// candidates stand where the transport is: in the first of the bundle, and in those outside it.
  package func answered(origin: Origin, media answers: [MediaDescription], isLite: Bool) -> SessionDescription
  {
    precondition(answers.count == media.count, "an answer has the m-lines of its offer")
    var answer = SessionDescription(origin: origin)
    answer.allowsMixedExtensions = allowsMixedExtensions
    answer.streamSemantics = "WMS *"
    answer.isICELite = isLite
    answer.media = answers
    let open = Set(answers.filter { !$0.isRejected }.compactMap(\.mid))
    let bundled = bundle.filter(open.contains)
    if !bundled.isEmpty { answer.groups = [Group("BUNDLE", bundled)] }
    for index in answer.media.indices {
      guard let mid = answer.media[index].mid, bundled.dropFirst().contains(mid) else { continue }
      answer.media[index].candidates = []
      answer.media[index].hasAllCandidates = false
    }
    return answer
  }
}

/// For the fuzzers: what is read is written, and read again as the same; and any of it can be answered.
package enum SDPFuzz {
  package static func fuzz(_ bytes: Span<UInt8>) {
    guard let offer = try? SessionDescription(bytes) else { return }
    guard let again = try? SessionDescription(offer.description) else {
      // What we spell out longer than it came may pass the bounds.
      precondition(bytes.count > Limits.sdpLineByteCount / 4, "what was read must be readable when written")
      return
    }
    precondition(again.description == offer.description, "a description must survive its text")
    let preferences = MediaPreferences(
      codecs: [
        CodecPreference("opus", clockRate: 48_000, channels: 2, feedback: ["transport-cc"]),
        CodecPreference("red", clockRate: 48_000, channels: 2, variants: .redundancy),
        CodecPreference("VP8", feedback: ["nack", "nack pli"]),
        CodecPreference("H264", variants: .h264(profiles: [.constrainedBaseline], packetizationModes: ["1"])),
        CodecPreference("VP9", variants: .profiles(key: "profile-id", values: ["0"], absent: "0")),
      ], retransmits: true, extensions: offer.media.flatMap { $0.extensions.map(\.uri) }, layers: 3)
    let ours = AnswerTransport(
      credentials: ICECredentials(ufrag: "abcd", password: String(repeating: "a", count: 22)),
      fingerprint: Fingerprint(hash: "sha-256", digest: [UInt8](repeating: 1, count: 32)), candidates: [])
    let track = SentTrack(
      stream: MediaStreamID(stream: "s", track: "t"), name: "c", ssrc: 1, retransmissionSSRC: 2)
    let media = offer.media.map { media in
      guard !media.isRejected, let accepted = AcceptedMedia(media, preferences) else {
        return media.refused()
      }
      return media.answered(accepted, receives: true, track: track, transport: ours)
    }
    let answer = offer.answered(origin: .init(session: "1", version: 1), media: media, isLite: true)
    let read = try? SessionDescription(answer.description)
    precondition(read?.media.count == offer.media.count, "an answer must be readable")
  }
}
