// Names of what a packet belongs to: a peer's SSRC, and a stream of numbers for what has to be unlike anybody else's.

import Structures

/// An SSRC means something only together with the peer it came from, or goes to.
struct StreamKey: IndexKey {
  var peer: Int32
  var ssrc: UInt32

  var words: (UInt64, UInt64) { (UInt64(ssrc), UInt64(UInt32(bitPattern: peer)) << 32 | UInt64(ssrc)) }
}

/// What an SSRC of a publisher carries, packed into the number that the table keeps.
struct SourceRole: Equatable {
  enum Kind: Int32 {
    case media, repeats
    /// Known, and not forwarded: a layer besides the one that is.
    case unused
  }

  var publication: Int32
  var kind: Kind

  init(_ publication: Int32, _ kind: Kind) {
    self.publication = publication
    self.kind = kind
  }

  init(packed: Int32) {
    publication = packed >> 2
    kind = Kind(rawValue: packed & 3) ?? .unused
  }

  var packed: Int32 { publication << 2 | kind.rawValue }
}

/// Where sequence numbers start: nobody can guess them, and the same seed gives the same run.
struct StartNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// In the lower half of the 16 bits: a packet lost at the very beginning then cannot confuse the count of turns that
  /// SRTP keeps (RFC 3711 section 3.3.1).
  mutating func sequence() -> Int64 { Int64(next() & 0x3FFF) + 0x1_0000 }

  mutating func ssrc() -> UInt32 { UInt32(truncatingIfNeeded: next()) | 1 }
}
