// The only file access of the configuration: the YAML file, and secrets that live in files of their own. Both are
// read to a bound, so that a wrong path (a device, a log) costs nothing.

import Glibc

enum BoundedFile {
  /// The file's bytes, one more than `limit` at most, so that the caller sees what is too large.
  static func read(_ path: String, limit: Int) throws(Complaint) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while bytes.count <= limit {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(path) }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return Array(bytes.prefix(limit + 1))
  }

  private static func failure(_ path: String) -> Complaint {
    Complaint("cannot read \(path): \(String(cString: strerror(errno)))")
  }
}

enum SecretFile {
  /// The first line, without its line break.
  static func read(_ path: String) throws(Complaint) -> Secret {
    guard !path.isEmpty else { throw Complaint("names no file") }
    let bytes = try BoundedFile.read(path, limit: Limits.secretBytes)
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard line.count <= Limits.secretBytes, let text = String(validating: line, as: UTF8.self),
      TextRule.any.accepts(text)
    else {
      throw Complaint(
        line.isEmpty
          ? "finds no secret in the first line of \(path)"
          : "needs a file with a line of text of at most \(Limits.secretBytes) bytes, \(path) is none")
    }
    return Secret(text)
  }
}
