// The two numbers of a P-256 signature: JSON Web Signatures put them side by side in 64 bytes (RFC 7518
// section 3.4), OpenSSL wants them as a DER sequence (RFC 3279 section 2.2.3).

enum ECDSASignature {
  private static let sequenceTag: UInt8 = 0x30
  private static let integerTag: UInt8 = 0x02

  /// Nil unless it has exactly 64 bytes. That the numbers are in range is checked by whoever verifies.
  static func der(fromRaw raw: Span<UInt8>) -> [UInt8]? {
    guard raw.count == 64 else { return nil }
    let content = integer(raw.extracting(0..<32)) + integer(raw.extracting(32..<64))
    // At most 70 bytes: the length always fits the short form.
    return [sequenceTag, UInt8(content.count)] + content
  }

  /// The shortest form that is not negative: without leading zeros, but with one where the top bit is set.
  private static func integer(_ bigEndian: Span<UInt8>) -> [UInt8] {
    var first = 0
    while first < bigEndian.count - 1, bigEndian[first] == 0 { first += 1 }
    var number: [UInt8] = bigEndian[first] & 0x80 == 0 ? [] : [0]
    for index in first..<bigEndian.count { number.append(bigEndian[index]) }
    return [integerTag, UInt8(number.count)] + number
  }
}
