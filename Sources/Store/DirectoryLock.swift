// One process a data directory: held by a lock on the file `lock` in it, which the kernel lets go of when the
// process ends, however it ends. The file names the holder for whoever comes second.

import Glibc

package final class DirectoryLock: Sendable {
  private let descriptor: Int32

  package init(directory: String) throws(StoreFailure) {
    let path = directory + "/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .unavailable(
        "\(path) cannot be written (\(String(cString: strerror(errno)))): give the server's user the data "
          + "directory, or set data.directory to another")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = Self.text(of: descriptor)
      close(descriptor)
      throw .unavailable(
        "the data directory \(directory) is in use by process \(holder.isEmpty ? "(unknown)" : holder): "
          + "stop that server first, or set data.directory to another")
    }
    self.descriptor = descriptor
    ftruncate(descriptor, 0)
    var text = "\(getpid())\n"
    text.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
  }

  private static func text(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 0x20 }, as: UTF8.self)
  }

  deinit { close(descriptor) }

  /// The process that holds the lock; nil if none does.
  static func holder(of directory: String) -> String? {
    let descriptor = open(directory + "/lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // A shared lock is had only if nobody holds the exclusive one; closing lets go of it again at once.
    return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : text(of: descriptor)
  }

  /// Makes the directory and its parents where they are missing, for this user alone.
  static func make(_ directory: String) throws(StoreFailure) {
    var path = directory.hasPrefix("/") ? "" : "."
    for part in directory.split(separator: "/") {
      path += "/" + part
      guard mkdir(path, 0o700) == 0 || errno == EEXIST || errno == EISDIR else {
        throw .unavailable(
          "the directory \(path) cannot be made (\(String(cString: strerror(errno)))): make it, or set "
            + "data.directory to another")
      }
    }
  }
}
