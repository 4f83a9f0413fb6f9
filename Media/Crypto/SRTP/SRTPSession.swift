// SRTP and SRTCP with one peer, both directions (RFC 3711, RFC 7714), on OpenSSL or the
// multi-buffer library: what protects and what reads each
// packet of a worker. No allocation a packet: OpenSSL's contexts are prepared once, and memory grows only with
// the first packet of an SSRC. Transport owns one a peer, through AnySRTP.

package struct SRTPSession: ~Copyable {
  package let profile: SRTPProfile
  /// Whether a packet may go out twice. Only for peers that take retransmissions without RTX; the second time it must
  /// be the same packet to the byte, since GCM under one nonce for two texts gives its key away.
  let allowsRepeats: Bool

  let rtpOut: SRTPCipher
  let rtcpOut: SRTPCipher
  let rtpIn: SRTPCipher
  let rtcpIn: SRTPCipher

  var sent = SRTPStreams<16>(limit: Limits.sentStreams)
  var received = SRTPStreams<16>(limit: Limits.receivedStreams)
  var receivedReports = SRTPStreams<2>(limit: Limits.receivedStreams)
  /// One for all of our SSRCs: no initial vector comes twice, and the limit of the key is the limit of the index.
  var nextReportIndex: UInt32 = 0
  var sentPackets: UInt64 = 0

  package init(
    _ profile: SRTPProfile, sending: SRTPMasterKey, receiving: SRTPMasterKey, allowsRepeats: Bool = false,
    isFast: Bool = false
  ) {
    self.profile = profile
    self.allowsRepeats = allowsRepeats
    rtpOut = SRTPCipher(profile, .rtp, .seal, master: sending, isFast: isFast)
    rtcpOut = SRTPCipher(profile, .rtcp, .seal, master: sending, isFast: isFast)
    rtpIn = SRTPCipher(profile, .rtp, .open, master: receiving, isFast: isFast)
    rtcpIn = SRTPCipher(profile, .rtcp, .open, master: receiving, isFast: isFast)
  }

  /// From session keys, the same for both directions: the vectors of RFC 7714 come so.
  init(_ profile: SRTPProfile, key: [UInt8], code: [UInt8], salt: [UInt8], isFast: Bool = false) {
    self.profile = profile
    allowsRepeats = false
    rtpOut = SRTPCipher(profile, .seal, key: key, code: code, salt: salt, isFast: isFast)
    rtcpOut = SRTPCipher(profile, .seal, key: key, code: code, salt: salt, isFast: isFast)
    rtpIn = SRTPCipher(profile, .open, key: key, code: code, salt: salt, isFast: isFast)
    rtcpIn = SRTPCipher(profile, .open, key: key, code: code, salt: salt, isFast: isFast)
  }
}

/// As much of a packet's layout as SRTP needs.
enum SRTPLayout {
  static let fixedRTPHeader = 12
  /// What of an RTCP compound stays readable: the first packet's head and sender.
  static let fixedRTCPHeader = 8

  /// Fixed part, contributing sources and extension (RFC 3550 section 5.1).
  @inline(__always)
  static func rtpHeader(_ bytes: UnsafePointer<UInt8>, _ count: Int) throws(SRTPFailure) -> Int {
    guard count >= fixedRTPHeader, bytes[0] >> 6 == 2 else { throw .malformed }
    var header = fixedRTPHeader + 4 * Int(bytes[0] & 0x0F)
    if bytes[0] & 0x10 != 0 {
      guard count >= header + 4 else { throw .malformed }
      header += 4 + 4 * (Int(bytes[header + 2]) << 8 | Int(bytes[header + 3]))
    }
    guard count >= header else { throw .malformed }
    return header
  }

  /// What a report authenticates in one piece: its readable beginning, and the index from behind the tag.
  @inline(__always)
  static func withAuthentic<Result>(
    _ start: UnsafePointer<UInt8>, _ count: Int, andTrailer trailer: UInt32,
    _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 4) { bytes in
      guard let first = bytes.baseAddress else { preconditionFailure("memory has an address") }
      first.initialize(from: start, count: count)
      UnsafeMutableRawPointer(first + count).storeBytes(of: trailer, as: UInt32.self)
      return body(UnsafeBufferPointer(bytes))
    }
  }

  @inline(__always)
  static func uint32(_ bytes: UnsafePointer<UInt8>, at offset: Int) -> UInt32 {
    UInt32(
      bigEndian: UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inline(__always)
  static func sequence(_ bytes: UnsafePointer<UInt8>) -> UInt16 {
    UInt16(bytes[2]) << 8 | UInt16(bytes[3])
  }
}
