// A directory of a test's own, gone when the test is.

import Glibc
import Synchronization
import Values

@testable import Store

final class Scratch: Sendable {
  let path: String

  init() {
    var generator = SystemRandomNumberGenerator()
    path = "/tmp/tandem-test-" + Identifier.random(count: 12, using: &generator)
    mkdir(path, 0o700)
  }

  deinit { Self.remove(path) }

  static func remove(_ path: String) {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { remove(path + "/" + name) }
      }
      closedir(directory)
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}

/// Numbers from a seed (SplitMix64), so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension Store {
  func number(_ sql: String) async throws(StoreFailure) -> Int64? {
    try await read { connection throws(StoreFailure) in try connection.query(sql).first?.integer(0) }
  }
}
