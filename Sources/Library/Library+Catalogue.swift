// What is kept, for those who may ask: lists, single recordings, and the bytes of their files.

package import Access
import Control
import Crypto
import Engine
package import Store
package import Values

extension Library {
  package enum File: Sendable, Equatable {
    /// `mix.opus`, `metadata.json`, `analysis.json`, `manifest.json`.
    case made(String)
    case track(String)

    package var name: String {
      switch self {
      case .made(let name): name
      case .track(let id): "tracks/\(id).opus"
      }
    }
  }

  package struct Fetched: Sendable {
    package var content: SealedContent
    package var tag: String
    package var type: String
  }

  package func list(
    before startedAt: Timestamp?, _ id: String, _ filter: RecordingRow.Filter, limit: Int
  ) async throws(Refusal) -> [RecordingRow] {
    try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try RecordingRow.page(before: startedAt, id, filter, limit: limit, connection)
      }
    }
  }

  package func show(_ id: String) async throws(Refusal) -> Known {
    let known: Known?
    do throws(StoreFailure) { known = try await read(id) } catch { throw Self.unreadable }
    guard let known else { throw Self.unknown }
    return known
  }

  static var unknown: Refusal { Refusal(.notFound, "There is no such recording.") }
  static var unreadable: Refusal {
    Refusal(.unavailable, "The server cannot read right now.", retryAfter: .seconds(5))
  }

  func stored<Result: Sendable>(
    _ body: (any Store) async throws(StoreFailure) -> Result
  ) async throws(Refusal) -> Result {
    do throws(StoreFailure) { return try await body(store) } catch { throw Self.unreadable }
  }

  /// How far the mix and the analysis are, of one whose turn it is.
  package func progress(of id: String) -> Double? {
    progress.flatMap { $0.recording == id ? $0.share.share : nil } ?? (jobs.contains(id) ? 0 : nil)
  }

  /// A file's plain bytes, also of a track that still grows.
  package func fetch(_ file: File, of id: String) async throws(Refusal) -> Fetched {
    try await fetch(file, of: try await show(id))
  }

  func fetch(_ file: File, of known: Known) async throws(Refusal) -> Fetched {
    let row = known.row
    let missing = Refusal(.notFound, "There is no such file in this recording.")
    guard let key = try? recordingKey(row) else {
      throw Refusal(.unavailable, "The recording's key does not open under this server's master key.")
    }
    let (name, path, sealed, sha256): (String, String, [UInt8], [UInt8]?)
    switch file {
    case .made(let wanted):
      guard let made = known.files.first(where: { $0.name == wanted }) else {
        try checkReady(row)
        throw missing
      }
      (name, path, sealed, sha256) = (
        "\(row.id)/\(wanted)", "\(folder(row.id))/\(wanted)", made.sealedKey, made.sha256
      )
    case .track(let wanted):
      guard let track = known.tracks.first(where: { $0.id == wanted }), let itsKey = track.sealedKey else {
        throw missing
      }
      (name, path, sealed, sha256) = (wanted, "\(folder(row.id))/\(wanted).opus", itsKey, track.sha256)
    }
    guard let fileKey = try? LibraryKeys.fileKey(name, sealed, under: key) else {
      throw Refusal(.unavailable, "The file's key does not open.")
    }
    let content = try? await thread.run { SealedContent(path, key: fileKey) }
    guard let content = content ?? nil else {
      throw Refusal(.unavailable, "The file is not on the disk, or is damaged.")
    }
    return Fetched(
      content: content,
      // A track that still grows is another file with each byte.
      tag: Self.tag(sha256 ?? SHA256.digest(Array("\(name) \(content.size)".utf8))),
      type: path.hasSuffix(".json") ? "application/json" : "audio/ogg")
  }

  private static func tag(_ digest: [UInt8]) -> String { "\"\(Hex.encode(Array(digest.prefix(16))))\"" }

  /// Opens, decrypts and reads on the library's own thread.
  package func read(_ content: SealedContent, at offset: Int, count: Int) async -> [UInt8]? {
    (try? await thread.run { content.read(at: offset, count: count) }) ?? nil
  }

  /// Who fetched what and why; written before the first byte goes out.
  package func noteAccess(_ row: RecordingAccessRow) {
    store.enqueue(.disk) { connection throws(StoreFailure) in try row.insert(connection) }
  }

  package func accesses(
    of id: String, after: Int64, limit: Int
  ) async throws(Refusal) -> [RecordingAccessRow] {
    try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try RecordingAccessRow.page(of: id, after: after, limit: limit, connection)
      }
    }
  }
}
