// `tandem backup DIRECTORY`: the database and everything beside it, while the server runs or while it doesn't.

import Control
import Glibc
import Store
import Values

enum BackupCommand {
  private static let target = Argument(
    "DIRECTORY", "where to put it; made if it is not there", kind: .directory)

  static let command: Command = Command(
    "backup", summary: "copy everything durable into a directory, also while the server runs",
    description: """
      Copies the database as of this moment, the keys beside it, and a manifest with a checksum of each file. Run
      it on the server's machine. Keep backups where only administrators can read: the master key is in them.
      """,
    arguments: [target], options: [.json, DataFolder.option, ServerAccess.config, ServerAccess.dev],
    examples: [
      Example(
        "tandem backup /var/backups/tandem/$(date +%F) --config /etc/tandem/tandem.yaml",
        "make today's backup"),
      Example("tandem restore --verify /var/backups/tandem/2026-11-21", "check that it is good"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let source = try DataFolder.resolve(invocation)
    let target = invocation.argument(target)
    let manifest = try await make(from: source, into: target)
    if invocation.isSet(.json) {
      console.print(manifest.json)
    } else {
      let bytes = manifest.entries.reduce(0) { $0 + $1.bytes }
      let files = manifest.entries.count == 1 ? "1 file" : "\(manifest.entries.count) files"
      console.print(
        "\(target): \(files), \(Files.size(UInt64(bytes))). Check it with 'tandem restore --verify \(target)'."
      )
    }
  }

  @Control static func make(from source: String, into target: String) async throws(CommandFailure) -> Manifest
  {
    guard Files.isDirectory(source) else {
      throw .failed("there is no data directory \(source): name it with --data-directory or --config")
    }
    do throws(Files.Failure) {
      try Files.makeDirectory(target)
      if let first = Files.names(in: target)?.first {
        throw Files.Failure(
          message: "\(target) is not empty (\(first) is in it): give the backup a directory of its own")
      }
      let database = "\(target)/\(SQLiteStore.fileName)"
      do throws(StoreFailure) {
        try await SQLiteStore.backup(directory: source, to: database)
      } catch {
        throw Files.Failure(message: error.message)
      }
      let (bytes, sha256) = try Files.checksum(database)
      var entries = [Manifest.Entry(path: SQLiteStore.fileName, bytes: bytes, sha256: sha256)]
      // After the database: a key that it needs was there before it.
      try copy(source, target, "", &entries)
      let manifest = Manifest(version: Program.version, createdAt: .now, entries: entries)
      try Files.write(Array((manifest.json.pretty() + "\n").utf8), to: "\(target)/\(Manifest.fileName)")
      Files.syncDirectory(target)
      return manifest
    } catch {
      throw .failed("no backup was made: \(error.message)")
    }
  }

  private static func copy(
    _ source: String, _ target: String, _ folder: String, _ entries: inout [Manifest.Entry]
  ) throws(Files.Failure) {
    let place = folder.isEmpty ? source : "\(source)/\(folder)"
    guard let names = Files.names(in: place) else {
      throw Files.Failure(message: "\(place) can't be listed: \(Files.reason())")
    }
    for name in names where !(folder.isEmpty && DataFolder.isLeftOut(name)) && !name.hasSuffix(".partial") {
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      if Files.isDirectory("\(source)/\(path)") {
        try Files.makeDirectory("\(target)/\(path)")
        try copy(source, target, path, &entries)
      } else {
        let (bytes, sha256) = try Files.copy("\(source)/\(path)", to: "\(target)/\(path)")
        entries.append(Manifest.Entry(path: path, bytes: bytes, sha256: sha256))
      }
    }
  }
}
