// What a backup consists of: manifest.json, written last, so that a backup without one is known to be half done.

import Values

struct Manifest: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    /// Relative to the backup.
    let path: String
    let bytes: Int
    let sha256: String
  }

  static let fileName = "manifest.json"
  static let format: Int64 = 1

  let version: String
  let createdAt: Timestamp
  let entries: [Entry]

  var json: JSON {
    [
      "format": .integer(Self.format), "program": .string(Program.name), "version": .string(version),
      "createdAt": .string(createdAt.rfc3339),
      "files": .array(
        entries.map { entry in
          [
            "path": .string(entry.path), "bytes": .integer(Int64(entry.bytes)),
            "sha256": .string(entry.sha256),
          ]
        }),
    ]
  }

  init(version: String, createdAt: Timestamp, entries: [Entry]) {
    self.version = version
    self.createdAt = createdAt
    self.entries = entries
  }

  init(_ json: JSON) throws(InvalidField) {
    let fields = try Fields(json)
    guard try fields.string("program") == Program.name else {
      throw fields.invalid("program", "must be \(Program.name)")
    }
    let format = try fields.integer("format", in: 1...Int.max)
    guard format == Self.format else {
      throw fields.invalid("format", "is \(format), of a newer version; this one reads \(Self.format)")
    }
    version = try fields.string("version")
    guard let time = try fields.optionalTimestamp("createdAt") else {
      throw fields.invalid("createdAt", "is required")
    }
    createdAt = time
    var entries: [Entry] = []
    for file in try fields.list("files", atMost: 1_000_000) {
      let path = try file.string("path", length: 1...4096)
      guard Self.isInside(path) else { throw file.invalid("path", "must stay inside the backup") }
      entries.append(
        Entry(
          path: path, bytes: try file.integer("bytes", in: 0...Int.max),
          sha256: try file.string("sha256", length: 64...64)))
    }
    self.entries = entries
  }

  /// A manifest from elsewhere must not make restore write outside the data directory.
  static func isInside(_ path: String) -> Bool {
    !path.hasPrefix("/")
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".."
      }
  }
}
