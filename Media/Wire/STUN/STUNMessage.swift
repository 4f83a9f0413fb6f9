// A STUN message (RFC 8489) as numbers and offsets into the datagram it came in: read in one pass, nothing copied.
// The transport reads every datagram that DatagramKind calls STUN through this; what is malformed is counted there.

/// 96 bits that tie a response to its request.
package struct STUNTransaction: Hashable, Sendable {
  package let high: UInt32
  package let low: UInt64

  package init(high: UInt32, low: UInt64) {
    self.high = high
    self.low = low
  }
}

package enum STUNClass: UInt16, Sendable {
  case request = 0x000
  case indication = 0x010
  case success = 0x100
  case error = 0x110
}

/// Why bytes are not a STUN message that could be answered.
package enum STUNMalformed: Error, Equatable, Sendable {
  case truncated, notSTUN, cookie, length, attributeOverrun, attributeLength, attributeValue
  case tooManyAttributes, fingerprint
}

/// Where an attribute's value lies in the datagram.
package struct STUNField: Equatable, Sendable {
  package let offset: Int
  package let byteCount: Int

  @inlinable package var range: Range<Int> { offset..<offset + byteCount }
}

package struct STUNMessage: Sendable {
  package static let headerByteCount = 20
  package static let cookie: UInt32 = 0x2112_A442
  package static let binding: UInt16 = 1

  package let kind: STUNClass
  package let method: UInt16
  package let transaction: STUNTransaction

  package var username: STUNField?
  package var software: STUNField?
  package var realm: STUNField?
  package var nonce: STUNField?
  package var mappedAddress: TransportAddress?
  package var priority: UInt32?
  package var useCandidate = false
  /// The tie-breakers; which of them is there says the sender's role.
  package var controlling: UInt64?
  package var controlled: UInt64?
  package var errorCode: UInt16?
  package var errorReason: STUNField?
  /// What the other side did not understand.
  package var unknownAttributes: STUNField?
  /// Where MESSAGE-INTEGRITY begins, header of the attribute included.
  package var integrityOffset: Int?
  package var hasFingerprint = false
  /// Attributes that must be understood and are not: the answer is an error 420 which lists them.
  package var notUnderstood = STUNTypes()

  package init(_ datagram: Span<UInt8>) throws(STUNMalformed) {
    guard datagram.count >= Self.headerByteCount else { throw .truncated }
    let type = datagram.uint16(at: 0)
    guard type & 0xC000 == 0, let kind = STUNClass(rawValue: type & 0x0110) else { throw .notSTUN }
    guard datagram.uint32(at: 4) == Self.cookie else { throw .cookie }
    let byteCount = Int(datagram.uint16(at: 2))
    guard byteCount % 4 == 0, datagram.count == Self.headerByteCount + byteCount else { throw .length }
    self.kind = kind
    // The class's two bits lie between the method's.
    method = type & 0x000F | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2
    transaction = STUNTransaction(high: datagram.uint32(at: 8), low: datagram.uint64(at: 12))
    var cursor = STUNCursor()
    while let attribute = try cursor.next(in: datagram) { try read(attribute, in: datagram) }
  }

  /// RFC 8489, section 14.5: what follows MESSAGE-INTEGRITY is ignored, but FINGERPRINT; of several of one kind the
  /// first counts.
  private mutating func read(
    _ attribute: STUNAttribute, in datagram: Span<UInt8>
  ) throws(STUNMalformed) {
    guard !hasFingerprint else { return }
    guard integrityOffset == nil || attribute.type == STUNAttribute.fingerprint else { return }
    let field = attribute.field
    switch attribute.type {
    case STUNAttribute.username:
      guard field.byteCount <= Limits.stunUsernameByteCount else { throw .attributeLength }
      username = username ?? field
    case STUNAttribute.messageIntegrity:
      guard field.byteCount == 20 else { throw .attributeLength }
      integrityOffset = field.offset - 4
    case STUNAttribute.fingerprint:
      guard field.byteCount == 4 else { throw .attributeLength }
      let sum = CRC32.checksum(datagram.extracting(..<(field.offset - 4))) ^ Self.fingerprintMask
      guard datagram.uint32(at: field.offset) == sum else { throw .fingerprint }
      hasFingerprint = true
    case STUNAttribute.xorMappedAddress:
      let address = try Self.address(field, transaction, in: datagram)
      mappedAddress = mappedAddress ?? address
    case STUNAttribute.errorCode: try readError(field, in: datagram)
    case STUNAttribute.unknownAttributes:
      guard field.byteCount % 2 == 0 else { throw .attributeLength }
      unknownAttributes = unknownAttributes ?? field
    case STUNAttribute.software: software = software ?? field
    case STUNAttribute.realm: realm = realm ?? field
    case STUNAttribute.nonce: nonce = nonce ?? field
    default: try readICE(attribute, in: datagram)
    }
  }

  /// The attributes of RFC 8445, section 16.1.
  private mutating func readICE(
    _ attribute: STUNAttribute, in datagram: Span<UInt8>
  ) throws(STUNMalformed) {
    let field = attribute.field
    switch attribute.type {
    case STUNAttribute.priority:
      guard field.byteCount == 4 else { throw .attributeLength }
      priority = priority ?? datagram.uint32(at: field.offset)
    case STUNAttribute.useCandidate:
      guard field.byteCount == 0 else { throw .attributeLength }
      useCandidate = true
    case STUNAttribute.iceControlling:
      guard field.byteCount == 8 else { throw .attributeLength }
      controlling = controlling ?? datagram.uint64(at: field.offset)
    case STUNAttribute.iceControlled:
      guard field.byteCount == 8 else { throw .attributeLength }
      controlled = controlled ?? datagram.uint64(at: field.offset)
    default:
      if attribute.type < 0x8000 { notUnderstood.append(attribute.type) }
    }
  }

  private mutating func readError(_ field: STUNField, in datagram: Span<UInt8>) throws(STUNMalformed) {
    guard field.byteCount >= 4 else { throw .attributeLength }
    let hundreds = UInt16(datagram[field.offset + 2] & 7)
    let rest = UInt16(datagram[field.offset + 3])
    guard 3...6 ~= hundreds, rest < 100 else { throw .attributeValue }
    guard errorCode == nil else { return }
    errorCode = hundreds * 100 + rest
    errorReason = STUNField(offset: field.offset + 4, byteCount: field.byteCount - 4)
  }

  private static func address(
    _ field: STUNField, _ transaction: STUNTransaction, in datagram: Span<UInt8>
  ) throws(STUNMalformed) -> TransportAddress {
    guard field.byteCount >= 4 else { throw .attributeLength }
    let port = datagram.uint16(at: field.offset + 2) ^ UInt16(cookie >> 16)
    switch (datagram[field.offset + 1], field.byteCount) {
    case (1, 8):
      return TransportAddress(ipv4: datagram.uint32(at: field.offset + 4) ^ cookie, port: port)
    case (2, 20):
      let mask = UInt64(cookie) << 32 | UInt64(transaction.high)
      return TransportAddress(
        high: datagram.uint64(at: field.offset + 4) ^ mask,
        low: datagram.uint64(at: field.offset + 12) ^ transaction.low, port: port)
    case (1, _), (2, _): throw .attributeLength
    default: throw .attributeValue
    }
  }

  package static let fingerprintMask: UInt32 = 0x5354_554E
}
