// The sole owner of an OpenSSL key, private or public, of whatever kind. The types with names of the domain
// (SigningKey, VerificationKey) hold one.

import COpenSSL

/// Safe to share: the key is never changed once it is made, and OpenSSL locks what it caches inside (its
/// manual page on threads allows concurrent use of an unchanged key). Freeing it wipes a private key.
struct KeyHandle: ~Copyable, @unchecked Sendable {
  let raw: OpaquePointer

  init(taking raw: OpaquePointer) { self.raw = raw }

  deinit { EVP_PKEY_free(raw) }

  /// A public key from OpenSSL's named parameters.
  init(kind: String, _ parameters: borrowing KeyParameters) throws(CryptoFailure) {
    guard let context = EVP_PKEY_CTX_new_from_name(nil, kind, nil) else {
      preconditionFailure("OpenSSL does not offer \(kind) keys: \(ErrorQueue.drain())")
    }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_fromdata_init(context) == 1,
      EVP_PKEY_fromdata(context, &key, Int32(TANDEM_EVP_PKEY_PUBLIC_KEY), parameters.list) == 1, let key
    else { throw .invalidKey(ErrorQueue.drain()) }
    raw = key
  }

  /// Whether the public part makes sense for its kind, such as a point of the curve's group.
  var isSound: Bool {
    guard let context = EVP_PKEY_CTX_new(raw, nil) else { return false }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_public_check(context) == 1 else {
      _ = ErrorQueue.drain()
      return false
    }
    return true
  }

  /// False for any reason: who verifies has no use for a difference, and an attacker would.
  func verify(_ signature: Span<UInt8>, of message: Span<UInt8>, digest: OpaquePointer?) -> Bool {
    guard !signature.isEmpty else { return false }
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a signature check") }
    defer { EVP_MD_CTX_free(context) }
    var isValid = false
    if EVP_DigestVerifyInit(context, nil, digest, nil, raw) == 1 {
      isValid = signature.withUnsafeBufferPointer { signature in
        message.withUnsafeBufferPointer { message in
          withUnsafePointer(to: UInt8(0)) { nothing in
            EVP_DigestVerify(
              context, signature.baseAddress, signature.count, message.baseAddress ?? nothing, message.count)
              == 1
          }
        }
      }
    }
    if !isValid { _ = ErrorQueue.drain() }
    return isValid
  }
}

/// A list of named parameters, with the memory that it points to.
struct KeyParameters: ~Copyable {
  private(set) var list: UnsafeMutablePointer<OSSL_PARAM>
  private var count = 0
  private var owned: [UnsafeMutableRawPointer] = []
  private static let capacity = 4

  init() {
    list = .allocate(capacity: Self.capacity + 1)
    list[0] = OSSL_PARAM_construct_end()
  }

  deinit {
    for memory in owned { memory.deallocate() }
    list.deallocate()
  }

  /// A whole number, given with its highest byte first.
  mutating func number(_ name: String, _ bigEndian: [UInt8]) {
    // OpenSSL wants the order of the machine.
    let bytes = UInt16(1).littleEndian == 1 ? bigEndian.reversed() : bigEndian
    let memory = keep(bytes)
    append(OSSL_PARAM_construct_BN(keep(name), memory, bytes.count))
  }

  mutating func bytes(_ name: String, _ bytes: [UInt8]) {
    append(OSSL_PARAM_construct_octet_string(keep(name), keep(bytes), bytes.count))
  }

  mutating func text(_ name: String, _ text: String) {
    append(OSSL_PARAM_construct_utf8_string(keep(name), keep(text), text.utf8.count))
  }

  private mutating func append(_ parameter: OSSL_PARAM) {
    precondition(count < Self.capacity, "more parameters than a key has")
    list[count] = parameter
    count += 1
    list[count] = OSSL_PARAM_construct_end()
  }

  private mutating func keep(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
    owned.append(memory)
    bytes.withUnsafeBytes {
      if let start = $0.baseAddress { memory.copyMemory(from: start, byteCount: $0.count) }
    }
    return memory.assumingMemoryBound(to: UInt8.self)
  }

  private mutating func keep(_ text: String) -> UnsafeMutablePointer<CChar> {
    UnsafeMutableRawPointer(keep(Array(text.utf8) + [0])).assumingMemoryBound(to: CChar.self)
  }
}
