// What a caller takes out of a server's description, answer or offer: where the server is and who, what of our m-lines it
// takes, and which streams it sends.

package import Link
package import Wire

package struct ServerDescription: Equatable, Sendable {
  package struct Line: Equatable, Sendable {
    package var mid: String
    package var isVideo: Bool
    /// Whether the server takes what we send on it.
    package var receives: Bool
    package var formats: [PayloadFormat]
    package var extensions: ExtensionMap
    /// What the server sends on it; nil while nothing.
    package var stream: ExpectedStream?
    /// `a=msid`: whose it is, and which.
    package var streamID: MediaStreamID?

    /// The first format of media that is no redundancy.
    package var media: PayloadFormat? { formats.first { $0.codec != .red } }
  }

  package var credentials: ICECredentials
  package var fingerprints: [Fingerprint]
  /// Over UDP, in the description's order.
  package var candidates: [TransportAddress]
  package var lines: [Line]

  /// Nil for what is no description, or one without a transport.
  package init?(_ text: String) {
    guard let description = try? SessionDescription(text),
      let first = description.media.first(where: { $0.credentials != nil && !$0.isRejected }),
      let credentials = first.credentials
    else { return nil }
    self.credentials = credentials
    fingerprints = first.fingerprints
    candidates = description.media.flatMap(\.candidates).filter { $0.transport == .udp }.compactMap(\.address)
    lines = description.media.compactMap { media in
      guard let mid = media.mid, !media.isRejected, media.kind == .audio || media.kind == .video else {
        return nil
      }
      return Line(mid, media)
    }
  }

  /// The end to connect to: the first candidate.
  package var remote: CallerRemote? {
    candidates.first.map {
      CallerRemote(address: $0, credentials: credentials, fingerprints: fingerprints)
    }
  }
}

extension ServerDescription.Line {
  init(_ mid: String, _ media: MediaDescription) {
    self.mid = mid
    isVideo = media.kind == .video
    receives = media.direction.receives
    formats = media.codecs.filter { $0.associatedPayloadType == nil }.map { codec in
      PayloadFormat(
        payloadType: codec.payloadType, codec: MediaCodec(codec), clockRate: codec.clockRate,
        retransmission: media.codecs.first { $0.associatedPayloadType == codec.payloadType }?.payloadType,
        takesLossRequests: codec.feedback.contains("nack"),
        takesPictureLoss: codec.feedback.contains("nack pli"),
        takesFullIntra: codec.feedback.contains("ccm fir"))
    }
    extensions = ExtensionMap()
    for item in media.extensions {
      switch item.uri {
      case CallerOffer.mid: extensions.mid = item.id
      case CallerOffer.audioLevel: extensions.audioLevel = item.id
      case CallerOffer.transportSequence: extensions.transportSequence = item.id
      case CallerOffer.absoluteSendTime: extensions.absoluteSendTime = item.id
      default: continue
      }
    }
    streamID = media.streams.first
    guard media.direction.sends, let ssrc = media.sources.first?.ssrc else { return }
    let pair = media.sourceGroups.first { $0.semantics == "FID" && $0.ssrcs.first == ssrc }
    stream = ExpectedStream(
      ssrc: ssrc, retransmissionSSRC: pair?.ssrcs.dropFirst().first, isVideo: isVideo, formats: formats,
      extensions: extensions)
  }
}

extension MediaCodec {
  init(_ codec: Codec) {
    let names: [(String, MediaCodec)] = [
      ("opus", .opus), ("red", .red), ("VP8", .vp8), ("VP9", .vp9), ("H264", .h264), ("H265", .h265),
      ("AV1", .av1),
    ]
    self = names.first { codec.isNamed($0.0) }?.1 ?? .other
  }
}

extension CallerOffer {
  /// What the first two lines are to carry, as far as the answer takes them.
  package func senders(
    _ answer: ServerDescription, source: UInt32, audio: AudioLooks?, video: VideoLooks?
  ) -> [SenderSetup] {
    answer.lines.compactMap { line in
      guard line.receives, let format = line.media else { return nil }
      switch line.mid {
      case "0":
        guard let audio, sendsAudio else { return nil }
        return SenderSetup(
          .audio(audio), source: source, mid: StreamName(line.mid), ssrc: audioSSRC,
          payloadType: format.payloadType,
          redundancy: offersRedundancy
            ? line.formats.first { $0.codec == .red }?.payloadType : nil,
          extensions: line.extensions, canonicalName: canonicalName)
      case "1":
        guard let video, sendsVideo else { return nil }
        return SenderSetup(
          .video(video), source: source, mid: StreamName(line.mid), ssrc: videoSSRC,
          retransmissionSSRC: format.retransmission == nil ? nil : videoRetransmissionSSRC,
          payloadType: format.payloadType, retransmission: format.retransmission,
          extensions: line.extensions, canonicalName: canonicalName)
      default: return nil
      }
    }
  }
}
