// Identifiers that nobody can guess: a prefix that says what is named, then 16 random characters (about 95 bits).
// The generator is an argument, so that simulations repeat.

package enum Identifier {
  private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  package enum Kind: String, Sendable {
    case participant = "p_"
    case room = "room_"
    case session = "s_"
    case track = "t_"
    case recording = "r_"
    case event = "e_"
    case key = "k_"
    case request = "q_"
    case connection = "c_"
    case ticket = "tk_"
    case match = "m_"
    /// Stands in the place of a person who was forgotten.
    case erased = "erased_"
  }

  package static func make(_ kind: Kind, using generator: inout some RandomNumberGenerator) -> String {
    kind.rawValue + random(count: 16, using: &generator)
  }

  package static func random(count: Int, using generator: inout some RandomNumberGenerator) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(count)
    for _ in 0..<count { text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// What a platform may choose as the id of a room, session or user: what fits a URL path without escaping
  /// (plus what mail addresses need), 1 to 128 characters.
  package static func isAcceptable(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text != "." && text != ".."
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"):
          true
        default: false
        }
      }
  }
}
