// Gives out what must be new or unguessable about media: handles by counting, SSRCs, ICE credentials and ids by chance.
// MediaPlane owns the one of the process; whoever decides something about media is handed it.

import Crypto
import Link
import Values
import Wire

struct MediaNames: Sendable {
  private var last: UInt64 = 0
  private var random = SecureRandom()

  init() {}

  private mutating func next() -> UInt64 {
    last += 1
    return last
  }

  mutating func peer() -> PeerHandle { PeerHandle(next()) }
  mutating func track() -> TrackHandle { TrackHandle(next()) }
  mutating func subscription() -> SubscriptionHandle { SubscriptionHandle(next()) }
  mutating func room() -> RoomHandle { RoomHandle(next()) }

  mutating func trackID() -> String { Identifier.make(.track, using: &random) }

  /// About 48 and 143 bits: RFC 8839 wants 24 and 128.
  mutating func credentials() -> ICECredentials {
    ICECredentials(
      ufrag: Identifier.random(count: 8, using: &random),
      password: Identifier.random(count: 24, using: &random))
  }

  /// The `o=` line's session: browsers read it as a signed number of 64 bits.
  mutating func session() -> String { String(random.next() >> 2) }

  mutating func ssrc(unlike used: Set<UInt32>) -> UInt32 {
    while true {
      let number = UInt32(truncatingIfNeeded: random.next())
      if number != 0, !used.contains(number) { return number }
    }
  }
}
