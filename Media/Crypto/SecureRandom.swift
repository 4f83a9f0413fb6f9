// Randomness for identifiers, secrets and nonces: OpenSSL's generator, fetched in batches. All copies of the
// generator share one buffer, because a copied buffer would deal the same numbers twice.

import COpenSSL
import Synchronization

package struct SecureRandom: RandomNumberGenerator, Sendable {
  private struct Reserve {
    var bytes = [UInt8](repeating: 0, count: Limits.randomBufferBytes)
    var used = Limits.randomBufferBytes

    mutating func next() -> UInt64 {
      if used + 8 > bytes.count {
        SecureRandom.fill(&bytes)
        used = 0
      }
      var result: UInt64 = 0
      for index in used..<used + 8 {
        result = result << 8 | UInt64(bytes[index])
        // What was dealt once must not be found in memory later.
        bytes[index] = 0
      }
      used += 8
      return result
    }
  }

  private static let reserve = Mutex(Reserve())

  package init() {}

  package mutating func next() -> UInt64 { Self.reserve.withLock { $0.next() } }

  package static func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    fill(&bytes)
    return bytes
  }

  private static func fill(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let status = bytes.withUnsafeMutableBufferPointer { RAND_bytes($0.baseAddress, Int32($0.count)) }
    // Going on without randomness would give out secrets that can be guessed.
    precondition(status == 1, "the system gives no randomness: \(ErrorQueue.drain())")
  }
}
