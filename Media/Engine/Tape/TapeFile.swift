// One participant's file while it grows: packets in, pages sealed and written. What the disk refuses waits here as it was
// sealed and is tried again, so that no number of a piece is ever used for two.

import Crypto
import Glibc
import Link
import Tape
import Structures

final class TapeFile {
  let number: UInt64
  let recording: UInt64
  /// Below the tape's folder: as the journal names it.
  let name: String
  private let path: String
  private let began: Int64
  private var writer: TrackWriter
  private var sealed: SealedFileWriter
  private let descriptor: Int32
  private let fault: DiskFault?
  private var offset = 0
  private var pages: [UInt8] = []
  /// Sealed, and not in the file yet.
  private var unwritten: [UInt8] = []
  private var source: (handle: TrackHandle, epoch: UInt32)?
  private var streams: UInt32 = 0
  /// The track that belongs into it now.
  var hears: TrackHandle?

  init(
    _ setup: TapeFileSetup, directory: String, folder: String, began: Int64, fault: DiskFault? = nil
  ) throws(DiskFailure) {
    number = setup.number
    recording = setup.recording
    self.began = began
    self.fault = fault
    name = "\(folder)/\(setup.name)"
    path = "\(directory)/\(name)"
    writer = TrackWriter(setup.description)
    sealed = SealedFileWriter(setup.key)
    descriptor = try TapeDisk.open(path, makes: true)
    unwritten = sealed.heading
  }

  deinit { close(descriptor) }

  private func samples(_ nanoseconds: Int64) -> Int64 {
    // 48 samples a millisecond, without passing what 64 bits hold.
    let elapsed = max(0, nanoseconds - began)
    return elapsed / 1_000_000 * 48 + elapsed % 1_000_000 * 48 / 1_000_000
  }

  func receive(_ item: TapeItem, _ payload: Span<UInt8>) {
    guard item.arrivalNanoseconds >= began else { return }
    if source?.handle != item.track || source?.epoch != item.epoch {
      source = (item.track, item.epoch)
      streams += 1
    }
    writer.receive(
      TapePacket(
        kind: item.kind, epoch: streams, count: item.count, timestamp: item.timestamp,
        arrival: samples(item.arrivalNanoseconds), isRepeat: item.isRepeat, level: item.level,
        payload: Array(copying: payload)),
      into: &pages)
  }

  func advance(to now: Int64) { writer.advance(to: samples(now), into: &pages) }

  /// Seals what is ready and writes it; into the journal goes the same.
  func flush(into journal: inout TapeJournal, isLast: Bool = false) throws(DiskFailure) -> Int {
    var start = 0
    while start < pages.count || isLast {
      let end = min(pages.count, start + Limits.tapePieceBytes)
      let isEnd = isLast && end == pages.count
      unwritten += sealed.seal(Array(pages[start..<end]), isLast: isEnd)
      start = end
      if isEnd { break }
    }
    pages.removeAll(keepingCapacity: true)
    guard !unwritten.isEmpty else { return 0 }
    let (count, errorNumber) =
      fault?(path).map { (0, $0) } ?? TapeDisk.write(descriptor, unwritten, at: offset)
    guard count == unwritten.count else {
      _ = ftruncate(descriptor, offset)
      if unwritten.count > Limits.tapeWaitingBytes || isLast {
        throw DiskFailure(path: path, errorNumber: errorNumber)
      }
      return 0
    }
    journal.append(name, at: offset, unwritten)
    offset += count
    unwritten.removeAll(keepingCapacity: true)
    return count
  }

  /// The recording has ended; false if the end could not be written.
  func finish(at end: Int64, into journal: inout TapeJournal) -> TapeFileEnd {
    writer.finish(at: samples(end), into: &pages)
    var isWhole = true
    do throws(DiskFailure) {
      _ = try flush(into: &journal, isLast: true)
    } catch {
      isWhole = false
    }
    if fdatasync(descriptor) != 0 { isWhole = false }
    return TapeFileEnd(
      number: number, figures: writer.figures, levels: writer.levels, byteCount: offset, isWhole: isWhole)
  }
}
