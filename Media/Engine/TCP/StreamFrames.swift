// Datagrams in a stream of bytes (RFC 4571): each behind its length in two bytes. Pure: what arrives is put behind what was
// left over, whole frames are handed out where they lie, and the rest is kept.

struct StreamFrames {
  /// The beginning of a frame that has not come whole.
  private(set) var rest: [UInt8] = []

  enum Verdict: Equatable {
    case good
    /// A length that no datagram of ours has: this is no stream of frames.
    case broken
  }

  /// `bytes` begins with `rest` (whoever reads puts it there). Hands out each whole frame.
  mutating func take(
    _ bytes: UnsafeMutableBufferPointer<UInt8>, count: Int, _ body: (inout MutableSpan<UInt8>) -> Void
  ) -> Verdict {
    var start = 0
    while count - start >= 2 {
      let length = Int(bytes[start]) << 8 | Int(bytes[start + 1])
      guard length <= Limits.streamFrameBytes else { return .broken }
      guard count - start - 2 >= length else { break }
      if length > 0 {
        let place = UnsafeMutableBufferPointer(rebasing: bytes[start + 2..<start + 2 + length])
        var frame = place.mutableSpan
        body(&frame)
      }
      start += 2 + length
    }
    rest.removeAll(keepingCapacity: true)
    while start < count {
      rest.append(bytes[start])
      start += 1
    }
    return .good
  }
}
