// The last packet of a track's sound, kept for receivers who lose some: it goes out once more with the next one (RFC 2198), so
// that a packet that is lost alone is not missed. Kept only while there is such a receiver.

import Structures
import Wire

struct SoundBefore {
  private(set) var payload: [UInt8] = []
  private var count: Int64 = -1
  private var timestamp: UInt32 = 0
  /// Until then somebody needs it.
  private(set) var neededUntil: Instant?

  mutating func need(until time: Instant) {
    neededUntil = max(time, neededUntil ?? time)
    payload.reserveCapacity(Limits.redundantBytes)
  }

  mutating func keep(_ packet: Span<UInt8>, _ incoming: Incoming, at now: Instant) {
    guard let until = neededUntil else { return }
    guard now < until else {
      self = SoundBefore()
      return
    }
    payload.removeAll(keepingCapacity: true)
    count = incoming.count
    timestamp = incoming.header.timestamp.value
    guard incoming.header.payload.count <= Limits.redundantBytes else { return }
    for index in incoming.header.payload { payload.append(packet[index]) }
  }

  /// How long before a packet it was, in ticks; nil if it is not the one right before, or too long ago for its header.
  func distance(to incoming: Incoming) -> UInt32? {
    guard !payload.isEmpty, incoming.isNewest, incoming.count == count + 1 else { return nil }
    let ticks = incoming.header.timestamp.value &- timestamp
    return ticks > 0 && ticks < 1 << 14 ? ticks : nil
  }

  /// Writes both blocks' headers and the earlier payload; returns where the later one belongs.
  func write(into out: inout MutableSpan<UInt8>, at start: Int, ticks: UInt32, payloadType: UInt8) -> Int {
    out[start] = 0x80 | payloadType
    out.store(UInt16(truncatingIfNeeded: ticks << 2 | UInt32(payload.count) >> 8), at: start + 1)
    out[start + 3] = UInt8(truncatingIfNeeded: payload.count)
    out[start + 4] = payloadType
    var end = start + 5
    for index in payload.indices {
      out[end] = payload[index]
      end += 1
    }
    return end
  }
}
