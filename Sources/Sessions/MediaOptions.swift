// What an operator may set about media, and the terms that follow from it: which formats and header extensions are
// taken of a client, in our order. MediaPlane makes the terms once; every negotiation goes by them.

import Wire

package struct MediaOptions: Sendable, Equatable {
  /// Names in the order of preference; those that are not known here are passed over.
  package var audioCodecs = ["opus", "red"]
  package var videoCodecs = ["VP8", "H264", "VP9", "AV1", "H265"]
  /// Busier workers than this take no new peers: the rest is headroom for those who are in.
  package var loadBound = 0.9

  package init() {}

  var terms: MediaTerms {
    MediaTerms(
      audio: MediaPreferences(
        codecs: audioCodecs.compactMap(Self.audioCodec), retransmits: false,
        extensions: [
          ExtensionName.mid, ExtensionName.audioLevel, ExtensionName.transportSequence,
          ExtensionName.absoluteSendTime,
        ]),
      video: MediaPreferences(
        codecs: videoCodecs.compactMap(Self.videoCodec), retransmits: true,
        extensions: [
          ExtensionName.mid, ExtensionName.rid, ExtensionName.repairedRid, ExtensionName.transportSequence,
          ExtensionName.absoluteSendTime, ExtensionName.orientation, ExtensionName.playoutDelay,
          ExtensionName.dependencyDescriptor,
        ], layers: Limits.layers))
  }

  private static func audioCodec(_ name: String) -> CodecPreference? {
    switch name.lowercased() {
    case "opus":
      CodecPreference(
        "opus", clockRate: 48_000, channels: 2, feedback: ["transport-cc", "nack"],
        parameters: FormatParameters("useinbandfec=1"))
    case "red":
      CodecPreference(
        "red", clockRate: 48_000, channels: 2, variants: .redundancy, feedback: ["transport-cc"])
    default: nil
    }
  }

  private static func videoCodec(_ name: String) -> CodecPreference? {
    let feedback = ["transport-cc", "ccm fir", "nack", "nack pli"]
    return switch name.lowercased() {
    case "vp8": CodecPreference("VP8", feedback: feedback)
    case "vp9":
      CodecPreference(
        "VP9", variants: .profiles(key: "profile-id", values: ["0"], absent: "0"), feedback: feedback)
    case "h264":
      // The one profile that all browsers send and take.
      CodecPreference(
        "H264", variants: .h264(profiles: [.constrainedBaseline], packetizationModes: ["1"]),
        feedback: feedback)
    case "av1":
      CodecPreference(
        "AV1", variants: .profiles(key: "profile", values: ["0"], absent: "0"), feedback: feedback)
    case "h265":
      CodecPreference(
        "H265", variants: .profiles(key: "profile-id", values: ["1"], absent: "1"), feedback: feedback)
    default: nil
    }
  }
}

/// What is taken of each kind of media.
struct MediaTerms: Sendable, Equatable {
  var audio: MediaPreferences
  var video: MediaPreferences

  subscript(kind: TrackView.Kind) -> MediaPreferences {
    switch kind {
    case .audio: audio
    case .video: video
    }
  }
}

enum ExtensionName {
  static let mid = "urn:ietf:params:rtp-hdrext:sdes:mid"
  static let rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
  static let repairedRid = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
  static let audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
  static let transportSequence = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
  static let absoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
  static let orientation = "urn:3gpp:video-orientation"
  static let playoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
  static let dependencyDescriptor =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
}
