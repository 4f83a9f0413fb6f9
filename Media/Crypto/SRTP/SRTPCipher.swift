// One direction of SRTP or of SRTCP: its session keys (RFC 3711 section 4.3, RFC 7714 section 11), the prepared
// context, and the handful of steps of which SRTPSession puts a packet together. The cipher is OpenSSL's, or for AES-GCM
// the multi-buffer library's where that is wanted and there. Nothing here allocates once it is made.

import CMultiBuffer
import COpenSSL

struct SRTPCipher: ~Copyable {
  enum Stream: UInt8 { case rtp = 0, rtcp = 3 }
  enum Direction { case seal, open }

  /// One of the two is there.
  private let context: OpaquePointer?
  private let fast: OpaquePointer?
  private let secrets: UnsafeMutablePointer<tandem_srtp_secrets>
  private let isAEAD: Bool
  private let direction: Direction

  init(
    _ profile: SRTPProfile, _ stream: Stream, _ direction: Direction, master: SRTPMasterKey, isFast: Bool
  ) {
    precondition(master.fits(profile), "a master key whose length is not its profile's")
    let label = stream.rawValue
    var key = Self.derive(label, profile.keyByteCount, from: master)
    var code = profile.isAEAD ? [] : Self.derive(label + 1, 20, from: master)
    var salt = Self.derive(label + 2, profile.saltByteCount, from: master)
    self.init(profile, direction, key: key, code: code, salt: salt, isFast: isFast)
    key.cleanse()
    code.cleanse()
    salt.cleanse()
  }

  /// From session keys, which is how the vectors of RFC 7714 come.
  init(
    _ profile: SRTPProfile, _ direction: Direction, key: [UInt8], code: [UInt8], salt: [UInt8], isFast: Bool
  ) {
    self.direction = direction
    isAEAD = profile.isAEAD
    secrets = .allocate(capacity: 1)
    secrets.initialize(to: tandem_srtp_secrets())
    if isFast && profile.isAEAD && tandem_gcm_load() == nil {
      fast = tandem_gcm_make(key, key.count)
      precondition(fast != nil, "no memory for a cipher")
      context = nil
    } else {
      fast = nil
      context = Self.prepare(profile, direction, key)
    }
    secrets.pointee.salt_high = salt[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    let rest = salt[8...].reduce(0) { $0 << 8 | UInt64($1) }
    secrets.pointee.salt_low = rest << UInt64(8 * (16 - salt.count))
    if isAEAD {
      tandem_srtp_prepare_tag(secrets, profile.tagByteCount)
    } else {
      tandem_hmac_sha1_prepare(&secrets.pointee.code, code, code.count)
    }
  }

  private static func prepare(
    _ profile: SRTPProfile, _ direction: Direction, _ key: [UInt8]
  ) -> OpaquePointer {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    let cipher =
      switch profile {
      case .aeadAES128GCM: EVP_aes_128_gcm()
      case .aeadAES256GCM: EVP_aes_256_gcm()
      case .aesCM128HMACSHA180: EVP_aes_128_ctr()
      }
    let nothing = [UInt8](repeating: 0, count: 16)
    let isReady =
      direction == .seal || !profile.isAEAD
      ? EVP_EncryptInit_ex2(context, cipher, key, nothing, nil)
      : EVP_DecryptInit_ex2(context, cipher, key, nothing, nil)
    precondition(isReady == 1, "OpenSSL does not offer a cipher of SRTP: \(ErrorQueue.drain())")
    return context
  }

  /// Freeing the contexts wipes the keys inside.
  deinit {
    EVP_CIPHER_CTX_free(context)
    tandem_gcm_free(fast)
    OPENSSL_cleanse(secrets, MemoryLayout<tandem_srtp_secrets>.size)
    secrets.deallocate()
  }

  /// The key stream of AES in counter mode from a label and the master salt; a salt of 96 bits counts as one of 112
  /// with zeros behind it.
  static func derive(_ label: UInt8, _ count: Int, from master: SRTPMasterKey) -> [UInt8] {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    defer { EVP_CIPHER_CTX_free(context) }
    var start = master.salt.bytes
    start += [UInt8](repeating: 0, count: 16 - start.count)
    start[7] ^= label
    defer { start.cleanse() }
    let zeros = [UInt8](repeating: 0, count: count)
    var written: Int32 = 0
    let cipher = master.key.count == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let isDerived = master.key.withSpan { key in
        key.withUnsafeBufferPointer { key in
          EVP_EncryptInit_ex2(context, cipher, key.baseAddress, start, nil) == 1
            && EVP_EncryptUpdate(context, buffer.baseAddress, &written, zeros, Int32(count)) == 1
        }
      }
      precondition(isDerived, "OpenSSL does not offer AES in counter mode: \(ErrorQueue.drain())")
      filled = count
    }
  }

  // MARK: AEAD

  /// Encrypts the `count` bytes where they lie and `rest` to behind them; behind that comes the tag, unless it is to be
  /// elsewhere. What is authenticated stays readable.
  @inline(__always)
  borrowing func seal(
    source: UInt32, index: UInt64, authentic: UnsafeBufferPointer<UInt8>,
    _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, rest: UnsafeBufferPointer<UInt8>,
    tag: UnsafeMutablePointer<UInt8>
  ) {
    var vector = vector(source: source, index: index)
    withUnsafeBytes(of: &vector) { vector in
      guard let vector = vector.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      if let fast {
        tandem_gcm_seal(
          fast, vector, authentic.baseAddress, authentic.count, bytes, count, rest.baseAddress, rest.count,
          tag)
        return
      }
      begin(vector)
      authenticate(authentic)
      crypt(bytes, count, to: bytes)
      if let from = rest.baseAddress { crypt(from, rest.count, to: bytes + count) }
      var written: Int32 = 0
      let isDone =
        EVP_CipherFinal_ex(context, tag, &written) == 1 && tandem_srtp_get_tag(context, secrets, tag) == 1
      precondition(isDone, "a prepared cipher ends with a tag")
    }
  }

  /// Decrypts the bytes where they lie; whether they and what is authenticated have that tag.
  @inline(__always)
  borrowing func open(
    source: UInt32, index: UInt64, authentic: UnsafeBufferPointer<UInt8>,
    _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, tag: UnsafePointer<UInt8>
  ) -> Bool {
    var vector = vector(source: source, index: index)
    return withUnsafeBytes(of: &vector) { vector in
      guard let vector = vector.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
      if let fast {
        return tandem_gcm_open(fast, vector, authentic.baseAddress, authentic.count, bytes, count, tag) == 1
      }
      begin(vector)
      authenticate(authentic)
      crypt(bytes, count, to: bytes)
      var (written, nowhere): (Int32, UInt8) = (0, 0)
      guard tandem_srtp_set_tag(context, secrets, tag) == 1,
        EVP_CipherFinal_ex(context, &nowhere, &written) == 1
      else {
        ERR_clear_error()
        return false
      }
      return true
    }
  }

  @inline(__always)
  private borrowing func authenticate(_ bytes: UnsafeBufferPointer<UInt8>) {
    var written: Int32 = 0
    let status = EVP_CipherUpdate(context, nil, &written, bytes.baseAddress, Int32(bytes.count))
    precondition(status == 1, "a prepared cipher takes any bytes")
  }

  // MARK: AES-CM

  /// Sets the initial vector for a packet.
  @inline(__always)
  borrowing func begin(source: UInt32, index: UInt64) {
    var vector = vector(source: source, index: index)
    withUnsafeBytes(of: &vector) { vector in
      if let vector = vector.baseAddress { begin(vector.assumingMemoryBound(to: UInt8.self)) }
    }
  }

  /// RFC 3711 section 4.1.1, RFC 7714 sections 8.1 and 9.1.
  @inline(__always)
  private borrowing func vector(source: UInt32, index: UInt64) -> (UInt64, UInt64) {
    let source = UInt64(source)
    return isAEAD
      ? (
        (secrets.pointee.salt_high ^ (source << 16 | index >> 32)).bigEndian,
        (secrets.pointee.salt_low ^ index << 32).bigEndian
      )
      : (
        (secrets.pointee.salt_high ^ source).bigEndian, (secrets.pointee.salt_low ^ index << 16).bigEndian
      )
  }

  @inline(__always)
  private borrowing func begin(_ vector: UnsafePointer<UInt8>) {
    let status =
      direction == .seal || !isAEAD
      ? EVP_EncryptInit_ex2(context, nil, nil, vector, nil)
      : EVP_DecryptInit_ex2(context, nil, nil, vector, nil)
    precondition(status == 1, "a prepared cipher takes any initial vector")
  }

  /// Encrypts or decrypts; both places may be the same.
  @inline(__always)
  borrowing func crypt(_ from: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>) {
    guard count > 0 else { return }
    var written: Int32 = 0
    let status = EVP_CipherUpdate(context, target, &written, from, Int32(count))
    precondition(status == 1 && written == Int32(count), "a prepared cipher takes any bytes")
  }

  /// The first bytes of HMAC-SHA1 over the bytes and a number after them.
  @inline(__always)
  borrowing func withCode<Result>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, roundCounter: UInt32? = nil,
    _ body: (UnsafePointer<UInt8>) -> Result
  ) -> Result {
    var code: (UInt64, UInt64, UInt32) = (0, 0, 0)
    var round = (roundCounter ?? 0).bigEndian
    return withUnsafeMutableBytes(of: &code) { code in
      let start = code.assumingMemoryBound(to: UInt8.self).baseAddress
      guard let start else { preconditionFailure("a tuple has an address") }
      tandem_hmac_sha1(&secrets.pointee.code, bytes, count, &round, roundCounter == nil ? 0 : 4, start)
      return body(start)
    }
  }
}
