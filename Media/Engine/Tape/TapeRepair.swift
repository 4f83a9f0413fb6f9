// What a crash left of a track's file is made a proper end of: torn pieces and torn pages are cut off, and the page that
// ends the stream is put behind the last whole one.

package import Crypto
import Glibc
import Tape

package enum TapeRepair {
  package struct Repaired: Equatable, Sendable {
    /// In samples since the recording's beginning; nil where nothing was ever written.
    package var samples: Int64?
    package var byteCount: Int
    /// How much was cut off, of the sealed file.
    package var cutBytes: Int
  }

  /// Leaves a file that has its end as it is.
  package static func close(_ path: String, key: SealingKey) throws(DiskFailure) -> Repaired {
    let descriptor = try TapeDisk.open(path, makes: false)
    defer { Glibc.close(descriptor) }
    let size = TapeDisk.size(descriptor)
    let heading = TapeDisk.read(descriptor, at: 0, count: SealedFile.headingByteCount) ?? []
    guard let reader = try? SealedFileReader(key, heading: heading) else {
      return Repaired(samples: nil, byteCount: size, cutBytes: 0)
    }
    var ogg = OggReader()
    var whole = SealedFile.headingByteCount
    var pieceCount: UInt64 = 0
    let pieces = SealedFile.pieces(byteCount: size) { TapeDisk.read(descriptor, at: $0, count: 4) }
    for piece in pieces {
      guard let record = TapeDisk.read(descriptor, at: piece.sealed.lowerBound, count: piece.sealed.count),
        let plain = try? reader.open(record, number: piece.number)
      else { break }
      ogg.feed(plain.span)
      while ogg.next() != nil {}
      whole = piece.sealed.upperBound
      pieceCount += 1
      if piece.isLast { return Repaired(samples: samples(ogg), byteCount: whole, cutBytes: size - whole) }
    }
    // Pages are sealed whole: a piece that opens ends where a page does.
    let closing = ogg.closing() ?? []
    guard var writer = SealedFileWriter(key, heading: heading, pieceCount: pieceCount) else {
      return Repaired(samples: nil, byteCount: size, cutBytes: 0)
    }
    let end = writer.seal(closing, isLast: true)
    guard ftruncate(descriptor, whole) == 0 else { throw DiskFailure(path: path, errorNumber: errno) }
    try TapeDisk.writeWhole(path, descriptor, end, at: whole)
    guard fdatasync(descriptor) == 0 else { throw DiskFailure(path: path, errorNumber: errno) }
    return Repaired(
      samples: samples(ogg), byteCount: whole + end.count, cutBytes: max(0, size - whole))
  }

  private static func samples(_ ogg: OggReader) -> Int64? {
    ogg.pageCount > 2 ? max(0, ogg.granule - OggReader.skippedSamples) : nil
  }
}
