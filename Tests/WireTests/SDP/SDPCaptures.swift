// Offers as real clients made them (Chromium 156, Firefox 153, aiortc 1.16, GStreamer 1.22), addresses replaced by those
// for documentation, and the answers that we make of them, which Chromium and Firefox took.

import Glibc
import Wire

enum SDPCaptures {
  static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    .joined(separator: "/") + "/Captures"

  static let names = [
    "aiortc-audio-video", "aiortc-data", "aiortc-recvonly", "chromium-audio-video", "chromium-data",
    "chromium-ice-restart", "chromium-recvonly", "chromium-screen-later", "chromium-simulcast",
    "chromium-stopped", "firefox-audio-video", "firefox-data", "firefox-ice-restart", "firefox-recvonly",
    "firefox-screen-later", "firefox-simulcast", "firefox-stopped",
    "gstreamer-audio-video",
  ]

  static func bytes(_ name: String) -> [UInt8] {
    guard let file = fopen("\(folder)/\(name).sdp", "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Limits.sdpByteCount)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }

  static func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

  static func write(_ text: String, as name: String) {
    guard let file = fopen("\(folder)/\(name).sdp", "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  static func offer(_ name: String) throws(SDPError) -> SessionDescription {
    try SessionDescription(bytes(name).span)
  }

  static let audio = MediaPreferences(
    codecs: [
      CodecPreference(
        "red", clockRate: 48_000, channels: 2, variants: .redundancy, feedback: ["transport-cc"]),
      CodecPreference(
        "opus", clockRate: 48_000, channels: 2, feedback: ["transport-cc", "nack"],
        parameters: FormatParameters("useinbandfec=1")),
    ],
    retransmits: false,
    extensions: [
      "urn:ietf:params:rtp-hdrext:sdes:mid", "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
      "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    ])

  private static let feedback = ["transport-cc", "ccm fir", "nack", "nack pli"]
  static let video = MediaPreferences(
    codecs: [
      CodecPreference("VP8", feedback: feedback),
      CodecPreference(
        "VP9", variants: .profiles(key: "profile-id", values: ["0"], absent: "0"), feedback: feedback),
      CodecPreference(
        "H264", variants: .h264(profiles: [.constrainedBaseline], packetizationModes: ["1"]),
        feedback: feedback),
      CodecPreference(
        "AV1", variants: .profiles(key: "profile", values: ["0"], absent: "0"), feedback: feedback),
    ],
    retransmits: true,
    extensions: [
      "urn:ietf:params:rtp-hdrext:sdes:mid", "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
      "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", "urn:3gpp:video-orientation",
      "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
      "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    ], layers: 3)

  static let transport = AnswerTransport(
    credentials: ICECredentials(ufrag: "tandem01", password: "0123456789abcdefghijklmn"),
    fingerprint: Fingerprint(hash: "sha-256", digest: (0..<32).map { UInt8($0 * 7) }),
    candidates: [
      ICECandidate(foundation: "1", priority: 2_130_706_431, host: "192.0.2.10", port: 40_000),
      ICECandidate(foundation: "2", priority: 2_130_706_175, host: "2001:db8::10", port: 40_000),
    ])

  /// Takes what the client sends, and sends a track into each m-line that may receive one.
  static func answer(_ offer: SessionDescription) -> SessionDescription {
    let media = offer.media.enumerated().map { index, media in
      let number = UInt32(index)
      let track = SentTrack(
        stream: MediaStreamID(stream: "p_\(number)", track: "t_\(number)"), name: "tandem",
        ssrc: 1_000 + number * 2, retransmissionSSRC: 1_001 + number * 2)
      guard !media.isRejected else { return media.refused() }
      switch media.kind {
      case .application:
        return media.answeredData(port: 5_000, largestMessageByteCount: 65_536, transport: transport)
      case .audio, .video:
        let preferences = media.kind == .audio ? audio : video
        guard
          let accepted = AcceptedMedia(media, preferences, allowsMixed: offer.allowsMixedExtensions)
        else { return media.refused() }
        return media.answered(accepted, receives: true, track: track, transport: transport)
      case .other: return media.refused()
      }
    }
    return offer.answered(origin: .init(session: "4711", version: 1), media: media, isLite: true)
  }

  /// An offer of ours: somebody's sound and picture for a client that so far only listened.
  static var ours: SessionDescription {
    var offer = SessionDescription(origin: .init(session: "4711", version: 1))
    offer.allowsMixedExtensions = true
    offer.streamSemantics = "WMS *"
    offer.isICELite = true
    offer.groups = [.init("BUNDLE", ["0", "1"])]
    for (mid, kind) in [("0", MediaDescription.Kind.audio), ("1", .video)] {
      var media = MediaDescription(kind: kind)
      media.mid = mid
      media.direction = .sendonly
      media.credentials = transport.credentials
      media.fingerprints = [transport.fingerprint]
      media.setup = .actpass
      media.isMultiplexed = true
      media.hasReducedReports = true
      media.candidates = mid == "0" ? transport.candidates : []
      media.codecs =
        kind == .audio
        ? [
          Codec(
            payloadType: 111, name: "opus", clockRate: 48_000, channels: 2,
            parameters: FormatParameters("minptime=10;useinbandfec=1"), feedback: ["transport-cc"])
        ]
        : [
          Codec(payloadType: 96, name: "VP8", clockRate: 90_000, feedback: feedback),
          Codec(payloadType: 97, name: "rtx", clockRate: 90_000, parameters: FormatParameters("apt=96")),
        ]
      media.formats = media.codecs.map { String($0.payloadType) }
      media.extensions = [HeaderExtension(id: 4, uri: "urn:ietf:params:rtp-hdrext:sdes:mid")]
      let track = SentTrack(
        stream: MediaStreamID(stream: "p_1", track: "t_\(mid)"), name: "tandem",
        ssrc: kind == .audio ? 76 : 77,
        retransmissionSSRC: 78)
      media.append(track, retransmits: kind == .video)
      offer.media.append(media)
    }
    return offer
  }
}
