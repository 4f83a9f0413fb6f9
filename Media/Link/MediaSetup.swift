// What an agreed description means to a worker, without any SDP left in it: transports, tracks that come in, and
// subscriptions that go out. Made by the negotiation; a worker takes it as it is.

package import Wire

/// Of the codecs, as much as forwarding needs to know: where a picture begins, what may be rewritten.
package enum MediaCodec: String, Sendable, CaseIterable {
  case opus, red, vp8, vp9, h264, h265, av1
  /// Forwarded without being understood.
  case other
}

/// The ids under which header extensions travel; 0 where one was not agreed.
package struct ExtensionMap: Equatable, Sendable {
  package var mid: UInt8 = 0
  package var rid: UInt8 = 0
  package var repairedRid: UInt8 = 0
  package var audioLevel: UInt8 = 0
  package var transportSequence: UInt8 = 0
  package var absoluteSendTime: UInt8 = 0
  package var orientation: UInt8 = 0
  package var playoutDelay: UInt8 = 0
  package var dependencyDescriptor: UInt8 = 0

  package init() {}
}

/// One end of a transport: everything that ICE and DTLS need to know of the client.
package struct PeerSetup: Equatable, Sendable {
  package var room: RoomHandle
  package var local: ICECredentials
  package var remote: ICECredentials
  /// One of them must be the certificate's.
  package var fingerprints: [Fingerprint]
  /// Whether we start the handshake: only for clients that insist on waiting.
  package var startsHandshake: Bool

  package init(
    room: RoomHandle, local: ICECredentials, remote: ICECredentials, fingerprints: [Fingerprint],
    startsHandshake: Bool = false
  ) {
    self.room = room
    self.local = local
    self.remote = remote
    self.fingerprints = fingerprints
    self.startsHandshake = startsHandshake
  }
}

/// A payload type as its sender uses it.
package struct PayloadFormat: Equatable, Sendable {
  package var payloadType: UInt8
  package var codec: MediaCodec
  package var clockRate: UInt32
  /// The payload type of its retransmissions (RFC 4588), where agreed.
  package var retransmission: UInt8?
  /// What the sender of this format takes: `nack`, `nack pli`, `ccm fir`.
  package var takesLossRequests: Bool
  package var takesPictureLoss: Bool
  package var takesFullIntra: Bool

  package init(
    payloadType: UInt8, codec: MediaCodec, clockRate: UInt32, retransmission: UInt8? = nil,
    takesLossRequests: Bool = false, takesPictureLoss: Bool = false, takesFullIntra: Bool = false
  ) {
    self.payloadType = payloadType
    self.codec = codec
    self.clockRate = clockRate
    self.retransmission = retransmission
    self.takesLossRequests = takesLossRequests
    self.takesPictureLoss = takesPictureLoss
    self.takesFullIntra = takesFullIntra
  }
}

/// A track that a peer sends, or may send, on one m-line.
package struct TrackSetup: Equatable, Sendable {
  package var track: TrackHandle
  package var isVideo: Bool
  /// Shown before all others.
  package var isScreen = false
  /// The m-line; packets with this name in their header belong to it, whatever their SSRC.
  package var mid: StreamName?
  /// As the description named them; the first is the media's. Clients may name none.
  package var ssrcs: [UInt32]
  /// Pairs of media and retransmission.
  package var retransmissionPairs: [(media: UInt32, repeats: UInt32)]
  /// The names of the streams in which the client sends the same picture in several sizes (RFC 8851); empty where it
  /// sends one.
  package var layers: [StreamName]
  package var formats: [PayloadFormat]
  package var extensions: ExtensionMap
  /// Nothing of it is forwarded while it is set.
  package var isMuted: Bool

  package init(
    track: TrackHandle, isVideo: Bool, mid: StreamName?, ssrcs: [UInt32] = [],
    retransmissionPairs: [(media: UInt32, repeats: UInt32)] = [], layers: [StreamName] = [],
    formats: [PayloadFormat], extensions: ExtensionMap, isMuted: Bool = false
  ) {
    self.track = track
    self.isVideo = isVideo
    self.mid = mid
    self.ssrcs = ssrcs
    self.retransmissionPairs = retransmissionPairs
    self.layers = layers
    self.formats = formats
    self.extensions = extensions
    self.isMuted = isMuted
  }

  package static func == (left: TrackSetup, right: TrackSetup) -> Bool {
    left.track == right.track && left.isVideo == right.isVideo && left.isScreen == right.isScreen
      && left.mid == right.mid
      && left.ssrcs == right.ssrcs && left.formats == right.formats && left.extensions == right.extensions
      && left.isMuted == right.isMuted && left.layers == right.layers
      && left.retransmissionPairs.elementsEqual(right.retransmissionPairs, by: ==)
  }
}

/// What a publisher's payload type becomes for one receiver.
package struct PayloadMapping: Equatable, Sendable {
  package var from: UInt8
  package var to: UInt8
  /// The receiver's payload type for retransmissions of it.
  package var retransmission: UInt8?

  package init(from: UInt8, to: UInt8, retransmission: UInt8? = nil) {
    self.from = from
    self.to = to
    self.retransmission = retransmission
  }
}

/// How much of a track a receiver wants. Layers follow it where the publisher sends several.
package enum Quality: String, Sendable, CaseIterable {
  case high, medium, low, off
}

/// What a receiver wants of a track.
package struct LayerWish: Equatable, Sendable {
  package var quality: Quality
  /// Of the picture, in lines: what is shown no larger needs no more.
  package var heightMax: Int?
  package var framesPerSecondMax: Int?
  /// Higher goes first where not everything fits; nil is the middle.
  package var priority: Int?

  package init(
    _ quality: Quality = .high, heightMax: Int? = nil, framesPerSecondMax: Int? = nil, priority: Int? = nil
  ) {
    self.quality = quality
    self.heightMax = heightMax
    self.framesPerSecondMax = framesPerSecondMax
    self.priority = priority
  }
}

/// A track as one receiver gets it. SSRCs and payload types are the receiver's own numbers, chosen by the negotiation.
package struct SubscriptionSetup: Equatable, Sendable {
  package var subscription: SubscriptionHandle
  package var track: TrackHandle
  package var mid: StreamName?
  package var ssrc: UInt32
  package var retransmissionSSRC: UInt32?
  /// Formats that both ends have; packets of any other are not forwarded.
  package var payloads: [PayloadMapping]
  /// Of sound: the receiver's payload type for packets that carry the one before with them (RFC 2198), where agreed.
  package var redundancy: UInt8?
  package var extensions: ExtensionMap
  /// CNAME: the same for all tracks of one publisher, which is what lip sync goes by.
  package var canonicalName: String
  package var wish: LayerWish

  package init(
    subscription: SubscriptionHandle, track: TrackHandle, mid: StreamName?, ssrc: UInt32,
    retransmissionSSRC: UInt32? = nil, payloads: [PayloadMapping], redundancy: UInt8? = nil,
    extensions: ExtensionMap,
    canonicalName: String, wish: LayerWish = LayerWish()
  ) {
    self.subscription = subscription
    self.track = track
    self.mid = mid
    self.ssrc = ssrc
    self.retransmissionSSRC = retransmissionSSRC
    self.payloads = payloads
    self.redundancy = redundancy
    self.extensions = extensions
    self.canonicalName = canonicalName
    self.wish = wish
  }
}
