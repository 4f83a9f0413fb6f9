// How a generator plays: how many callers, from which addresses, over how bad a network.

package import Crypto

package struct GeneratorOptions: Sendable {
  package enum Addresses: Sendable {
    /// One socket for all, each caller at a loopback address of its own: for a server on this machine. A process may open
    /// only so many sockets, and one socket's datagrams go in batches.
    case shared
    /// A socket, and so a port, for each caller.
    case separate
  }

  /// Which of several, for its figures.
  package var number = 0
  package var callersMax = 1_000
  package var addresses = Addresses.shared
  package var certificate: DTLSContext
  package var implementation = SRTPImplementation.fastest
  /// Of what is lost on purpose.
  package var seed: UInt64 = 1
  /// Shares of datagrams that never leave, or never arrive.
  package var sendLoss = 0.0
  package var receiveLoss = 0.0
  package var socketBytes = 16 << 20

  package init(certificate: DTLSContext) { self.certificate = certificate }
}

enum Limits {
  static let commandCapacity = 65_536
  /// Commands that one turn takes: media that is due does not wait for more.
  static let commandsPerTurn = 256
  static let callsPerTurn = 16
  static let outboxSlots = 8_192
  /// Free slots below which the outbox is flushed in the midst of a turn.
  static let outboxReserve = 256
  static let figuresNanoseconds: Int64 = 1_000_000_000
  /// How often sockets are looked at. Nobody waits for them in the kernel: over loopback whoever sends to somebody who
  /// waits pays for waking him, which would be counted as the server's work and is nobody's over a network. When a
  /// datagram came the kernel says, so latency is none the longer for it.
  static let pollNanoseconds: Int64 = 250_000
  /// Work that takes longer is interrupted for media that is due.
  static let patienceNanoseconds: Int64 = 1_000_000
  /// Addresses that a caller can move through before it comes back to its first.
  static let pathsPerCaller: Int32 = 16
}
