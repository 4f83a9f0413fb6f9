// Between OpenSSL and datagrams: one read takes the datagram that is being received, one write is one datagram in a
// queue of ours. A BIO of memory would glue the datagrams of a flight together.

import COpenSSL

/// Owned by one session and touched only by its thread; OpenSSL's callbacks run inside the session's calls.
final class DTLSWire {
  /// Set for the time of a call only.
  var arriving: UnsafeBufferPointer<UInt8>?
  private(set) var waiting: [[UInt8]] = []
  private(set) var droppedDatagrams: UInt64 = 0
  let firstTimeoutMicroseconds: UInt32

  init(firstTimeoutMicroseconds: UInt32) { self.firstTimeoutMicroseconds = firstTimeoutMicroseconds }

  func takeFirst() -> [UInt8]? { waiting.isEmpty ? nil : waiting.removeFirst() }

  func dropAll() { waiting.removeAll() }

  static func of(_ bio: OpaquePointer?) -> DTLSWire? {
    BIO_get_data(bio).map { Unmanaged<DTLSWire>.fromOpaque($0).takeUnretainedValue() }
  }

  private func read(into buffer: UnsafeMutablePointer<CChar>, capacity: Int) -> Int? {
    guard let datagram = arriving, datagram.count <= capacity else { return nil }
    arriving = nil
    guard let start = datagram.baseAddress else { return nil }
    UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: datagram.count)
    return datagram.count
  }

  /// A full queue drops, as a network would: the flight is sent again when its timer fires.
  private func write(_ bytes: UnsafePointer<CChar>, _ count: Int) {
    guard waiting.count < Limits.waitingDatagrams else {
      droppedDatagrams += 1
      return
    }
    waiting.append(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
  }

  static func makeMethod() -> OpaquePointer? {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tandem datagrams") else {
      return nil
    }
    BIO_meth_set_create(method) { bio in
      BIO_set_init(bio, 1)
      return 1
    }
    BIO_meth_set_read(method) { bio, buffer, capacity in
      tandem_bio_clear_retry(bio)
      guard let buffer, let wire = DTLSWire.of(bio),
        let count = wire.read(into: buffer, capacity: Int(capacity))
      else {
        tandem_bio_retry_read(bio)
        return -1
      }
      return Int32(count)
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      tandem_bio_clear_retry(bio)
      guard let bytes, let wire = DTLSWire.of(bio) else { return -1 }
      wire.write(bytes, Int(count))
      return count
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in
      switch command {
      case BIO_CTRL_FLUSH: 1
      case Int32(BIO_CTRL_DGRAM_QUERY_MTU), Int32(BIO_CTRL_DGRAM_GET_FALLBACK_MTU): Limits.datagramBytes
      default: 0
      }
    }
    return method
  }
}
