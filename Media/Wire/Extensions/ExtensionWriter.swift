// Lays out header extensions of one-byte elements (RFC 8285 section 4.2) behind a header of our own, or instead of the
// ones a copied packet came with.

package struct ExtensionWriter: Sendable {
  private let start: Int
  private var end: Int

  /// Begins behind the fixed header and its sources; nil when not even the four bytes of an empty block fit.
  package init?(at offset: Int, in out: inout MutableSpan<UInt8>) {
    guard offset + 4 <= out.count else { return nil }
    out.store(UInt16(0xBEDE), at: offset)
    start = offset
    end = offset + 4
  }

  /// Makes room for a value and returns where it is to be written; nil when the element cannot be, or does not fit.
  package mutating func append(_ id: UInt8, byteCount: Int, in out: inout MutableSpan<UInt8>) -> Range<Int>? {
    guard (1...14).contains(id), (1...16).contains(byteCount) else { return nil }
    let valueEnd = end + 1 + byteCount
    // The block ends at a full word.
    guard start + (valueEnd - start + 3) / 4 * 4 <= out.count else { return nil }
    out[end] = id << 4 | UInt8(byteCount - 1)
    defer { end = valueEnd }
    return end + 1..<valueEnd
  }

  /// Pads, writes the length, marks the packet as having extensions, and returns where the payload begins.
  package func finish(in out: inout MutableSpan<UInt8>) -> Int {
    var offset = end
    while (offset - start) % 4 != 0 {
      out[offset] = 0
      offset += 1
    }
    out.store(UInt16((offset - start) / 4 - 1), at: start + 2)
    out[0] |= 0x10
    return offset
  }
}
