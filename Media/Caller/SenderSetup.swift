// What a caller sends: how it is named on the wire, as the two sides agreed, and what it looks like. The load generator
// and the simulation choose the looks, an answer gives the names.

package import Link
package import Wire

package struct SenderSetup: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    case audio(AudioLooks)
    case video(VideoLooks)
  }

  package var content: Content
  /// Written into every payload.
  package var source: UInt32
  package var mid: StreamName?
  package var ssrc: UInt32
  package var retransmissionSSRC: UInt32?
  package var payloadType: UInt8
  package var retransmission: UInt8?
  /// Audio goes out in RED, where this is set.
  package var redundancy: UInt8?
  package var extensions: ExtensionMap
  package var canonicalName: String

  package init(
    _ content: Content, source: UInt32, mid: StreamName?, ssrc: UInt32, retransmissionSSRC: UInt32? = nil,
    payloadType: UInt8, retransmission: UInt8? = nil, redundancy: UInt8? = nil, extensions: ExtensionMap,
    canonicalName: String
  ) {
    self.content = content
    self.source = source
    self.mid = mid
    self.ssrc = ssrc
    self.retransmissionSSRC = retransmissionSSRC
    self.payloadType = payloadType
    self.retransmission = retransmission
    self.redundancy = redundancy
    self.extensions = extensions
    self.canonicalName = canonicalName
  }

  var isVideo: Bool {
    switch content {
    case .audio: false
    case .video: true
    }
  }
}

/// Opus of 20 ms a packet.
package struct AudioLooks: Equatable, Sendable {
  /// 32 kbit/s by default.
  package var payloadByteCount = 80
  /// Turns of speech and silence; nil: it never stops. In silence one byte goes out every 400 ms (DTX).
  package var talk: (speechMilliseconds: Int64, silenceMilliseconds: Int64)?
  /// Below full scale, while it speaks.
  package var levelDecibels: UInt8 = 25

  package init() {}

  package static func == (left: AudioLooks, right: AudioLooks) -> Bool {
    left.payloadByteCount == right.payloadByteCount && left.levelDecibels == right.levelDecibels
      && left.talk?.speechMilliseconds == right.talk?.speechMilliseconds
      && left.talk?.silenceMilliseconds == right.talk?.silenceMilliseconds
  }
}

/// VP8.
package struct VideoLooks: Equatable, Sendable {
  package var framesPerSecond: Int64 = 30
  /// 1 to 3.
  package var temporalLayers = 1
  package var keyFrameByteCount = 22_000
  package var deltaFrameByteCount = 5_000
  /// The payload of a full packet.
  package var packetByteCount = 1_100
  /// An exact rate of full packets instead of frames of those sizes: what benchmarks compare by.
  package var packetsPerSecond: Int64?
  /// Over which share of the time to the next frame a frame's packets leave; 0: all at once.
  package var spread = 0.0
  package var width: UInt16 = 1_280
  package var height: UInt16 = 720

  package init() {}
}
