// Writes the beginning of one receiver's copy of a packet: header, extensions under the receiver's ids, what of the
// payload changes. The rest goes out from where it lies. Called for each copy of each packet.

import Link
import Structures
import Wire

/// What is particular to one copy.
struct Copy {
  var ssrc: UInt32
  var payloadType: UInt8
  var sequence: UInt16
  var timestampShift: UInt32 = 0
  var pictureShift: UInt16 = 0
  var layerShift: UInt8 = 0
  var frameShift: UInt16 = 0
  var mid: StreamName?
  var extensions = ExtensionMap()
  var transportSequence: UInt16 = 0
  /// Of a repetition: the number under which it went out first.
  var original: UInt16?
  var redundancy = Redundancy.asItCame
  /// The picture ends here for this receiver, although higher layers of it follow for others.
  var endsPicture = false

  enum Redundancy {
    case asItCame
    /// The receiver does not know RED: only what is in it.
    case without
    /// RED, without the copies of what came earlier.
    case newestOnly
  }

  /// What was written: the header, that and what was rewritten behind it, and where the rest of the packet is.
  struct Written {
    var headerByteCount: Int
    var byteCount: Int
    var rest: Range<Int>
  }

  func write(
    _ packet: Span<UInt8>, _ incoming: Incoming, at now: Instant, into out: inout MutableSpan<UInt8>
  ) -> Written {
    let header = incoming.header
    out[0] = 0x80
    out[1] = (header.marker || endsPicture ? 0x80 : 0) | payloadType & 0x7F
    out.store(sequence, at: 2)
    out.store(header.timestamp.value &+ timestampShift, at: 4)
    out.store(ssrc, at: 8)
    let headerByteCount = writeExtensions(packet, incoming, at: now, into: &out)
    var end = headerByteCount
    if let original {
      out.store(original, at: end)
      end += RTX.addedByteCount
    }
    var rest = header.payload
    switch (redundancy, incoming.primary) {
    case (.without, let red?): rest = red.primary.data
    case (.newestOnly, let red?):
      out[end] = red.primary.payloadType
      end += 1
      rest = red.primary.data
    case (_, nil), (.asItCame, _): break
    }
    let rewritten = incoming.rewrittenByteCount
    if rewritten > 0 {
      for index in 0..<rewritten { out[end + index] = packet[rest.lowerBound + index] }
      rewrite(incoming, in: &out, movedBy: end - rest.lowerBound)
      end += rewritten
      rest = rest.lowerBound + rewritten..<rest.upperBound
    }
    return Written(headerByteCount: headerByteCount, byteCount: end, rest: rest)
  }

  /// A header with the receiver's extensions and nothing behind it.
  func writeEmpty(timestamp: UInt32, at now: Instant, into out: inout MutableSpan<UInt8>) -> Int {
    out[0] = 0x80
    out[1] = payloadType & 0x7F
    out.store(sequence, at: 2)
    out.store(timestamp, at: 4)
    out.store(ssrc, at: 8)
    var elements = Elements(isWide: false)
    writeOwn(&elements, at: now, into: &out)
    return elements.finish(in: &out)
  }

  private func rewrite(
    _ incoming: Incoming, in out: inout MutableSpan<UInt8>, movedBy distance: Int
  ) {
    let (id, layer) = incoming.picture
    switch incoming.descriptor {
    case .none: break
    case .vp8(let vp8):
      vp8.rewrite(
        pictureID: id &+ pictureShift, baseLayerIndex: layer &+ layerShift, in: &out, movedBy: distance)
    case .vp9(let vp9):
      vp9.rewrite(
        pictureID: id &+ pictureShift, baseLayerIndex: layer &+ layerShift, in: &out, movedBy: distance)
    }
  }

  /// The elements that are ours alone.
  private func writeOwn(_ elements: inout Elements, at now: Instant, into out: inout MutableSpan<UInt8>) {
    if extensions.mid != 0, let mid {
      let start = elements.begin(extensions.mid, byteCount: mid.byteCount, in: &out)
      _ = mid.write(into: &out, at: start)
    }
    if extensions.transportSequence != 0 {
      let start = elements.begin(
        extensions.transportSequence, byteCount: TransportSequence.byteCount, in: &out)
      out.store(transportSequence, at: start)
    }
    if extensions.absoluteSendTime != 0 {
      let start = elements.begin(extensions.absoluteSendTime, byteCount: AbsoluteSendTime.byteCount, in: &out)
      AbsoluteSendTime(microseconds: now.microseconds).write(into: &out, at: start)
    }
  }

  /// Returns where the payload begins.
  private func writeExtensions(
    _ packet: Span<UInt8>, _ incoming: Incoming, at now: Instant, into out: inout MutableSpan<UInt8>
  ) -> Int {
    let found = incoming.found
    let descriptor = extensions.dependencyDescriptor == 0 ? 0 : Int(found.dependencyDescriptor.count)
    var elements = Elements(isWide: descriptor > 16)
    writeOwn(&elements, at: now, into: &out)
    elements.copy(packet, found.audioLevel, as: extensions.audioLevel, into: &out)
    elements.copy(packet, found.orientation, as: extensions.orientation, into: &out)
    elements.copy(packet, found.playoutDelay, as: extensions.playoutDelay, into: &out)
    let place = elements.copy(
      packet, found.dependencyDescriptor, as: extensions.dependencyDescriptor, into: &out)
    if let place, let number = incoming.frameNumber { out.store(number &+ frameShift, at: place + 1) }
    return elements.finish(in: &out)
  }
}

/// Elements one after the other, in the layout of one byte unless one is too long for it.
private struct Elements {
  private static let start = RTPHeader.fixedByteCount
  private let isWide: Bool
  private var end = start + 4

  init(isWide: Bool) { self.isWide = isWide }

  /// Writes an element's own header and says where its value goes.
  mutating func begin(_ id: UInt8, byteCount: Int, in out: inout MutableSpan<UInt8>) -> Int {
    if isWide {
      out[end] = id
      out[end + 1] = UInt8(truncatingIfNeeded: byteCount)
    } else {
      out[end] = id << 4 | UInt8(truncatingIfNeeded: byteCount - 1) & 0x0F
    }
    let value = end + (isWide ? 2 : 1)
    end = value + byteCount
    return value
  }

  /// A value as it came, where it came and the receiver knows it, and where it stands now. Longer ones than an element can
  /// hold are none.
  @discardableResult
  mutating func copy(
    _ packet: Span<UInt8>, _ place: ValuePlace, as id: UInt8, into out: inout MutableSpan<UInt8>
  ) -> Int? {
    guard id != 0, place.isThere, place.count <= (isWide ? 255 : 16) else { return nil }
    let start = begin(id, byteCount: Int(place.count), in: &out)
    let range = place.range
    for index in 0..<range.count { out[start + index] = packet[range.lowerBound + index] }
    return start
  }

  mutating func finish(in out: inout MutableSpan<UInt8>) -> Int {
    guard end > Self.start + 4 else { return Self.start }
    while end & 3 != 0 {
      out[end] = 0
      end += 1
    }
    out.store(isWide ? UInt16(0x1000) : 0xBEDE, at: Self.start)
    out.store(UInt16((end - Self.start) / 4 - 1), at: Self.start + 2)
    out[0] |= 0x10
    return end
  }
}
