// Reads numbers of some bits, most significant first, from a range of bytes. Only the dependency descriptor is packed
// so tightly that it needs one.

struct BitCursor {
  private var bit: Int
  private let end: Int

  init(_ range: Range<Int>) {
    bit = range.lowerBound * 8
    end = range.upperBound * 8
  }

  mutating func read(_ count: Int, in bytes: Span<UInt8>) throws(DescriptorMalformed) -> UInt32 {
    guard bit + count <= end else { throw .truncated }
    var value: UInt32 = 0
    for _ in 0..<count {
      value = value << 1 | UInt32(bytes[bit >> 3] >> (7 - UInt8(bit & 7)) & 1)
      bit += 1
    }
    return value
  }

  mutating func flag(in bytes: Span<UInt8>) throws(DescriptorMalformed) -> Bool {
    try read(1, in: bytes) != 0
  }

  /// A number below `bound`, in as few bits as that allows: `ns(n)` of the AV1 specification.
  mutating func read(below bound: Int, in bytes: Span<UInt8>) throws(DescriptorMalformed) -> Int {
    let width = Int.bitWidth - bound.leadingZeroBitCount
    let short = 1 << width - bound
    let value = Int(try read(width - 1, in: bytes))
    if value < short { return value }
    return value << 1 - short + Int(try read(1, in: bytes))
  }
}
