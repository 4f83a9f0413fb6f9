// A sealed file as its readers see it: plain bytes from anywhere in it, also while it grows.

import Crypto
import Engine
import Glibc

package final class SealedContent: Sendable {
  package let size: Int
  /// Its last piece is there.
  package let isWhole: Bool
  private let descriptor: Int32
  private let reader: SealedFileReader
  private let pieces: [SealedFile.Piece]

  /// Nil where there is no such file, or the key is another's.
  init?(_ path: String, key: SealingKey) {
    guard let descriptor = try? TapeDisk.open(path, makes: false) else { return nil }
    let heading = TapeDisk.read(descriptor, at: 0, count: SealedFile.headingByteCount) ?? []
    guard let reader = try? SealedFileReader(key, heading: heading) else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    self.reader = reader
    pieces = SealedFile.pieces(byteCount: TapeDisk.size(descriptor)) {
      TapeDisk.read(descriptor, at: $0, count: 4)
    }
    size = pieces.last?.plain.upperBound ?? 0
    isWhole = pieces.last?.isLast ?? false
  }

  deinit { close(descriptor) }

  /// Nil where the file was tampered with, or cannot be read.
  package func read(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset + count <= size else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var index = firstPiece(reaching: offset)
    while result.count < count, index < pieces.count {
      let piece = pieces[index]
      guard let record = TapeDisk.read(descriptor, at: piece.sealed.lowerBound, count: piece.sealed.count),
        let plain = try? reader.open(record, number: piece.number)
      else { return nil }
      let start = max(0, offset - piece.plain.lowerBound)
      let end = min(plain.count, offset + count - piece.plain.lowerBound)
      if start < end { result += plain[start..<end] }
      index += 1
    }
    return result.count == count ? result : nil
  }

  /// SHA-256 of all of it; nil where it was tampered with.
  func digest() -> [UInt8]? {
    var hash = SHA256()
    var offset = 0
    while offset < size {
      guard let bytes = read(at: offset, count: min(Limits.readBytes, size - offset)) else { return nil }
      hash.update(bytes)
      offset += bytes.count
    }
    return hash.finish()
  }

  private func firstPiece(reaching offset: Int) -> Int {
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].plain.upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Writes a sealed file of what comes piece by piece, with the hash of the plain bytes.
final class SealedOutput {
  private let path: String
  private let descriptor: Int32
  private var writer: SealedFileWriter
  private var hash: SHA256? = SHA256()
  private var waiting: [UInt8] = []
  private var offset = 0
  private(set) var byteCount = 0

  init(_ path: String, key: SealingKey) throws(DiskFailure) {
    unlink(path)
    self.path = path
    descriptor = try TapeDisk.open(path, makes: true)
    writer = SealedFileWriter(key)
    try write(writer.heading)
  }

  deinit { close(descriptor) }

  private func write(_ bytes: [UInt8]) throws(DiskFailure) {
    try TapeDisk.writeWhole(path, descriptor, bytes, at: offset)
    offset += bytes.count
  }

  func append(_ bytes: [UInt8]) throws(DiskFailure) {
    hash?.update(bytes)
    byteCount += bytes.count
    waiting += bytes
    while waiting.count > Limits.pieceBytes {
      try write(writer.seal(Array(waiting.prefix(Limits.pieceBytes))))
      waiting.removeFirst(Limits.pieceBytes)
    }
  }

  /// On the disk once this returns.
  func finish() throws(DiskFailure) -> (byteCount: Int, sha256: [UInt8]) {
    let last = writer.seal(waiting, isLast: true)
    try write(last)
    guard fdatasync(descriptor) == 0 else { throw DiskFailure(path: path, errorNumber: errno) }
    return (byteCount, hash.take()?.finish() ?? [])
  }
}
