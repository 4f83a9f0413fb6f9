// Facts that workers tell the control plane, one way.

package import Wire

package enum PeerFailure: String, Sendable, CaseIterable {
  /// The certificate is not the one that the description named.
  case fingerprint
  case handshake
  /// No sign of the client on any path for too long.
  case silence
  /// The client ended the transport itself.
  case closed
  /// The worker holds as many peers as it may.
  case capacity
}

/// Who is heard in a room: louder first.
package struct SpeakerLevel: Equatable, Sendable {
  package var peer: PeerHandle
  package var track: TrackHandle
  /// Below full scale: 0 the loudest, -127 silence.
  package var levelDecibels: Int

  package init(peer: PeerHandle, track: TrackHandle, levelDecibels: Int) {
    self.peer = peer
    self.track = track
    self.levelDecibels = levelDecibels
  }
}

/// How long somebody talked since it was told last.
package struct TalkTime: Equatable, Sendable {
  package var track: TrackHandle
  package var milliseconds: Int64
  /// And goes on.
  package var isTalking: Bool

  package init(track: TrackHandle, milliseconds: Int64, isTalking: Bool) {
    self.track = track
    self.milliseconds = milliseconds
    self.isTalking = isTalking
  }
}

/// How well a peer's media travels, over the last interval; what is not known is nil.
package struct PeerQuality: Equatable, Sendable {
  package var peer: PeerHandle
  /// Of the packets from the client, and of those to it, in 0...1.
  package var lossUp: Double?
  package var lossDown: Double?
  package var roundTripMilliseconds: Double?
  package var jitterMilliseconds: Double?
  /// Of the time, how long a picture that it had before could not go on; of all its pictures together.
  package var frozenShare: Double?
  package var bitsPerSecondUp: Double
  package var bitsPerSecondDown: Double

  package init(
    peer: PeerHandle, lossUp: Double? = nil, lossDown: Double? = nil, roundTripMilliseconds: Double? = nil,
    jitterMilliseconds: Double? = nil, frozenShare: Double? = nil, bitsPerSecondUp: Double = 0,
    bitsPerSecondDown: Double = 0
  ) {
    self.peer = peer
    self.lossUp = lossUp
    self.lossDown = lossDown
    self.roundTripMilliseconds = roundTripMilliseconds
    self.jitterMilliseconds = jitterMilliseconds
    self.frozenShare = frozenShare
    self.bitsPerSecondUp = bitsPerSecondUp
    self.bitsPerSecondDown = bitsPerSecondDown
  }
}

/// How much of what somebody wishes of a picture goes out to them.
package enum Delivery: String, Equatable, Sendable {
  case full, reduced, paused
}

package enum DeliveryReason: String, Equatable, Sendable {
  /// Their link bears no more.
  case link = "bandwidth"
  /// The server has too much to do.
  case load = "server_load"
}

package enum Event: Equatable, Sendable {
  /// The handshake is done and keys are in place; `remote` is where the client is.
  case connected(PeerHandle, remote: String)
  /// The client is somewhere else now.
  case moved(PeerHandle, remote: String)
  case failed(PeerHandle, PeerFailure)
  /// The first packet of others' media went out to this peer.
  case firstMedia(PeerHandle)
  /// The first packet of a track came in, in this codec.
  case receiving(TrackHandle, MediaCodec)
  /// Of a track in layers, those that nobody has at present; empty: all are wanted.
  case layersIdle(TrackHandle, [StreamName])
  /// What this peer gets of a picture is less than it wishes, or all of it again.
  case delivery(PeerHandle, SubscriptionHandle, Delivery, DeliveryReason)
  /// Who speaks in a room has changed; empty: nobody.
  case speakers(RoomHandle, [SpeakerLevel])
  /// Of those who talked since it was told last; each second while anybody does.
  case talk(RoomHandle, [TalkTime])
  case quality([PeerQuality])
  /// Once a second, of the worker with this number.
  case figures(worker: Int, WorkerFigures)
}
