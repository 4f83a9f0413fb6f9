// A STUN message written into bytes that the caller owns, front to back: header, attributes, MESSAGE-INTEGRITY,
// FINGERPRINT. Used by the transport for its answers, and by clients in tests for their requests.

package struct STUNWriter {
  /// How much of the output is written: the whole message once the last attribute is in.
  package private(set) var byteCount: Int
  private let transaction: STUNTransaction

  /// The output must hold what is written; `Limits.stunResponseByteCount` is enough for each of our responses.
  package init(
    _ kind: STUNClass, method: UInt16 = STUNMessage.binding, transaction: STUNTransaction,
    into output: inout MutableSpan<UInt8>
  ) {
    precondition(output.count >= STUNMessage.headerByteCount, "a STUN message needs room for its header")
    let bits = method & 0x000F | (method & 0x0070) << 1 | (method & 0x0F80) << 2
    output.store(bits | kind.rawValue, at: 0)
    output.store(UInt16(0), at: 2)
    output.store(STUNMessage.cookie, at: 4)
    output.store(transaction.high, at: 8)
    output.store(transaction.low, at: 12)
    byteCount = STUNMessage.headerByteCount
    self.transaction = transaction
  }

  /// Padding is zeros, but where a test repeats a message of someone who pads otherwise.
  package mutating func append(
    _ type: UInt16, _ value: Span<UInt8>, padding: UInt8 = 0, into output: inout MutableSpan<UInt8>
  ) {
    let offset = open(type, byteCount: value.count, padding: padding, in: &output)
    for index in value.indices { output[offset + index] = value[index] }
  }

  package mutating func append(_ type: UInt16, _ value: UInt32, into output: inout MutableSpan<UInt8>) {
    let offset = open(type, byteCount: 4, in: &output)
    output.store(value, at: offset)
  }

  package mutating func append(_ type: UInt16, _ value: UInt64, into output: inout MutableSpan<UInt8>) {
    let offset = open(type, byteCount: 8, in: &output)
    output.store(value, at: offset)
  }

  /// USE-CANDIDATE is there or not.
  package mutating func appendFlag(_ type: UInt16, into output: inout MutableSpan<UInt8>) {
    _ = open(type, byteCount: 0, in: &output)
  }

  package mutating func appendMapped(_ address: TransportAddress, into output: inout MutableSpan<UInt8>) {
    let offset = open(STUNAttribute.xorMappedAddress, byteCount: address.isIPv4 ? 8 : 20, in: &output)
    output.store(UInt16(address.isIPv4 ? 1 : 2), at: offset)
    output.store(address.port ^ UInt16(STUNMessage.cookie >> 16), at: offset + 2)
    if address.isIPv4 {
      output.store(address.ipv4 ^ STUNMessage.cookie, at: offset + 4)
    } else {
      let mask = UInt64(STUNMessage.cookie) << 32 | UInt64(transaction.high)
      output.store(address.high ^ mask, at: offset + 4)
      output.store(address.low ^ transaction.low, at: offset + 12)
    }
  }

  package mutating func appendError(_ error: STUNError, into output: inout MutableSpan<UInt8>) {
    let offset = open(STUNAttribute.errorCode, byteCount: 4, in: &output)
    output.store(UInt16(0), at: offset)
    output[offset + 2] = UInt8(error.rawValue / 100)
    output[offset + 3] = UInt8(error.rawValue % 100)
  }

  package mutating func appendUnknown(_ types: STUNTypes, into output: inout MutableSpan<UInt8>) {
    let offset = open(STUNAttribute.unknownAttributes, byteCount: types.count * 2, in: &output)
    for index in 0..<types.count { output.store(types[index], at: offset + index * 2) }
  }

  package mutating func appendIntegrity(
    into output: inout MutableSpan<UInt8>,
    hmacSHA1: (_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest
  ) {
    let offset = open(STUNAttribute.messageIntegrity, byteCount: 20, in: &output)
    let digest = STUNMessage.digest(output.span, upTo: offset - 4, hmacSHA1)
    for index in digest.indices { output[offset + index] = digest[index] }
  }

  package mutating func appendFingerprint(into output: inout MutableSpan<UInt8>) {
    let offset = open(STUNAttribute.fingerprint, byteCount: 4, in: &output)
    let sum = CRC32.checksum(output.span.extracting(..<(offset - 4))) ^ STUNMessage.fingerprintMask
    output.store(sum, at: offset)
  }

  /// Writes type, length, padding and the message's new length; returns where the value goes.
  private mutating func open(
    _ type: UInt16, byteCount valueByteCount: Int, padding: UInt8 = 0, in output: inout MutableSpan<UInt8>
  ) -> Int {
    let end = byteCount + 4 + (valueByteCount + 3) & ~3
    precondition(end <= output.count, "a STUN message needs room for its attributes")
    let offset = byteCount + 4
    output.store(type, at: byteCount)
    output.store(UInt16(truncatingIfNeeded: valueByteCount), at: byteCount + 2)
    for index in offset + valueByteCount..<end { output[index] = padding }
    byteCount = end
    output.store(UInt16(truncatingIfNeeded: end - STUNMessage.headerByteCount), at: 2)
    return offset
  }
}
