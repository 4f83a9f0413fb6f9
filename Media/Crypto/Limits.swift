// The bounds of this target.

enum Limits {
  /// RFC 7518 section 3.3: "A key of size 2048 bits or larger MUST be used".
  static let smallestRSABits = 2048
  /// Checking a signature costs the square of the length; nobody issues tokens with longer keys.
  static let largestRSABits = 8192
  /// 65537 in all practice; OpenSSL takes at most 64 bits with large moduli.
  static let largestRSAExponentBytes = 8
  /// How much randomness is fetched at once: 512 numbers, so that fetching is a small part of each.
  static let randomBufferBytes = 4096
  /// What C functions with an `int` length can take, with room to spare; nothing here is nearly as long.
  static let longestMessageBytes = 1 << 30
}
