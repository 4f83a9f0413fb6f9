// What goes to the tape: each packet of a recorded track that is new, as it came. Of a muted one only its number, so that
// it is not taken for lost. Copies of what was said while it was not to be heard stay out.

package import Link
package import Structures
import Wire

extension Router {
  package mutating func record(_ track: TrackHandle, _ isRecorded: Bool, at now: Instant) {
    guard let number = publicationsByHandle[track].map(Int.init), !publications[number].isVideo else {
      return
    }
    guard isRecorded != (publications[number].recordedSince != nil) else { return }
    publications[number].recordedSince = isRecorded ? now : nil
  }

  mutating func record(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, _ format: PayloadFormat,
    _ count: Int64, of number: Int, isRepeat: Bool, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    var item = TapeItem(
      track: publications[number].handle, kind: .empty, epoch: publications[number].epoch, count: count,
      timestamp: header.timestamp.value, arrivalNanoseconds: now.nanoseconds, isRepeat: isRepeat)
    if !publications[number].isMuted {
      item.kind = kind(header, format, of: number, at: now)
      if found.audioLevel.isThere {
        item.level = AudioLevel(packet, found.audioLevel.range)?.decibelsBelowFullScale
      }
    }
    outlet.record(item, payload: packet.extracting(item.kind == .empty ? 0..<0 : header.payload))
  }

  private func kind(
    _ header: RTPHeader, _ format: PayloadFormat, of number: Int, at now: Instant
  ) -> TapeItem.Kind {
    guard !header.payload.isEmpty else { return .empty }
    switch format.codec {
    case .opus: return .opus
    case .red: return mayHearCopies(of: number, at: now) ? .red : .redWithoutCopies
    case .vp8, .vp9, .h264, .h265, .av1, .other: return .empty
    }
  }

  private func mayHearCopies(of number: Int, at now: Instant) -> Bool {
    isLongAgo(publications[number].recordedSince, now) && isLongAgo(publications[number].unmutedAt, now)
  }

  private func isLongAgo(_ moment: Instant?, _ now: Instant) -> Bool {
    moment.map { now.milliseconds(since: $0) >= Limits.redundancyMilliseconds } ?? true
  }
}
