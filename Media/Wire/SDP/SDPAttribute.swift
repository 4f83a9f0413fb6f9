// One `a=` line taken apart, and the attributes that stand in the session as well as in an m-line.

struct SDPAttribute {
  let name: Substring
  let value: Substring

  var fields: [String] { value.split(separator: " ").map(String.init) }

  /// A token of RFC 8866: what may be repeated in an answer without a second thought.
  static func isToken(_ text: some StringProtocol, longest: Int = 64) -> Bool {
    1...longest ~= text.utf8.count
      && text.utf8.allSatisfy { byte in
        0x21...0x7E ~= byte && ![0x22, 0x28, 0x29, 0x2C, 0x2F, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E].contains(byte)
          && !(0x3F...0x40 ~= byte) && !(0x5B...0x5D ~= byte)
      }
  }

  private static func isICE(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
      // Not in the grammar, but in passwords of some clients.
      case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="): true
      default: false
      }
    }
  }

  func ufrag(with known: ICECredentials?) throws(SDPProblem) -> ICECredentials {
    guard 4...256 ~= value.utf8.count, Self.isICE(value) else { throw .ufrag }
    return ICECredentials(ufrag: String(value), password: known?.password ?? "")
  }

  func password(with known: ICECredentials?) throws(SDPProblem) -> ICECredentials {
    guard 22...256 ~= value.utf8.count, Self.isICE(value) else { throw .password }
    return ICECredentials(ufrag: known?.ufrag ?? "", password: String(value))
  }

  func setup() throws(SDPProblem) -> DTLSSetup {
    guard let setup = DTLSSetup(rawValue: value.lowercased()) else { throw .setup }
    return setup
  }

  func fingerprint() throws(SDPProblem) -> Fingerprint {
    let fields = value.split(separator: " ")
    guard fields.count == 2, Self.isToken(fields[0]) else { throw .fingerprint }
    let hash = fields[0].lowercased()
    var digest: [UInt8] = []
    for pair in fields[1].split(separator: ":", omittingEmptySubsequences: false) {
      guard digest.count < 64, pair.utf8.count == 2, pair.allSatisfy(\.isHexDigit),
        let byte = UInt8(pair, radix: 16)
      else { throw .fingerprint }
      digest.append(byte)
    }
    let expected = ["sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64][hash]
    guard digest.count == expected ?? digest.count else { throw .fingerprint }
    return Fingerprint(hash: hash, digest: digest)
  }
}
