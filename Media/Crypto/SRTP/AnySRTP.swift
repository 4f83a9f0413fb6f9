// Which implementation of SRTP a peer's packets go through: chosen at start by `media.srtp`, never by a packet. One
// branch a packet, and no existential.

import CMultiBuffer

package enum SRTPImplementation: String, Sendable, CaseIterable {
  case openssl
  /// Intel's multi-buffer library for AES-GCM where it is installed and the processor has what it needs, OpenSSL for all
  /// else.
  case ipsecmb
  case libsrtp2

  /// Why it is not what it says; nil if it is.
  package var obstacle: String? {
    self == .ipsecmb ? tandem_gcm_load().map { String(cString: $0) } : nil
  }

  package static var fastest: SRTPImplementation { ipsecmb.obstacle == nil ? .ipsecmb : .openssl }
}

package struct AnySRTP: ~Copyable {
  package let profile: SRTPProfile
  // One of them is there.
  private var own: SRTPSession?
  private var reference: LibSRTPSession?

  package init(
    _ implementation: SRTPImplementation, _ profile: SRTPProfile, sending: SRTPMasterKey,
    receiving: SRTPMasterKey, allowsRepeats: Bool = false
  ) {
    self.profile = profile
    switch implementation {
    case .openssl, .ipsecmb:
      own = SRTPSession(
        profile, sending: sending, receiving: receiving, allowsRepeats: allowsRepeats,
        isFast: implementation == .ipsecmb)
      reference = nil
    case .libsrtp2:
      own = nil
      reference = LibSRTPSession(
        profile, sending: sending, receiving: receiving, allowsRepeats: allowsRepeats)
    }
  }

  /// See `SRTPSession`.
  @discardableResult
  package mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int
  ) throws(SRTPFailure) -> Int {
    if let count = try own?.protectRTP(&slot, headerCount: headerCount, count: count) { return count }
    return try reference?.protectRTP(&slot, headerCount: headerCount, count: count) ?? 0
  }

  /// See `SRTPSession`.
  @discardableResult
  package mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int, appending rest: Span<UInt8>
  ) throws(SRTPFailure) -> Int {
    if let count = try own?.protectRTP(&slot, headerCount: headerCount, count: count, appending: rest) {
      return count
    }
    return try reference?.protectRTP(&slot, headerCount: headerCount, count: count, appending: rest) ?? 0
  }

  /// See `SRTPSession`.
  @discardableResult
  package mutating func protectRTCP(
    _ slot: inout MutableSpan<UInt8>, count: Int
  ) throws(SRTPFailure) -> Int {
    if let count = try own?.protectRTCP(&slot, count: count) { return count }
    return try reference?.protectRTCP(&slot, count: count) ?? 0
  }

  /// See `SRTPSession`.
  package mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int {
    if let count = try own?.unprotectRTP(&packet) { return count }
    return try reference?.unprotectRTP(&packet) ?? 0
  }

  /// See `SRTPSession`.
  package mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int {
    if let count = try own?.unprotectRTCP(&packet) { return count }
    return try reference?.unprotectRTCP(&packet) ?? 0
  }
}
