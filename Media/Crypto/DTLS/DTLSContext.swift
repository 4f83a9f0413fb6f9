// What all DTLS sessions of a worker share: certificate, protection profiles, groups, and the way datagrams go in and
// out of OpenSSL. DTLS 1.2 only, as WebRTC asks for.

import COpenSSL

/// Safe to share: OpenSSL locks a context, and nothing here changes after it is made.
package final class DTLSContext: @unchecked Sendable {
  let raw: OpaquePointer
  let method: OpaquePointer
  let firstTimeoutMicroseconds: UInt32
  package let certificate: DTLSCertificate

  /// `profiles` in the order of preference; a retransmission is first due after `firstTimeout`, then after twice as
  /// long each time, up to four seconds.
  package init(
    _ certificate: DTLSCertificate,
    profiles: [SRTPProfile] = [.aeadAES128GCM, .aeadAES256GCM, .aesCM128HMACSHA180],
    firstTimeout: Duration = .milliseconds(400)
  ) {
    precondition(!profiles.isEmpty, "without a profile there is no media")
    guard let raw = SSL_CTX_new(DTLS_method()), let method = DTLSWire.makeMethod() else {
      preconditionFailure("OpenSSL offers no DTLS: \(ErrorQueue.drain())")
    }
    let names = profiles.map(Self.name(of:)).joined(separator: ":")
    // ECDSA for our own certificate; RSA for peers that have one when we are the client.
    let ciphers =
      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
      + "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
    let isReady =
      tandem_dtls_only_1_2(raw) == 1 && SSL_CTX_set_cipher_list(raw, ciphers) == 1
      // P-256 is for certificates as well: without it most would be refused.
      && tandem_set_groups(raw, "X25519:P-256") == 1
      && SSL_CTX_set_tlsext_use_srtp(raw, names) == 0
      && SSL_CTX_use_certificate(raw, certificate.certificate) == 1
      && SSL_CTX_use_PrivateKey(raw, certificate.key) == 1
      && tandem_set_max_send_fragment(raw, Limits.datagramBytes) == 1
    precondition(isReady, "OpenSSL refuses what DTLS needs: \(ErrorQueue.drain())")
    tandem_dtls_options(raw)
    // Any certificate goes through; a session compares its fingerprint before it gives out a key.
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { _, _ in 1 }
    self.raw = raw
    self.method = method
    self.certificate = certificate
    let (seconds, attoseconds) = firstTimeout.components
    firstTimeoutMicroseconds = UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
  }

  deinit {
    SSL_CTX_free(raw)
    BIO_meth_free(method)
  }

  private static func name(of profile: SRTPProfile) -> String {
    switch profile {
    case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
    case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
    case .aesCM128HMACSHA180: "SRTP_AES128_CM_SHA1_80"
    }
  }
}
