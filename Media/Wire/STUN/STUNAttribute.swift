// The attributes of a STUN message one after another (RFC 8489, section 14), and those that we have a word for.

package struct STUNAttribute: Equatable, Sendable {
  package let type: UInt16
  package let field: STUNField

  package static let username: UInt16 = 0x0006
  package static let messageIntegrity: UInt16 = 0x0008
  package static let errorCode: UInt16 = 0x0009
  package static let unknownAttributes: UInt16 = 0x000A
  package static let realm: UInt16 = 0x0014
  package static let nonce: UInt16 = 0x0015
  package static let xorMappedAddress: UInt16 = 0x0020
  package static let priority: UInt16 = 0x0024
  package static let useCandidate: UInt16 = 0x0025
  package static let software: UInt16 = 0x8022
  package static let fingerprint: UInt16 = 0x8028
  package static let iceControlled: UInt16 = 0x8029
  package static let iceControlling: UInt16 = 0x802A

  /// The first of that type, whether or not STUNMessage has a field for it.
  package static func first(
    _ type: UInt16, in datagram: Span<UInt8>
  ) throws(STUNMalformed) -> STUNField? {
    var cursor = STUNCursor()
    while let attribute = try cursor.next(in: datagram) {
      if attribute.type == type { return attribute.field }
    }
    return nil
  }
}

/// Walks through the attributes; the datagram is the same at each step.
package struct STUNCursor {
  private var offset = STUNMessage.headerByteCount
  private var count = 0

  package init() {}

  package mutating func next(in datagram: Span<UInt8>) throws(STUNMalformed) -> STUNAttribute? {
    guard offset < datagram.count else { return nil }
    guard count < Limits.stunAttributes else { throw .tooManyAttributes }
    guard datagram.count - offset >= 4 else { throw .attributeOverrun }
    let field = STUNField(offset: offset + 4, byteCount: Int(datagram.uint16(at: offset + 2)))
    // Padded to a multiple of four, with bytes that mean nothing.
    let end = field.offset + (field.byteCount + 3) & ~3
    guard end <= datagram.count else { throw .attributeOverrun }
    let type = datagram.uint16(at: offset)
    offset = end
    count += 1
    return STUNAttribute(type: type, field: field)
  }
}

/// A few attribute types, in place. What does not fit is not listed: the sender learns of the first ones.
package struct STUNTypes: Sendable {
  private var types = InlineArray<8, UInt16>(repeating: 0)
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  package subscript(index: Int) -> UInt16 {
    precondition(index < count, "there are fewer types than that")
    return types[index]
  }

  package mutating func append(_ type: UInt16) {
    guard count < types.count else { return }
    types[count] = type
    count += 1
  }
}
