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

  package static func fuzz(_ bytes: Span<UInt8>) {
    var frames = StreamFrames()
    var room = [UInt8](repeating: 0, count: bytes.count + Limits.streamFrameBytes + 2)
    var next = 0
    var step = 1
    while next < bytes.count {
      let more = min(step, bytes.count - next)
      let kept = frames.rest.count
      for index in 0..<kept { room[index] = frames.rest[index] }
      for index in 0..<more { room[kept + index] = bytes[next + index] }
      next += more
      step = step % 97 + 13
      let verdict = room.withUnsafeMutableBufferPointer { buffer in
        frames.take(buffer, count: kept + more) { precondition($0.count <= Limits.streamFrameBytes) }
      }
      guard verdict == .good else { return }
      precondition(frames.rest.count < Limits.streamFrameBytes + 2, "less than a frame is left over")
    }
  }
}
