// Reads an Ogg stream as its bytes come: packets for the mix, and, of a file that a crash may have torn, how far it is
// whole and what closes it.

package struct OggReader: Sendable {
  package struct Packet: Equatable, Sendable {
    package var bytes: [UInt8]
    /// The page's position, on the last packet that ends on it.
    package var granule: Int64?
    package var isLast: Bool
  }

  private var buffer: [UInt8] = []
  private var packets: [Packet] = []
  private var taken = 0
  private var partial: [UInt8] = []
  private(set) var isDamaged = false

  /// Of the file, up to the end of the last whole page.
  package private(set) var wholeBytes = 0
  package private(set) var pageCount: UInt32 = 0
  package private(set) var serial: UInt32?
  package private(set) var granule: Int64 = 0
  /// The page that ends the stream was there.
  package private(set) var isClosed = false

  /// What decoders of our files throw away at the start.
  package static var skippedSamples: Int64 { Limits.preSkip }

  package init() {}

  /// More of the file. What is no page ends the reading: nothing behind it counts.
  package mutating func feed(_ bytes: Span<UInt8>) {
    guard !isDamaged else { return }
    for index in 0..<bytes.count { buffer.append(bytes[index]) }
    var offset = 0
    while let page = OggPage(buffer.span, at: offset) {
      guard take(page) else {
        isDamaged = true
        break
      }
      offset = page.bytes.upperBound
    }
    buffer.removeFirst(offset)
    wholeBytes += offset
    // No page is longer, so what is here and not one never becomes one.
    if buffer.count > Limits.oggPageBytes { isDamaged = true }
  }

  private mutating func take(_ page: OggPage) -> Bool {
    if let serial { guard serial == page.serial else { return false } }
    guard page.number == pageCount, page.isFirst == (pageCount == 0), !isClosed else { return false }
    serial = page.serial
    pageCount += 1
    if page.granule >= 0 { granule = page.granule }
    isClosed = page.isLast
    var start = page.body.lowerBound
    var end = start
    var lastOfPage: Int?
    for index in page.segments {
      end += Int(buffer[index])
      guard buffer[index] < 255 else { continue }
      packets.append(Packet(bytes: partial + buffer[start..<end], granule: nil, isLast: false))
      partial = []
      lastOfPage = packets.count - 1
      start = end
    }
    partial += buffer[start..<end]
    if let lastOfPage {
      packets[lastOfPage].granule = page.granule
      packets[lastOfPage].isLast = page.isLast
    }
    return true
  }

  package mutating func next() -> Packet? {
    guard taken < packets.count else {
      packets.removeAll(keepingCapacity: true)
      taken = 0
      return nil
    }
    taken += 1
    return packets[taken - 1]
  }

  /// What has to follow the last whole page of a file that was torn, so that it is a proper end; nil where the file has
  /// one, or has not even its two headers.
  package func closing() -> [UInt8]? {
    guard let serial, !isClosed, pageCount >= 2 else { return nil }
    var stream = OggStream(serial: serial, page: pageCount)
    // Cut off by the position, but for a file that would else have not one sample, which players do not like.
    let silence = Filler.silence(Limits.closingSamples).bytes
    stream.append(silence.span, granule: max(granule, Limits.preSkip + Limits.grain), isLast: true)
    var bytes: [UInt8] = []
    stream.flush(into: &bytes)
    return bytes
  }
}
