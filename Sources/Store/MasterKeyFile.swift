// The master key: 32 random bytes in the data directory, under which the secrets in the database are sealed.
// Made at the first start. Without it a copy of the database gives nobody's secrets away; a backup holds
// both.

import Glibc

package enum MasterKeyFile {
  package static let name = "master.key"
  package static let byteCount = 32

  /// Reads the key, or makes one if there is none and `mayMake` holds. Call it with the directory's lock
  /// held.
  package static func load(directory: String, mayMake: Bool = true) throws(StoreFailure) -> [UInt8] {
    let path = "\(directory)/\(name)"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT, mayMake { return try make(path, directory) }
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

  private static func make(_ path: String, _ directory: String) throws(StoreFailure) -> [UInt8] {
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
    guard rename(partial, path) == 0 else { throw failure(path) }
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
    return key
  }

  private static func failure(_ path: String) -> StoreFailure {
    .unavailable("the master key \(path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
