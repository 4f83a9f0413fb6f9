// The description that a caller offers: sound and picture, both ways, in one bundle. Its numbers are browsers' usual
// ones, so that an answer can be read against them.

package import Wire

package struct CallerOffer: Equatable, Sendable {
  package static let audioType: UInt8 = 111
  package static let redundancyType: UInt8 = 63
  package static let videoType: UInt8 = 96
  package static let videoRetransmissionType: UInt8 = 97

  package static let mid = "urn:ietf:params:rtp-hdrext:sdes:mid"
  package static let audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
  package static let transportSequence =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
  package static let absoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

  package var credentials: ICECredentials
  package var fingerprint: Fingerprint
  package var session = "1"
  package var version: UInt64 = 1
  package var canonicalName: String
  package var audioSSRC: UInt32
  package var videoSSRC: UInt32
  package var videoRetransmissionSSRC: UInt32
  package var offersRedundancy = false
  /// What does not send receives only.
  package var sendsAudio = true
  package var sendsVideo = true
  /// M-lines beyond the first two, for what others send: each sound or picture, received only.
  package var furtherAudio = 0
  package var furtherVideo = 0

  package init(
    credentials: ICECredentials, fingerprint: Fingerprint, canonicalName: String, audioSSRC: UInt32,
    videoSSRC: UInt32, videoRetransmissionSSRC: UInt32
  ) {
    self.credentials = credentials
    self.fingerprint = fingerprint
    self.canonicalName = canonicalName
    self.audioSSRC = audioSSRC
    self.videoSSRC = videoSSRC
    self.videoRetransmissionSSRC = videoRetransmissionSSRC
  }

  package var description: SessionDescription {
    var offer = SessionDescription(origin: .init(session: session, version: version))
    offer.media = [media(.audio, "0", sends: sendsAudio), media(.video, "1", sends: sendsVideo)]
    for _ in 0..<furtherAudio { offer.media.append(media(.audio, "\(offer.media.count)", sends: false)) }
    for _ in 0..<furtherVideo { offer.media.append(media(.video, "\(offer.media.count)", sends: false)) }
    offer.groups = [.init("BUNDLE", offer.media.compactMap(\.mid))]
    offer.allowsMixedExtensions = true
    offer.streamSemantics = "WMS *"
    return offer
  }

  package var text: String { description.description }

  private func media(_ kind: MediaDescription.Kind, _ mid: String, sends: Bool) -> MediaDescription {
    var media = MediaDescription(kind: kind)
    media.mid = mid
    media.direction = sends ? .sendrecv : .recvonly
    media.credentials = credentials
    media.iceOptions = ["trickle"]
    media.fingerprints = [fingerprint]
    media.setup = .actpass
    media.isMultiplexed = true
    media.hasReducedReports = true
    media.extensions = [
      HeaderExtension(id: 4, uri: Self.mid), HeaderExtension(id: 3, uri: Self.transportSequence),
    ]
    let stream = MediaStreamID(stream: canonicalName, track: canonicalName + kind.name)
    if kind == .audio { describeAudio(&media, sends ? stream : nil) }
    if kind == .video { describeVideo(&media, sends ? stream : nil) }
    if sends { media.streams = [stream] }
    media.formats = media.codecs.map { "\($0.payloadType)" }
    return media
  }

  private func describeAudio(_ media: inout MediaDescription, _ stream: MediaStreamID?) {
    media.extensions.append(HeaderExtension(id: 1, uri: Self.audioLevel))
    media.codecs = [
      Codec(
        payloadType: Self.audioType, name: "opus", clockRate: 48_000, channels: 2,
        parameters: FormatParameters("minptime=10;useinbandfec=1"), feedback: ["transport-cc"])
    ]
    if offersRedundancy {
      media.codecs.append(
        Codec(
          payloadType: Self.redundancyType, name: "red", clockRate: 48_000, channels: 2,
          parameters: FormatParameters("\(Self.audioType)/\(Self.audioType)")))
    }
    guard let stream else { return }
    media.sources = [MediaSource(ssrc: audioSSRC, name: canonicalName, stream: stream)]
  }

  private func describeVideo(_ media: inout MediaDescription, _ stream: MediaStreamID?) {
    media.codecs = [
      Codec(
        payloadType: Self.videoType, name: "VP8", clockRate: 90_000,
        feedback: ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]),
      Codec(
        payloadType: Self.videoRetransmissionType, name: "rtx", clockRate: 90_000,
        parameters: FormatParameters("apt=\(Self.videoType)")),
    ]
    guard let stream else { return }
    media.sources = [
      MediaSource(ssrc: videoSSRC, name: canonicalName, stream: stream),
      MediaSource(ssrc: videoRetransmissionSSRC, name: canonicalName, stream: stream),
    ]
    media.sourceGroups = [MediaSourceGroup("FID", [videoSSRC, videoRetransmissionSSRC])]
  }
}
