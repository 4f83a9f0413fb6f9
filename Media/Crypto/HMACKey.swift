// A key of HMAC-SHA1 that is used again and again: the password of ICE signs a check every few seconds for as long as a
// call lasts, for thousands of peers. The key is hashed once, a message costs no allocation.

import COpenSSL

/// Sole owner of a prepared key, which is wiped with it.
package struct HMACKey: ~Copyable {
  private let prepared: UnsafeMutablePointer<tandem_hmac_sha1_key>

  package init(sha1 key: Span<UInt8>) {
    prepared = .allocate(capacity: 1)
    prepared.initialize(to: tandem_hmac_sha1_key())
    key.withUnsafeBytes { tandem_hmac_sha1_prepare(prepared, $0.baseAddress, $0.count) }
  }

  deinit {
    OPENSSL_cleanse(prepared, MemoryLayout<tandem_hmac_sha1_key>.size)
    prepared.deallocate()
  }

  /// The code of a message that lies in two pieces.
  package borrowing func code(_ head: Span<UInt8>, _ rest: Span<UInt8>) -> InlineArray<20, UInt8> {
    var code = InlineArray<20, UInt8>(repeating: 0)
    var bytes = code.mutableSpan
    bytes.withUnsafeMutableBufferPointer { code in
      head.withUnsafeBytes { head in
        rest.withUnsafeBytes { rest in
          tandem_hmac_sha1(
            prepared, head.baseAddress, head.count, rest.baseAddress, rest.count, code.baseAddress)
        }
      }
    }
    return code
  }
}
