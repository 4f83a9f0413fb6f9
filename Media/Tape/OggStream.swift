// One Ogg stream being written (RFC 3533): packets in, whole pages out, through libogg. Sole owner of libogg's state,
// whose pointer never leaves.

import COgg

struct OggStream: ~Copyable {
  private let raw: UnsafeMutablePointer<ogg_stream_state>
  private var packetCount: Int64 = 0

  init(serial: UInt32) {
    raw = .allocate(capacity: 1)
    raw.initialize(to: ogg_stream_state())
    let status = ogg_stream_init(raw, Int32(bitPattern: serial))
    precondition(status == 0, "no memory for an Ogg stream")
  }

  /// Goes on in a file whose last whole page had the number before `page`.
  init(serial: UInt32, page: UInt32) {
    self.init(serial: serial)
    raw.pointee.pageno = Int(page)
    raw.pointee.b_o_s = 1
    packetCount = 1
  }

  deinit {
    ogg_stream_clear(raw)
    raw.deallocate()
  }

  /// `granule` is the position at the end of the packet. It waits inside for its page.
  mutating func append(_ bytes: Span<UInt8>, granule: Int64, isLast: Bool = false) {
    bytes.withUnsafeBufferPointer { bytes in
      var packet = ogg_packet()
      // libogg copies, and never writes through this pointer.
      packet.packet = UnsafeMutablePointer(mutating: bytes.baseAddress)
      packet.bytes = bytes.count
      packet.b_o_s = packetCount == 0 ? 1 : 0
      packet.e_o_s = isLast ? 1 : 0
      packet.granulepos = granule
      packet.packetno = packetCount
      let status = ogg_stream_packetin(raw, &packet)
      precondition(status == 0, "no memory for an Ogg packet")
    }
    packetCount += 1
  }

  /// Ends the page at hand, and any that are full, and appends them.
  mutating func flush(into pages: inout [UInt8]) {
    var page = ogg_page()
    while ogg_stream_flush(raw, &page) != 0 {
      pages += UnsafeBufferPointer(start: page.header, count: page.header_len)
      pages += UnsafeBufferPointer(start: page.body, count: page.body_len)
    }
  }
}
