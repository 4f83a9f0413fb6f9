// What transports turned away, by reason, and how handshakes went. Only the worker that owns them writes.

package import Link

/// Why a datagram went no further.
package enum DropReason: UInt8, CaseIterable, Sendable {
  /// No protocol of ours.
  case unrecognised
  /// Of a protocol of ours, but not as it is written.
  case malformed
  /// A check for a ufrag that is nobody's: not answered.
  case unknownUser
  /// From an address that is nobody's.
  case unknownAddress
  /// Not signed by whom it should be; a check is answered with an error.
  case unauthentic
  /// A signed check that asks for what we do not do; answered with an error.
  case refused
  /// An answer or a hint that we never ask for.
  case unexpected
  /// Media before there are keys.
  case noKeys
  /// Had before, or too old to tell.
  case replayed
  /// More streams than a peer may send.
  case tooManyStreams
  /// More handshake datagrams than may wait.
  case full
  /// Of a peer whose transport has ended, or for a handshake that is long over.
  case ended
}

package struct TransportCounts: Sendable {
  private var dropped = InlineArray<12, Int>(repeating: 0)
  package internal(set) var handshakes = 0
  package internal(set) var handshakesFailed = 0
  /// Peers that fell silent.
  package internal(set) var silences = 0
  /// Media that changed to another path.
  package internal(set) var switches = 0
  package internal(set) var checks = 0

  init() {
    precondition(dropped.count == DropReason.allCases.count, "a count for each reason")
  }

  package subscript(reason: DropReason) -> Int { dropped[Int(reason.rawValue)] }

  mutating func drop(_ reason: DropReason) { dropped[Int(reason.rawValue)] += 1 }
}

extension Transports {
  /// Adds what is known here to the figures of a worker.
  package func count(into figures: inout WorkerFigures) {
    figures.peers = count
    figures.connectedPeers = connectedCount
    figures.handshakes += counts.handshakes
    figures.handshakesFailed += counts.handshakesFailed
    for reason in DropReason.allCases {
      let number = counts[reason]
      switch reason {
      case .unknownUser, .unknownAddress, .ended: figures.droppedUnknown += number
      case .unrecognised, .malformed, .unexpected, .refused: figures.droppedMalformed += number
      case .unauthentic, .noKeys: figures.droppedUnauthentic += number
      case .replayed: figures.droppedReplayed += number
      case .tooManyStreams, .full: figures.droppedFull += number
      }
    }
  }
}
