// A recording as one archive (POSIX ustar), made as it is read: nothing of it is ever on the disk in the clear.

package import Access
package import Control
import Store
import Values

@Control package final class Archive {
  enum Body {
    case sealed(SealedContent)
    case plain([UInt8])

    var size: Int {
      switch self {
      case .sealed(let content): content.size
      case .plain(let bytes): bytes.count
      }
    }
  }

  struct Entry {
    var name: String
    var body: Body
  }

  private let library: Library
  private let modified: Timestamp
  /// Each file is opened when its turn comes: an archive may have thousands.
  private let nextEntry: @Control () async throws -> Entry?
  private var entry: Entry?
  private var offset = 0
  private var isEnded = false

  init(_ library: Library, modified: Timestamp, _ nextEntry: @escaping @Control () async throws -> Entry?) {
    self.library = library
    self.modified = modified
    self.nextEntry = nextEntry
  }

  /// The next bytes; nil at the end. A throw breaks the archive off, which its reader sees.
  package func next() async throws -> [UInt8]? {
    if let entry { return try await body(of: entry) }
    guard let entry = try await nextEntry() else {
      guard !isEnded else { return nil }
      isEnded = true
      return [UInt8](repeating: 0, count: 2 * Tar.blockBytes)
    }
    self.entry = entry
    let header = Tar.header(entry.name, size: entry.body.size, modifiedSeconds: modified.seconds)
    return header + (try await body(of: entry))
  }

  private func body(of entry: Entry) async throws -> [UInt8] {
    let size = entry.body.size
    let count = min(Limits.readBytes, size - offset)
    var bytes: [UInt8]
    switch entry.body {
    case .plain(let all): bytes = Array(all[offset..<offset + count])
    case .sealed(let content):
      guard let read = await library.read(content, at: offset, count: count) else {
        throw AftermathFailure(reason: "\(entry.name) cannot be read")
      }
      bytes = read
    }
    offset += count
    if offset == size {
      bytes += [UInt8](repeating: 0, count: Tar.padding(of: size))
      self.entry = nil
      offset = 0
    }
    return bytes
  }
}

extension Library {
  /// A recording with all of its files, and the signature by which it stands.
  package func archive(of id: String) async throws(Refusal) -> Archive {
    let known = try await show(id)
    try checkReady(known.row)
    let proof = try await proof(of: id)
    var files = known.files.map { File.made($0.name) }
    files += known.tracks.filter { $0.sealedKey != nil }.map { File.track($0.id) }
    var isSigned = false
    return Archive(self, modified: known.row.stoppedAt ?? known.row.startedAt) {
      if !files.isEmpty {
        let file = files.removeFirst()
        return Archive.Entry(
          name: "\(id)/\(file.name)", body: .sealed(try await self.fetch(file, of: known).content))
      }
      guard !isSigned, let proof else { return nil }
      isSigned = true
      return Archive.Entry(name: "\(id)/signature.json", body: .plain(proof.json.encoded()))
    }
  }

  /// One person's own voice in all recordings, behind a document about everything else that is known.
  package func export(of identity: String, document: [UInt8]) -> Archive {
    var isBegun = false
    var waiting: [RecordingTrackRow] = []
    var after: String? = ""
    return Archive(self, modified: .now) {
      if !isBegun {
        isBegun = true
        return Archive.Entry(name: "person.json", body: .plain(document))
      }
      while true {
        if waiting.isEmpty {
          guard let start = after else { return nil }
          let rows = try await self.tracks(of: identity, after: start)
          after = rows.last?.recording
          waiting = rows.filter { $0.sealedKey != nil }
          if after == nil { return nil }
        }
        while !waiting.isEmpty {
          let track = waiting.removeFirst()
          // Erased since, or still being written under a key that has no row yet: not this person's to wait for.
          guard let file = try? await self.fetch(.track(track.id), of: track.recording) else { continue }
          return Archive.Entry(
            name: "recordings/\(track.recording)/\(track.id).opus", body: .sealed(file.content))
        }
      }
    }
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
