// The folder under which everything durable lives, and the keys in it that are made at the first start.

import Glibc

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

  private static func reason() -> String { String(cString: strerror(errno)) }
}
