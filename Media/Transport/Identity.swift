// What a check must show (RFC 8445, section 7.3; RFC 8489, section 9.1): both ufrags as its user name, and our password
// as the key of its signature. A peer has one, and during an ICE restart the one before it as well.

import Crypto
import Wire

struct Identity: ~Copyable {
  let ufrag: Ufrag
  /// Ours, a colon, theirs.
  private let username: [UInt8]
  private let password: HMACKey

  /// Nil where our ufrag is none, or too long.
  init?(local: ICECredentials, remote: ICECredentials) {
    let name = Array(local.ufrag.utf8)
    guard let ufrag = Ufrag(name.span), !name.contains(UInt8(ascii: ":")) else { return nil }
    self.ufrag = ufrag
    username = name + [UInt8(ascii: ":")] + Array(remote.ufrag.utf8)
    let secret = Array(local.password.utf8)
    password = HMACKey(sha1: secret.span)
  }

  /// User names are no secret.
  func isNamed(_ name: Span<UInt8>) -> Bool {
    guard name.count == username.count else { return false }
    for index in name.indices where name[index] != username[index] { return false }
    return true
  }

  func code(_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest { password.code(head, rest) }
}
