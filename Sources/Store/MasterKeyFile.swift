// The master key: 32 random bytes in a file, under which the secrets in the database are sealed. Made at the first start.
// Without it a copy of the database gives nobody's secrets away; a backup holds both, unless it lies elsewhere.

import Glibc

package enum MasterKeyFile {
  package static let name = "master.key"
  package static let byteCount = 32

  /// In the data directory, or where the configuration says.
  package static func path(directory: String, configured: String = "") -> String {
    configured.isEmpty ? "\(directory)/\(name)" : configured
  }

  /// Where the next one waits while everything is sealed anew.
  package static func next(_ path: String) -> String { path + ".next" }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Reads the key, or makes one if there is none and `mayMake` holds. Call it with the data directory's lock
  /// held.
  package static func load(_ path: String, mayMake: Bool = true) throws(StoreFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT, mayMake { return try make(path) }
    guard descriptor >= 0 else {
      throw .unavailable("the master key \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: byteCount + 1)
    let count = read(descriptor, &bytes, bytes.count)
    guard count == byteCount else {
      throw .damaged(
        "the master key \(path) has \(max(0, count)) bytes and needs \(byteCount): put it back from a backup")
    }
    return Array(bytes.prefix(byteCount))
  }

  /// A new key, on the disk under this name once this returns.
  package static func make(_ path: String) throws(StoreFailure) -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    let key = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let partial = path + ".partial"
    unlink(partial)
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    let isWritten = write(descriptor, key, key.count) == key.count && fsync(descriptor) == 0
    let reason = isWritten ? nil : failure(path)
    close(descriptor)
    if let reason { throw reason }
    try replace(path, with: partial)
    return key
  }

  /// On the disk once this returns.
  package static func replace(_ path: String, with other: String) throws(StoreFailure) {
    guard rename(other, path) == 0 else { throw failure(path) }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0 {
      fsync(descriptor)
      close(descriptor)
    }
  }

  package static func remove(_ path: String) { unlink(path) }

  private static func failure(_ path: String) -> StoreFailure {
    .unavailable("the master key \(path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
