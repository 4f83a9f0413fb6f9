// `tandem restore DIRECTORY`: checks every file of a backup, then puts them into the data directory.

import Control
import Glibc
import Store
import Values

enum RestoreCommand {
  private static let source = Argument("DIRECTORY", "the backup", kind: .directory)
  private static let verify = Option(flag: "verify", "only check that the backup is whole and sound")
  private static let force = Option(
    flag: "force", "restore into a directory that is not empty; what is in it is moved aside, not deleted")

  static let command: Command = Command(
    "restore", summary: "put a backup back, or check that it is good",
    description: """
      Every file is compared with its checksum before anything is touched. The server must not be running. A
      data directory that is not empty is refused without --force.
      """,
    arguments: [source],
    options: [verify, force, DataFolder.option, ServerAccess.config, ServerAccess.dev],
    examples: [
      Example("tandem restore --verify /var/backups/tandem/2026-11-21", "check a backup"),
      Example(
        "tandem restore /var/backups/tandem/2026-11-21 --config /etc/tandem/tandem.yaml", "put it back"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let source = invocation.argument(source)
    let manifest = try await check(source)
    let count = manifest.entries.count == 1 ? "1 file" : "\(manifest.entries.count) files"
    if invocation.isSet(verify) {
      console.print(
        "\(source) is good: \(count), made \(manifest.createdAt.rfc3339) by version \(manifest.version).")
      return
    }
    let target = try DataFolder.resolve(invocation)
    let aside = try put(source, manifest, into: target, force: invocation.isSet(force))
    console.print("\(target) is as it was at \(manifest.createdAt.rfc3339): \(count).")
    if let aside { console.print("What was there before is in \(aside); delete it once all is well.") }
  }

  @Control static func check(_ source: String) async throws(CommandFailure) -> Manifest {
    let path = "\(source)/\(Manifest.fileName)"
    guard Files.exists(path) else {
      throw .failed("\(source) is no backup, or one that was never finished: it has no \(Manifest.fileName)")
    }
    let manifest: Manifest
    do {
      let bytes = try Files.read(path, atMost: Limits.manifestBytes)
      manifest = try Manifest(try JSON(parsing: bytes))
    } catch let failure as Files.Failure {
      throw .failed(failure.message)
    } catch {
      throw .failed("\(path) is damaged: \(error)")
    }
    do throws(Files.Failure) {
      for entry in manifest.entries {
        let (bytes, sha256) = try Files.checksum("\(source)/\(entry.path)")
        guard bytes == entry.bytes, sha256 == entry.sha256 else {
          throw Files.Failure(message: "\(source)/\(entry.path) is not as it was when the backup was made")
        }
      }
    } catch {
      throw .failed("the backup is damaged: \(error.message)")
    }
    do throws(StoreFailure) {
      let found = try await SQLiteStore.inspect(directory: source)
      guard found.schema <= found.knownSchema else {
        throw StoreFailure.incompatible(
          "a newer version made it (\(manifest.version)): restore it with that version")
      }
    } catch {
      throw .failed("the backup can't be used: \(error.message)")
    }
    return manifest
  }

  /// Returns where what was there before is now, if there was anything.
  static func put(
    _ source: String, _ manifest: Manifest, into target: String, force: Bool
  ) throws(CommandFailure) -> String? {
    do throws(Files.Failure) {
      try Files.makeDirectory(target)
      let lock: DirectoryLock
      do throws(StoreFailure) {
        lock = try DirectoryLock(directory: target)
      } catch {
        throw Files.Failure(message: error.message)
      }
      defer { withExtendedLifetime(lock) {} }
      let old = (Files.names(in: target) ?? []).filter {
        $0 != "lock" && !$0.hasPrefix(DataFolder.replacedPrefix)
      }
      if let first = old.first, !force {
        throw Files.Failure(
          message: "\(target) is not empty (\(first) is in it): use --force to move its content aside")
      }
      let aside = try old.isEmpty ? nil : moveAside(old, target)
      for entry in manifest.entries {
        if let folder = entry.path.lastIndex(of: "/") {
          try Files.makeDirectory("\(target)/\(entry.path[..<folder])")
        }
        let copied = try Files.copy("\(source)/\(entry.path)", to: "\(target)/\(entry.path)")
        guard copied.sha256 == entry.sha256 else {
          throw Files.Failure(message: "\(source)/\(entry.path) changed while it was read")
        }
      }
      giveToOwner(target, manifest)
      Files.syncDirectory(target)
      return aside
    } catch {
      throw .failed("the backup was not put back: \(error.message)")
    }
  }

  private static func moveAside(_ names: [String], _ target: String) throws(Files.Failure) -> String {
    let stamp = Timestamp.now.rfc3339.filter { $0.isNumber || $0 == "T" }
    let aside = "\(target)/\(DataFolder.replacedPrefix)\(stamp)"
    try Files.makeDirectory(aside)
    for name in names {
      guard rename("\(target)/\(name)", "\(aside)/\(name)") == 0 else {
        throw Files.Failure(message: "\(target)/\(name) can't be moved to \(aside): \(Files.reason())")
      }
    }
    return aside
  }

  /// Run by an administrator, on a directory of the server's own user.
  private static func giveToOwner(_ target: String, _ manifest: Manifest) {
    var status = stat()
    guard geteuid() == 0, stat(target, &status) == 0, status.st_uid != 0 else { return }
    var paths: Set<String> = ["lock"]
    for entry in manifest.entries {
      var path = entry.path[...]
      paths.insert(String(path))
      while let folder = path.lastIndex(of: "/") {
        path = path[..<folder]
        paths.insert(String(path))
      }
    }
    for path in paths { _ = chown("\(target)/\(path)", status.st_uid, status.st_gid) }
  }
}
