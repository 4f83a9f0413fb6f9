// CRC-32C (Castagnoli, as in iSCSI, RFC 3720 B.4), eight bytes a step: tells a record that was cut short by a
// crash from a whole one. Not for secrets.

enum CRC32C {
  /// Eight tables of 256, one after the other (the method known as slicing by eight). Lives as long as the
  /// process and is only read.
  private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
    let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for index in 0..<256 {
      var value = UInt32(index)
      for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
      tables[index] = value
    }
    for index in 256..<8 * 256 {
      let previous = tables[index - 256]
      tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return UnsafePointer(tables)
  }()

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let tables = tables
    var crc = ~UInt32(0)
    var offset = 0
    while bytes.count - offset >= 8 {
      let next = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let word = next ^ UInt64(crc)
      crc = 0
      for place in 0..<8 {
        crc ^= tables[(7 - place) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * place) & 0xFF)]
      }
      offset += 8
    }
    while offset < bytes.count {
      crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
      offset += 1
    }
    return ~crc
  }
}
