// What the suites share: a store in a directory of the test's own, tokens of any shape, numbers from a seed.

import Access
import Configuration
import Control
import Crypto
import Glibc
import Store
import Values

/// Noon of some day; the outside provider's tokens among the vectors are made for it.
let noon = Timestamp(seconds: 1_800_000_000)

let masterKey = [UInt8](repeating: 7, count: 32)

func key(_ id: String, _ secret: String) -> Settings.APIKey {
  Settings.APIKey(id: id, secret: Secret(secret))
}

/// A token with whatever header and claims, signed or not.
func token(header: JSON, claims: JSON, secret: [UInt8] = Array("s3cret".utf8)) -> String {
  let signed = Base64.encode(header.encoded()) + "." + Base64.encode(claims.encoded())
  return signed + "." + Base64.encode(HMAC.sha256(key: secret, message: Array(signed.utf8)))
}

/// Runs a test's body on a store of its own. A second one in the same directory finds what the first one
/// kept.
@Control func withStore(
  in scratch: Scratch = Scratch(), _ body: @Control (SQLiteStore) async throws -> Void
) async throws {
  let store = try await SQLiteStore.open(directory: scratch.path)
  do {
    try await body(store)
  } catch {
    await store.close()
    throw error
  }
  await store.close()
}

/// A directory that is gone when the test is.
final class Scratch: Sendable {
  let path: String

  init() {
    var random = SecureRandom()
    path = "/tmp/tandem-test-" + Identifier.random(count: 12, using: &random)
    mkdir(path, 0o700)
  }

  deinit {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { unlink(path + "/" + name) }
    }
    closedir(directory)
    rmdir(path)
  }
}

/// SplitMix64.
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

/// A text with some bytes changed, dropped, doubled or swapped in from elsewhere in it.
func mutated(_ bytes: [UInt8], using random: inout Seeded) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
    let index = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes.remove(at: index)
    case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
    case 3: bytes.removeSubrange(index...)
    case 4: bytes[index] = bytes.randomElement(using: &random) ?? 0
    default: bytes.insert(contentsOf: bytes[index...].prefix(12), at: index)
    }
  }
  return bytes
}
