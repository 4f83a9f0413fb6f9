// Packing with zlib in gzip's format (RFC 1952): whole bodies, or part after part.

import CZlib

/// `@unchecked Sendable`: its owner awaits each part before it hands over the next, on whatever thread.
final class Gzip: @unchecked Sendable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let isReady: Bool

  /// Middle of the road: half of the highest level's time for nearly its size.
  private static let level: Int32 = 5
  /// The largest window, plus 16 for gzip's frame instead of zlib's.
  private static let windowBits: Int32 = 15 + 16
  private static let memoryLevel: Int32 = 8

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    isReady =
      deflateInit2_(
        stream, Self.level, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
  }

  deinit {
    if isReady { deflateEnd(stream) }
    stream.deallocate()
  }

  /// Everything given so far can be unpacked from what was returned so far. Nil: no memory.
  func pack(_ bytes: [UInt8], isLast: Bool) -> [UInt8]? {
    guard isReady else { return nil }
    var bytes = bytes
    let inputCount = bytes.count
    var result = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(inputCount))) + 64)
    let (status, count) = bytes.withUnsafeMutableBufferPointer { input in
      result.withUnsafeMutableBufferPointer { output in
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(inputCount)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(output.count)
        let status = deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
        return (status, output.count - Int(stream.pointee.avail_out))
      }
    }
    guard status == (isLast ? Z_STREAM_END : Z_OK) || (status == Z_BUF_ERROR && inputCount == 0) else {
      return nil
    }
    result.removeLast(result.count - count)
    return result
  }
}
