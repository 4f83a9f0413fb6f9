// The folder under which everything durable lives, and the keys in it that are made at the first start.

import Crypto
import Glibc
import Values

/// Why the server can't start: what, where, what to do.
struct StartFailure: Error, Sendable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

struct DataDirectory: Sendable {
  let path: String

  init(_ path: String) throws(StartFailure) {
    self.path = path
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
        throw StartFailure(
          "\(made): cannot be made: \(Self.reason()). Set data.directory to a folder that may be written.")
      }
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw StartFailure("\(path): \(Self.reason()). Set data.directory to a folder that may be written.")
    }
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The key that wraps every other secret at rest. Whoever copies the store without it has nothing.
  func masterKey() throws(StartFailure) -> [UInt8] {
    let path = file("master.key")
    if let key = try read(path, bytes: 32) { return key }
    let key = SecureRandom.bytes(32)
    try write(key, to: path)
    return key
  }

  private func read(_ path: String, bytes count: Int) throws(StartFailure) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw StartFailure("\(path): \(Self.reason())")
    }
    defer { Glibc.close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count + 1)
    guard Glibc.read(descriptor, &bytes, count + 1) == count else {
      throw StartFailure(
        "\(path): is not \(count) bytes long. Restore it from a backup: what it protects can't be read without it."
      )
    }
    return Array(bytes.prefix(count))
  }

  /// Whole or not at all, and on the disk before it is used: a key that is lost after its first use is a loss of
  /// everything that it wrapped.
  private func write(_ bytes: [UInt8], to path: String) throws(StartFailure) {
    let draft = path + ".new"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StartFailure("\(draft): \(Self.reason())") }
    defer { Glibc.close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0,
      rename(draft, path) == 0
    else { throw StartFailure("\(path): cannot be written: \(Self.reason())") }
    let folder = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      Glibc.close(folder)
    }
  }

  /// Bytes that an ordinary user may still write here; nil if the system doesn't say.
  var freeBytes: UInt64? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
