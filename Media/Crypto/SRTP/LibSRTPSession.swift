// The same as SRTPSession on libsrtp2: for who sets `media.srtp: libsrtp2`, and the reference that ours is tested
// against. Debian builds that library on NSS, which costs five to ten times as much a packet.

import COpenSSL
import CSRTP

package struct LibSRTPSession: ~Copyable {
  package let profile: SRTPProfile
  private let outbound: OpaquePointer
  private let inbound: OpaquePointer
  // The library bounds nothing itself.
  private var sent = SRTPStreams<1>(limit: Limits.sentStreams)
  private var received = SRTPStreams<1>(limit: Limits.receivedStreams)

  private static let isReady = srtp_init() == srtp_err_status_ok

  package init(
    _ profile: SRTPProfile, sending: SRTPMasterKey, receiving: SRTPMasterKey, allowsRepeats: Bool = false
  ) {
    precondition(Self.isReady, "libsrtp2 does not start")
    precondition(sending.fits(profile) && receiving.fits(profile), "a key whose length is not its profile's")
    self.profile = profile
    outbound = Self.create(profile, sending, ssrc_any_outbound, allowsRepeats)
    inbound = Self.create(profile, receiving, ssrc_any_inbound, false)
  }

  deinit {
    srtp_dealloc(outbound)
    srtp_dealloc(inbound)
  }

  private static func create(
    _ profile: SRTPProfile, _ master: SRTPMasterKey, _ direction: srtp_ssrc_type_t, _ allowsRepeats: Bool
  ) -> OpaquePointer {
    var policy = srtp_policy_t()
    switch profile {
    case .aeadAES128GCM:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
    case .aeadAES256GCM:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
    case .aesCM128HMACSHA180:
      srtp_crypto_policy_set_rtp_default(&policy.rtp)
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
    }
    policy.ssrc.type = direction
    policy.window_size = UInt(ReplayWindow<16>.size)
    policy.allow_repeat_tx = allowsRepeats ? 1 : 0
    var key = master.key.bytes + master.salt.bytes
    defer { key.cleanse() }
    var session: srtp_t?
    let status = key.withUnsafeMutableBufferPointer { key in
      policy.key = key.baseAddress
      return srtp_create(&session, &policy)
    }
    guard status == srtp_err_status_ok, let session else {
      preconditionFailure("libsrtp2 does not offer a profile of SRTP: status \(status.rawValue)")
    }
    return session
  }

  @discardableResult
  package mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int
  ) throws(SRTPFailure) -> Int {
    let nothing: [UInt8] = []
    return try protectRTP(&slot, headerCount: headerCount, count: count, appending: nothing.span)
  }

  /// The library encrypts in place only, so the rest is copied first.
  @discardableResult
  package mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int, appending rest: Span<UInt8>
  ) throws(SRTPFailure) -> Int {
    let plainCount = count + rest.count
    precondition(headerCount >= 12 && count >= headerCount, "a packet begins with its header")
    precondition(slot.count >= plainCount + profile.tagByteCount, "no room for the tag of a packet")
    return try slot.withUnsafeMutableBufferPointer { slot throws(SRTPFailure) in
      guard let start = slot.baseAddress else { throw .malformed }
      rest.withUnsafeBufferPointer { rest in
        if let from = rest.baseAddress { (start + count).update(from: from, count: rest.count) }
      }
      let source = SRTPLayout.uint32(start, at: 8)
      let isKnown = sent.position(of: source) != nil
      guard isKnown || !sent.isFull else { throw .limit }
      var length = Int32(plainCount)
      try Self.check(srtp_protect(outbound, start, &length))
      if !isKnown { sent.insert(source, first: 0) }
      return Int(length)
    }
  }

  @discardableResult
  package mutating func protectRTCP(
    _ slot: inout MutableSpan<UInt8>, count: Int
  ) throws(SRTPFailure) -> Int {
    precondition(count >= SRTPLayout.fixedRTCPHeader, "a report begins with its header")
    precondition(slot.count >= count + profile.rtcpOverheadByteCount, "no room for the tag of a report")
    return try slot.withUnsafeMutableBufferPointer { slot throws(SRTPFailure) in
      var length = Int32(count)
      try Self.check(srtp_protect_rtcp(outbound, slot.baseAddress, &length))
      return Int(length)
    }
  }

  package mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int {
    try packet.withUnsafeMutableBufferPointer { packet throws(SRTPFailure) in
      guard let start = packet.baseAddress else { throw .malformed }
      let header = try SRTPLayout.rtpHeader(start, packet.count)
      guard packet.count - profile.tagByteCount >= header else { throw .malformed }
      let source = SRTPLayout.uint32(start, at: 8)
      let isKnown = received.position(of: source) != nil
      guard isKnown || !received.isFull else { throw .limit }
      var length = Int32(packet.count)
      try Self.check(srtp_unprotect(inbound, start, &length))
      if !isKnown { received.insert(source, first: 0) }
      return Int(length)
    }
  }

  package mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int {
    try packet.withUnsafeMutableBufferPointer { packet throws(SRTPFailure) in
      guard let start = packet.baseAddress, start[0] >> 6 == 2,
        packet.count - profile.rtcpOverheadByteCount >= SRTPLayout.fixedRTCPHeader
      else { throw .malformed }
      // One table for both kinds, as in the library.
      let source = SRTPLayout.uint32(start, at: 4)
      let isKnown = received.position(of: source) != nil
      guard isKnown || !received.isFull else { throw .limit }
      var length = Int32(packet.count)
      try Self.check(srtp_unprotect_rtcp(inbound, start, &length))
      if !isKnown { received.insert(source, first: 0) }
      return Int(length)
    }
  }

  private static func check(_ status: srtp_err_status_t) throws(SRTPFailure) {
    switch status {
    case srtp_err_status_ok: return
    case srtp_err_status_auth_fail: throw .authentication
    case srtp_err_status_replay_fail: throw .replay
    case srtp_err_status_replay_old: throw .tooOld
    case srtp_err_status_key_expired: throw .limit
    default: throw .malformed
    }
  }
}
