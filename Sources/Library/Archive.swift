// A recording as one archive (POSIX ustar), made as it is read: nothing of it is ever on the disk in the clear.

package import Access
package import Control
import Store
import Values

@Control package final class Archive {
  private struct Entry {
    var name: String
    var content: SealedContent
  }

  private let library: Library
  private let modified: Timestamp
  private var entries: [Entry]
  private var offset = 0
  private var isEnded = false

  fileprivate init(_ library: Library, _ entries: [(String, SealedContent)], modified: Timestamp) {
    self.library = library
    self.modified = modified
    self.entries = entries.map { Entry(name: $0.0, content: $0.1) }
  }

  /// The next bytes; nil at the end. A throw breaks the archive off, which its reader sees.
  package func next() async throws -> [UInt8]? {
    guard let entry = entries.first else {
      guard !isEnded else { return nil }
      isEnded = true
      return [UInt8](repeating: 0, count: 2 * Tar.blockBytes)
    }
    if offset == 0 {
      let header = Tar.header(entry.name, size: entry.content.size, modifiedSeconds: modified.seconds)
      return header + (try await body(of: entry))
    }
    return try await body(of: entry)
  }

  private func body(of entry: Entry) async throws -> [UInt8] {
    let count = min(Limits.readBytes, entry.content.size - offset)
    guard var bytes = await library.read(entry.content, at: offset, count: count) else {
      throw AftermathFailure(reason: "\(entry.name) cannot be read")
    }
    offset += count
    if offset == entry.content.size {
      bytes += [UInt8](repeating: 0, count: Tar.padding(of: offset))
      entries.removeFirst()
      offset = 0
    }
    return bytes
  }
}

extension Library {
  package func archive(of id: String) async throws(Refusal) -> Archive {
    let known = try await show(id)
    guard known.row.state == .ready else {
      throw Refusal(
        .conflict, "The recording is not ready yet: it is in state \(known.row.state.rawValue).",
        retryAfter: .seconds(5))
    }
    var entries: [(String, SealedContent)] = []
    for file in known.files {
      entries.append(("\(id)/\(file.name)", try await fetch(.made(file.name), of: known).content))
    }
    for track in known.tracks where track.sealedKey != nil {
      entries.append(("\(id)/tracks/\(track.id).opus", try await fetch(.track(track.id), of: known).content))
    }
    return Archive(self, entries, modified: known.row.stoppedAt ?? known.row.startedAt)
  }

  package func linkSignature(_ path: String, expiresAtSeconds: Int64) -> [UInt8] {
    keys.linkSignature(path, expiresAtSeconds: expiresAtSeconds)
  }
}

enum Tar {
  static let blockBytes = 512

  static func padding(of size: Int) -> Int { (blockBytes - size % blockBytes) % blockBytes }

  /// POSIX.1-1988: a name of at most 100 bytes, numbers in octal, a sum over all bytes with itself as blanks.
  static func header(_ name: String, size: Int, modifiedSeconds: Int64) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockBytes)
    func put(_ text: String, at offset: Int, _ count: Int) {
      for (index, byte) in text.utf8.prefix(count).enumerated() { block[offset + index] = byte }
    }
    func octal(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
    put(name, at: 0, 100)
    put(octal(0o600, 7), at: 100, 7)
    put(octal(0, 7), at: 108, 7)
    put(octal(0, 7), at: 116, 7)
    put(octal(size, 11), at: 124, 11)
    put(octal(Int(modifiedSeconds), 11), at: 136, 11)
    put("        ", at: 148, 8)
    put("0", at: 156, 1)
    put("ustar", at: 257, 5)
    put("00", at: 263, 2)
    let sum = block.reduce(0) { $0 + Int($1) }
    put(octal(sum, 6) + "\0 ", at: 148, 8)
    return block
  }
}
