// The server's certificate for DTLS: ECDSA on P-256, signed by itself, made at start and known to peers only by its
// fingerprint. One for all workers.

import COpenSSL

/// Safe to share: neither key nor certificate changes once made, and OpenSSL counts references atomically.
package final class DTLSCertificate: @unchecked Sendable {
  let certificate: OpaquePointer
  let key: OpaquePointer
  package let fingerprint: DTLSFingerprint

  /// Valid from a day before, for peers whose clock is late, for as long as any process runs.
  package init() {
    guard let key = tandem_generate_p256(), let certificate = X509_new(), let name = X509_NAME_new(),
      let serial = ASN1_INTEGER_new()
    else { preconditionFailure("OpenSSL makes no P-256 key: \(ErrorQueue.drain())") }
    defer {
      X509_NAME_free(name)
      ASN1_INTEGER_free(serial)
    }
    let number = SecureRandom.bytes(8).reduce(0) { $0 << 8 | UInt64($1) } >> 1 | 1
    let isMade =
      X509_set_version(certificate, 2) == 1
      && ASN1_INTEGER_set_uint64(serial, number) == 1
      && X509_set_serialNumber(certificate, serial) == 1
      && X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400) != nil
      && X509_gmtime_adj(X509_getm_notAfter(certificate), Limits.certificateSeconds) != nil
      && X509_NAME_add_entry_by_txt(name, "CN", 0x1000 | 1, Array("tandem".utf8), 6, -1, 0) == 1
      && X509_set_subject_name(certificate, name) == 1 && X509_set_issuer_name(certificate, name) == 1
      && X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0
    guard isMade, let fingerprint = DTLSFingerprint(.sha256, of: certificate) else {
      preconditionFailure("OpenSSL signs no certificate: \(ErrorQueue.drain())")
    }
    self.key = key
    self.certificate = certificate
    self.fingerprint = fingerprint
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }
}
