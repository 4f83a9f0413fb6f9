// The bounds of what is read from outside, each with where its value comes from.

package enum Limits {
  /// Ours carry 7 at most, browsers' 8; RFC 5769's longest 6. More is work for nothing.
  package static let stunAttributes = 32
  /// RFC 8489, section 14.3.
  package static let stunUsernameByteCount = 508
  /// Header 20, ERROR-CODE 8 and UNKNOWN-ATTRIBUTES 20 or an IPv6 address 24, integrity 24, fingerprint 8.
  package static let stunResponseByteCount = 96
}
