// The few calls by which the tape touches the disk. Each does all of its work or says why not.

import CSystem
import Glibc

package struct DiskFailure: Error, Sendable, Equatable {
  package let path: String
  package let errorNumber: Int32

  package init(path: String, errorNumber: Int32) {
    self.path = path
    self.errorNumber = errorNumber
  }

  package var reason: String { "\(path): \(String(cString: strerror(errorNumber)))" }
  package var isFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(errorNumber) }
}

/// How tests have a disk that is full, broken or slow: asked before each write; an error number fails it.
package typealias DiskFault = @Sendable (_ path: String) -> Int32?

package enum TapeDisk {
  /// For writing and reading; made if it is not there, for nobody else to read.
  package static func open(_ path: String, makes: Bool) throws(DiskFailure) -> Int32 {
    let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (makes ? O_CREAT : 0), 0o600)
    guard descriptor >= 0 else { throw DiskFailure(path: path, errorNumber: errno) }
    return descriptor
  }

  package static func makeFolder(_ path: String) throws(DiskFailure) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw DiskFailure(path: path, errorNumber: errno)
    }
  }

  /// How many of the bytes were written, and what stopped the rest.
  static func write(_ descriptor: Int32, _ bytes: [UInt8], at offset: Int) -> (count: Int, errorNumber: Int32)
  {
    var done = 0
    while done < bytes.count {
      let result = bytes.withUnsafeBytes { buffer in
        pwrite(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done, offset + done)
      }
      if result < 0, errno == EINTR { continue }
      guard result > 0 else { return (done, result < 0 ? errno : ENOSPC) }
      done += result
    }
    return (done, 0)
  }

  package static func writeWhole(
    _ path: String, _ descriptor: Int32, _ bytes: [UInt8], at offset: Int
  ) throws(DiskFailure) {
    let (count, errorNumber) = write(descriptor, bytes, at: offset)
    guard count == bytes.count else { throw DiskFailure(path: path, errorNumber: errorNumber) }
  }

  /// Fewer bytes where the file ends.
  package static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let result = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, offset + filled)
        if result < 0, errno == EINTR { continue }
        failed = result < 0
        guard result > 0 else { break }
        filled += result
      }
    }
    return failed ? nil : bytes
  }

  package static func size(_ descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// A new name in a folder is on the disk only when the folder is.
  package static func syncFolder(_ path: String) {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Names in a folder, without what begins with a dot; nil if there is no such folder.
  package static func names(in path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Bytes that an ordinary user may still write; nil if the system doesn't say.
  package static func freeBytes(in path: String) -> UInt64? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  package static var nowNanoseconds: Int64 { tandem_now_nanoseconds() }
}
