// A secret that is held for long (an API key's secret, the master key): one allocation, shared by reference,
// never copied by passing it on, wiped when the last holder lets go.

import COpenSSL

/// Safe to share: the bytes are written once, before anybody else can see them.
package final class SecretBytes: Sendable {
  private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

  package init(_ bytes: [UInt8]) {
    storage = .allocate(byteCount: bytes.count, alignment: 1)
    storage.copyBytes(from: bytes)
  }

  deinit {
    if let start = storage.baseAddress { OPENSSL_cleanse(start, storage.count) }
    storage.deallocate()
  }

  package var count: Int { storage.count }

  package func withSpan<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(Span(_unsafeElements: storage.bindMemory(to: UInt8.self)))
  }

  /// A copy, for who must hand the secret out.
  package var bytes: [UInt8] { Array(storage) }
}
