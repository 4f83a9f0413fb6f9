// What the control plane tells a worker. Each carries all that is needed: a worker never asks back. Commands about what
// does not exist (any more) do nothing, because facts and commands cross on their way.

package import Wire

package enum Command: Equatable, Sendable {
  /// A transport that waits for its client, with the room it belongs to.
  case connect(PeerHandle, PeerSetup)
  /// New credentials for a peer (ICE restart); the old ones stay good until the client uses the new.
  case restart(PeerHandle, local: ICECredentials, remote: ICECredentials)
  /// Ends the transport with all that it publishes and receives.
  case disconnect(PeerHandle)
  /// A track that this peer sends; of a known handle: what has changed about it.
  case publish(PeerHandle, TrackSetup)
  case unpublish(TrackHandle)
  case mute(TrackHandle, Bool)
  /// Whether what comes of this track goes to the tape.
  case record(TrackHandle, Bool)
  /// A track to this receiver; of a known handle: what has changed about it.
  case subscribe(PeerHandle, SubscriptionSetup)
  case unsubscribe(SubscriptionHandle)
  case wish(SubscriptionHandle, LayerWish)
  /// The worker's thread ends.
  case stop
}
