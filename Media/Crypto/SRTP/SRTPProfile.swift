// The protection profiles of SRTP that are offered, what each is made of (RFC 3711, RFC 7714), and why a packet
// can be refused. Decided by the DTLS handshake; Transport hands the choice to a session.

package enum SRTPProfile: Sendable, CaseIterable {
  case aeadAES128GCM
  case aeadAES256GCM
  case aesCM128HMACSHA180

  package var keyByteCount: Int {
    switch self {
    case .aeadAES128GCM, .aesCM128HMACSHA180: 16
    case .aeadAES256GCM: 32
    }
  }

  package var saltByteCount: Int { isAEAD ? 12 : 14 }

  package var tagByteCount: Int { isAEAD ? 16 : 10 }

  /// How much longer a protected RTP packet is; a slot to protect in needs as much room behind the packet.
  package var rtpOverheadByteCount: Int { tagByteCount }

  /// The same for RTCP, which carries its index as well.
  package var rtcpOverheadByteCount: Int { tagByteCount + 4 }

  var isAEAD: Bool {
    switch self {
    case .aeadAES128GCM, .aeadAES256GCM: true
    case .aesCM128HMACSHA180: false
    }
  }
}

/// The master key and salt of one direction, as exported from a handshake. Wiped when the last holder lets go.
package struct SRTPMasterKey: Sendable {
  package let key: SecretBytes
  package let salt: SecretBytes

  package init(key: [UInt8], salt: [UInt8]) {
    self.key = SecretBytes(key)
    self.salt = SecretBytes(salt)
  }

  func fits(_ profile: SRTPProfile) -> Bool {
    key.count == profile.keyByteCount && salt.count == profile.saltByteCount
  }
}

/// Why a packet was refused; each is a counter above, none is worth a line in a log.
package enum SRTPFailure: Error, Equatable, Sendable {
  /// Altered, cut, or protected under another key.
  case authentication
  /// Had before.
  case replay
  /// So far behind that nobody knows any more whether it was had before.
  case tooOld
  /// No RTP or RTCP packet, or too short for its tag.
  case malformed
  /// The key has protected as much as it may, or the session holds as many streams as it may.
  case limit
}
