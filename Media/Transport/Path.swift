// Where a peer is and which of our addresses it reached: its answers go back on the same path.

package import Wire

package struct Path: Hashable, Sendable {
  package var remote: TransportAddress
  /// Of link-local IPv6: the interface.
  package var scope: UInt32
  /// Our address in its IPv6 form; all zero: the system's choice.
  package var localHigh: UInt64
  package var localLow: UInt64

  package init(remote: TransportAddress, scope: UInt32 = 0, localHigh: UInt64 = 0, localLow: UInt64 = 0) {
    self.remote = remote
    self.scope = scope
    self.localHigh = localHigh
    self.localLow = localLow
  }
}
