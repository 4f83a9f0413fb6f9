// AES-256-GCM (NIST SP 800-38D) for secrets at rest. What is sealed opens only whole, under the same key and
// with the same context, so that a sealed secret cannot be moved to another row.

import COpenSSL

/// One key seals at most 2^32 times, since its nonces are random; secrets at rest stay far below.
package struct SealingKey: Sendable {
  package static let byteCount = 32
  static let nonceByteCount = 12
  private static let tagByteCount = 16

  private let key: SecretBytes

  package init(_ bytes: [UInt8]) throws(CryptoFailure) {
    guard bytes.count == Self.byteCount else {
      throw .invalidKey("a sealing key has \(Self.byteCount) bytes, not \(bytes.count)")
    }
    key = SecretBytes(bytes)
  }

  /// Nonce, ciphertext and tag, one after the other.
  package func seal(_ plain: [UInt8], context: [UInt8] = []) -> [UInt8] {
    seal(plain, context: context, nonce: SecureRandom.bytes(Self.nonceByteCount))
  }

  /// For those who count their nonces, and for the test vectors; a nonce used twice would give the key away.
  func seal(_ plain: [UInt8], context: [UInt8], nonce: [UInt8]) -> [UInt8] {
    precondition(nonce.count == Self.nonceByteCount, "a nonce of GCM has 12 bytes")
    precondition(plain.count <= Limits.longestMessageBytes, "too long to be sealed at once")
    let cipher = CipherHandle()
    var result = nonce
    var tag = [UInt8](repeating: 0, count: Self.tagByteCount)
    let isSealed = key.withSpan { key in
      cipher.start(.seal, key: key, nonce: nonce) && cipher.authenticate(context)
        && cipher.update(plain, appendingTo: &result) && cipher.finish() && cipher.readTag(&tag)
    }
    precondition(isSealed, "AES-256-GCM seals anything: \(ErrorQueue.drain())")
    return result + tag
  }

  package func open(_ sealed: [UInt8], context: [UInt8] = []) throws(CryptoFailure) -> [UInt8] {
    guard sealed.count >= Self.nonceByteCount + Self.tagByteCount, sealed.count <= Limits.longestMessageBytes
    else { throw .notAuthentic }
    let nonce = Array(sealed.prefix(Self.nonceByteCount))
    let tag = Array(sealed.suffix(Self.tagByteCount))
    let hidden = Array(sealed.dropFirst(Self.nonceByteCount).dropLast(Self.tagByteCount))
    let cipher = CipherHandle()
    var plain: [UInt8] = []
    let isOpen = key.withSpan { key in
      cipher.start(.open, key: key, nonce: nonce) && cipher.authenticate(context)
        && cipher.update(hidden, appendingTo: &plain) && cipher.setTag(tag) && cipher.finish()
    }
    guard isOpen else {
      _ = ErrorQueue.drain()
      plain.cleanse()
      throw .notAuthentic
    }
    return plain
  }
}

/// Sole owner of a cipher context; freeing it wipes the key inside.
private struct CipherHandle: ~Copyable {
  enum Direction: Int32 { case open = 0, seal = 1 }

  private let raw: OpaquePointer

  init() {
    guard let raw = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    self.raw = raw
  }

  deinit { EVP_CIPHER_CTX_free(raw) }

  borrowing func start(_ direction: Direction, key: Span<UInt8>, nonce: [UInt8]) -> Bool {
    key.withUnsafeBufferPointer { key in
      EVP_CipherInit_ex(raw, EVP_aes_256_gcm(), nil, key.baseAddress, nonce, direction.rawValue) == 1
    }
  }

  borrowing func authenticate(_ context: [UInt8]) -> Bool {
    var written: Int32 = 0
    return context.isEmpty || EVP_CipherUpdate(raw, nil, &written, context, Int32(context.count)) == 1
  }

  borrowing func update(_ bytes: [UInt8], appendingTo result: inout [UInt8]) -> Bool {
    guard !bytes.isEmpty else { return true }
    var written: Int32 = 0
    var status: Int32 = 0
    result += [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      status = EVP_CipherUpdate(raw, buffer.baseAddress, &written, bytes, Int32(bytes.count))
      count = Int(written)
    }
    return status == 1
  }

  borrowing func finish() -> Bool {
    // GCM writes nothing here, but the function wants somewhere to write.
    var rest: [UInt8] = [0]
    var written: Int32 = 0
    return EVP_CipherFinal_ex(raw, &rest, &written) == 1
  }

  borrowing func readTag(_ tag: inout [UInt8]) -> Bool {
    EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
  }

  borrowing func setTag(_ tag: [UInt8]) -> Bool {
    var tag = tag
    return EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
  }
}
