// Numbers in network order.

import Testing
import Wire

@Suite("Network order") struct BytesTests {
  @Test("what is stored is read again, at any offset")
  func roundTrip() {
    var bytes = [UInt8](repeating: 0, count: 16)
    var span = bytes.mutableSpan
    span.store(UInt16(0x0102), at: 1)
    span.store(UInt32(0x0304_0506), at: 3)
    span.store(UInt64(0x0708_090A_0B0C_0D0E), at: 7)
    #expect(bytes == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0])
    #expect(bytes.span.uint16(at: 1) == 0x0102)
    #expect(bytes.span.uint24(at: 1) == 0x010203)
    #expect(bytes.span.uint32(at: 3) == 0x0304_0506)
    #expect(bytes.span.uint64(at: 7) == 0x0708_090A_0B0C_0D0E)
  }
}
