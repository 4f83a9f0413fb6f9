// The certificate of a PEM file, for who wants to know whether it is any good before it is served: how long
// it holds, and whether a key belongs to it.

import COpenSSL

package struct CertificateFile: ~Copyable {
  package struct Failure: Error, Equatable, Sendable {
    /// What is wrong, for an operator; the file's name is not in it.
    package let message: String
  }

  private let raw: OpaquePointer
  package let notBeforeSeconds: Int64
  package let notAfterSeconds: Int64

  /// The file's first certificate: the server's own.
  package init(path: String) throws(Failure) {
    guard let file = BIO_new_file(path, "r") else { throw Self.unreadable() }
    defer { BIO_free(file) }
    guard let raw = PEM_read_bio_X509(file, nil, Self.noPassword, nil) else {
      _ = ErrorQueue.drain()
      throw Failure(message: "holds no certificate in PEM form")
    }
    guard let from = Self.seconds(X509_get0_notBefore(raw)), let until = Self.seconds(X509_get0_notAfter(raw))
    else {
      X509_free(raw)
      throw Failure(message: "holds a certificate whose dates make no sense")
    }
    self.raw = raw
    notBeforeSeconds = from
    notAfterSeconds = until
  }

  deinit { X509_free(raw) }

  /// Whether the private key in that file is this certificate's.
  package func matches(keyPath: String) throws(Failure) -> Bool {
    guard let file = BIO_new_file(keyPath, "r") else { throw Self.unreadable() }
    defer { BIO_free(file) }
    guard let key = PEM_read_bio_PrivateKey(file, nil, Self.noPassword, nil) else {
      _ = ErrorQueue.drain()
      throw Failure(message: "holds no private key in PEM form that can be read without a password")
    }
    defer { EVP_PKEY_free(key) }
    defer { _ = ErrorQueue.drain() }
    return X509_check_private_key(raw, key) == 1
  }

  /// Otherwise OpenSSL would ask at the terminal.
  private static let noPassword:
    @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
      _, _, _, _ in
      -1
    }

  private static func unreadable() -> Failure {
    _ = ErrorQueue.drain()
    return Failure(message: "can't be read: it is not there, or not for this user")
  }

  /// Since 1970.
  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    guard let time, let start = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_STRING_free(start) }
    var (days, seconds): (Int32, Int32) = (0, 0)
    guard ASN1_TIME_diff(&days, &seconds, start, time) == 1 else {
      _ = ErrorQueue.drain()
      return nil
    }
    return Int64(days) * 86_400 + Int64(seconds)
  }
}
