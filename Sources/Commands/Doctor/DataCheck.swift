// Doctor: the data directory and the database in it.

import Configuration
import Control
import Glibc
import Store

enum DataCheck {
  static func directory(_ settings: Settings) -> [Finding] {
    let subject = "data directory"
    let path = settings.data.directory
    guard Files.isDirectory(path) else {
      if Files.exists(path) {
        return [.fail(subject, "\(path) is no directory", advice: "set data.directory to another place")]
      }
      return [.ok(subject, "\(path) does not exist yet: the first start makes it")]
    }
    guard access(path, R_OK | W_OK | X_OK) == 0 else {
      return [
        .fail(
          subject, "\(path) can't be written: \(Files.reason())",
          advice: "give it to the server's user: chown -R tandem \(path)")
      ]
    }
    var findings: [Finding] = []
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & 0o077 != 0 {
      findings.append(
        .warn(subject, "\(path) is open to other users, and keys are in it", advice: "chmod 700 \(path)"))
    }
    return findings + [space(path, subject)]
  }

  private static func space(_ path: String, _ subject: String) -> Finding {
    var system = statvfs()
    guard statvfs(path, &system) == 0 else {
      return .warn(subject, "\(path): its free space is not known (\(Files.reason()))")
    }
    let free = UInt64(system.f_bavail) * UInt64(system.f_frsize)
    let message = "\(path) is writable, \(Files.size(free)) free"
    if free < Limits.leastFreeBytes {
      return .fail(
        subject, message, advice: "make room: below \(Files.size(Limits.leastFreeBytes)) writes soon fail")
    }
    if free < Limits.comfortableFreeBytes {
      return .warn(subject, message, advice: "make room before the disk is full")
    }
    return .ok(subject, message)
  }

  static func store(_ settings: Settings) async -> [Finding] {
    let subject = "database"
    let directory = settings.data.directory
    guard Files.exists("\(directory)/\(SQLiteStore.fileName)") else {
      return [.ok(subject, "there is none yet: the first start makes it")]
    }
    let found: StoreInspection
    do {
      found = try await SQLiteStore.inspect(directory: directory)
    } catch {
      return [.fail(subject, error.message, advice: "restore a backup: tandem restore --help")]
    }
    let holder = found.holder.map { ", in use by process \($0)" } ?? ""
    if found.schema > found.knownSchema {
      return [
        .fail(
          subject, "a newer version wrote it (schema \(found.schema), this one knows \(found.knownSchema))",
          advice: "start that version, or restore a backup")
      ]
    }
    if found.schema < found.knownSchema {
      return [
        .warn(
          subject, "schema \(found.schema) is older than \(found.knownSchema)\(holder)",
          advice: "the next start brings it up to date; make a backup before: tandem backup DIRECTORY")
      ]
    }
    return [.ok(subject, "in good order, schema \(found.schema) is current\(holder)")]
  }
}
