// Names by which the control plane speaks to workers of peers, tracks, subscriptions and rooms. It gives them out, each
// once in the life of the process, so that a late command or fact can never mean somebody else.

package struct PeerHandle: Hashable, Sendable {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

/// Something that a peer publishes.
package struct TrackHandle: Hashable, Sendable {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

/// A track on its way to one receiver.
package struct SubscriptionHandle: Hashable, Sendable {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

package struct RoomHandle: Hashable, Sendable {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}
