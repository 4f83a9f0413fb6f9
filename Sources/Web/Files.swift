// Files for responses, read on a thread of their own, so that a slow disk holds up nobody else.

import Control
import Glibc

enum Files {
  /// Started with the first file.
  static let thread = WorkThread(named: "web-files")

  struct Opened: Sendable {
    let descriptor: Int32
    let size: Int
    /// Changes whenever the file does: size, time of change and inode.
    let tag: String
  }

  static func open(_ path: String) async -> Opened? {
    try? await thread.run { () -> Opened? in
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { return nil }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        Glibc.close(descriptor)
        return nil
      }
      func hex(_ number: Int) -> String { String(number, radix: 16) }
      let time = hex(status.st_mtim.tv_sec) + "." + hex(status.st_mtim.tv_nsec)
      return Opened(
        descriptor: descriptor, size: Int(status.st_size),
        tag: "\"\(hex(Int(status.st_size)))-\(time)-\(hex(Int(status.st_ino)))\"")
    }
  }

  /// Nil on an error or if the file has become shorter.
  static func read(_ file: Opened, at offset: Int, count: Int) async -> [UInt8]? {
    try? await thread.run { () -> [UInt8]? in
      var filled = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        while filled < count {
          let result = pread(
            file.descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, offset + filled)
          if result < 0 && errno == EINTR { continue }
          guard result > 0 else { break }
          filled += result
        }
        initialized = filled
      }
      return filled == count ? bytes : nil
    }
  }

  static func close(_ file: Opened) { thread.submit { Glibc.close(file.descriptor) } }
}
