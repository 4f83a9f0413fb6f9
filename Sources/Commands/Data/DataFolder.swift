// Where a server keeps what is durable, for commands that work on it without asking the server.

import Configuration
import Control
import Glibc
import Store

enum DataFolder {
  static let option = Option(
    "data-directory", value: "DIRECTORY", "the server's data directory, rather than the configuration's",
    kind: .directory)

  static func resolve(_ invocation: Invocation) throws(CommandFailure) -> String {
    if let typed = invocation.value(option) { return typed }
    return try settings(invocation).directory
  }

  /// With the file of the master key.
  static func resolveWithKey(
    _ invocation: Invocation
  ) throws(CommandFailure) -> (directory: String, masterKey: String) {
    let directory = try resolve(invocation)
    return (
      directory,
      MasterKeyFile.path(directory: directory, configured: try settings(invocation).masterKeyFile)
    )
  }

  private static func settings(_ invocation: Invocation) throws(CommandFailure) -> Settings.DataFolder {
    do throws(ConfigurationError) {
      return try ConfigurationLoader.load(
        file: invocation.value(ServerAccess.config), environment: invocation.environment, flags: [],
        dev: invocation.isSet(ServerAccess.dev)
      ).settings.data
    } catch {
      throw .failed("the configuration has mistakes:\n\(error)")
    }
  }

  /// An administrator who works on a directory of the server's own user goes on as that user: files of root's in
  /// it would keep the server from starting.
  static func becomeOwner(of directory: String) {
    var status = stat()
    guard geteuid() == 0, stat(directory, &status) == 0, status.st_uid != 0 else { return }
    _ = setegid(status.st_gid)
    _ = seteuid(status.st_uid)
  }

  /// Files that are no part of a backup: the lock, what only the running server needs, what is half written. The
  /// database is copied in a way of its own.
  static func isLeftOut(_ name: String) -> Bool {
    name == "lock" || name == "replay" || name.hasSuffix(".partial") || name.hasPrefix(SQLiteStore.fileName)
      || name.hasPrefix(replacedPrefix)
  }

  /// Where restore puts what was there before.
  static let replacedPrefix = "replaced-"
}
