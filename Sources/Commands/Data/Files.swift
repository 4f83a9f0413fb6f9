// The file system as the command line needs it: read a little, copy with a checksum, list, make.

import Crypto
import Glibc
import Values

enum Files {
  struct Failure: Error, Sendable {
    let message: String
  }

  static func reason(_ error: Int32 = errno) -> String { String(cString: strerror(error)) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Names without `.` and `..`, sorted; nil if it can't be read.
  static func names(in directory: String) -> [String]? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// A file that must be small, in whole.
  static func read(_ path: String, atMost limit: Int = 1 << 20) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(message: "\(path) can't be read: \(reason())") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    try chunks(descriptor, path) { chunk throws(Failure) in
      bytes += chunk
      if bytes.count > limit { throw Failure(message: "\(path) is larger than expected (\(limit) bytes)") }
    }
    return bytes
  }

  static func number(_ path: String) -> Int? {
    guard let bytes = try? read(path) else { return nil }
    return Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
  }

  /// Written beside its place, brought to the disk, then put there: the file is whole or not there at all.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try replace(path) { descriptor throws(Failure) in try write(bytes[...], descriptor, path) }
  }

  /// Copies for this user alone and returns length and SHA-256 of what was copied.
  @discardableResult
  static func copy(_ source: String, to target: String) throws(Failure) -> (bytes: Int, sha256: String) {
    let input = open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw Failure(message: "\(source) can't be read: \(reason())") }
    defer { close(input) }
    var digest = Checksum()
    try replace(target) { output throws(Failure) in
      try chunks(input, source) { chunk throws(Failure) in
        digest.update(chunk)
        try write(chunk, output, target)
      }
    }
    return (digest.byteCount, digest.finish())
  }

  static func checksum(_ path: String) throws(Failure) -> (bytes: Int, sha256: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(message: "\(path) can't be read: \(reason())") }
    defer { close(descriptor) }
    var digest = Checksum()
    try chunks(descriptor, path) { chunk throws(Failure) in digest.update(chunk) }
    return (digest.byteCount, digest.finish())
  }

  /// With its parents, for this user alone.
  static func makeDirectory(_ path: String) throws(Failure) {
    var current = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      current += "/" + part
      guard mkdir(current, 0o700) == 0 || errno == EEXIST || errno == EISDIR || isDirectory(current) else {
        throw Failure(message: "the directory \(current) can't be made: \(reason())")
      }
    }
    guard isDirectory(path) else { throw Failure(message: "\(path) is no directory") }
  }

  static func syncDirectory(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// `1.4 GiB`.
  static func size(_ bytes: UInt64) -> String {
    var value = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
      if value < 1024 || unit == "TiB" {
        let tenths = Int((value * 10).rounded())
        return unit == "B" || tenths % 10 == 0 || tenths >= 1000
          ? "\((tenths + 5) / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
      }
      value /= 1024
    }
    return "\(bytes) B"
  }

  private static func replace(
    _ path: String, _ fill: (Int32) throws(Failure) -> Void
  ) throws(Failure) {
    let partial = path + ".partial"
    unlink(partial)
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(message: "\(partial) can't be written: \(reason())") }
    do throws(Failure) {
      defer { close(descriptor) }
      try fill(descriptor)
      guard fsync(descriptor) == 0 else { throw Failure(message: "\(path) can't be written: \(reason())") }
    } catch {
      unlink(partial)
      throw error
    }
    guard rename(partial, path) == 0 else {
      let failure = Failure(message: "\(path) can't be written: \(reason())")
      unlink(partial)
      throw failure
    }
  }

  /// All of them, where the descriptor stands.
  static func write(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32, _ path: String) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Failure(message: "\(path) can't be written: \(reason())") }
      rest = rest.dropFirst(count)
    }
  }

  private static func chunks(
    _ descriptor: Int32, _ path: String, _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: Limits.copyChunkBytes)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Failure(message: "\(path) can't be read: \(reason())") }
      if count == 0 { return }
      try body(buffer[..<count])
    }
  }
}

/// SHA-256 of bytes as they come, and how many they were.
private struct Checksum: ~Copyable {
  private var digest = SHA256()
  private(set) var byteCount = 0

  mutating func update(_ chunk: ArraySlice<UInt8>) {
    digest.update(chunk.span)
    byteCount += chunk.count
  }

  consuming func finish() -> String { Hex.encode(digest.finish()) }
}
