// The client's end of one TLS connection (1.2 or 1.3) without a socket: what came in and what is to go out are bytes.

import COpenSSL

package final class TLSClientContext: Sendable {
  package enum Authorities: Sendable {
    case system
    case file(String)
    case anything
  }

  // Safe to share: OpenSSL counts references to it by itself, and nothing changes it after the start.
  nonisolated(unsafe) let raw: OpaquePointer

  package init(_ authorities: Authorities) throws(TLSFailure) {
    guard let raw = SSL_CTX_new(TLS_client_method()) else { preconditionFailure("no memory for TLS") }
    self.raw = raw
    tandem_tls_at_least_1_2(raw)
    switch authorities {
    case .system:
      SSL_CTX_set_default_verify_paths(raw)
      SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    case .file(let path):
      guard SSL_CTX_load_verify_file(raw, path) == 1 else {
        throw TLSFailure(description: "\(path) is no file of certificates: \(ErrorQueue.drain())")
      }
      SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    case .anything: SSL_CTX_set_verify(raw, SSL_VERIFY_NONE, nil)
    }
  }

  deinit { SSL_CTX_free(raw) }
}

package struct TLSClient: ~Copyable {
  private let ssl: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  package private(set) var isReady = false
  /// In words for an operator.
  package private(set) var failure: String?

  package init(_ context: TLSClientContext, host: String) {
    guard let ssl = SSL_new(context.raw), let incoming = BIO_new(BIO_s_mem()),
      let outgoing = BIO_new(BIO_s_mem())
    else { preconditionFailure("no memory for TLS") }
    self.ssl = ssl
    self.incoming = incoming
    self.outgoing = outgoing
    SSL_set_bio(ssl, incoming, outgoing)
    tandem_tls_host(ssl, host)
    SSL_set_connect_state(ssl)
    advance()
  }

  deinit { SSL_free(ssl) }

  private mutating func advance() {
    guard !isReady, failure == nil else { return }
    ERR_clear_error()
    let status = SSL_do_handshake(ssl)
    if status == 1 { isReady = true } else { judge(status) }
  }

  private mutating func judge(_ status: Int32) {
    switch SSL_get_error(ssl, status) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
    case SSL_ERROR_ZERO_RETURN: failure = "the server closed the connection"
    default:
      let verified = SSL_get_verify_result(ssl)
      failure =
        verified == X509_V_OK
        ? "TLS failed: \(ErrorQueue.drain())"
        : "the server's certificate is not good: \(String(cString: X509_verify_cert_error_string(verified)))"
    }
    ERR_clear_error()
  }

  /// Bytes from the network.
  package mutating func receive(_ bytes: [UInt8]) {
    BIO_write(incoming, bytes, Int32(bytes.count))
    advance()
  }

  /// What the server said, piece by piece; nil until more comes in.
  package mutating func takePlain() -> [UInt8]? {
    guard isReady, failure == nil else { return nil }
    var status: Int32 = 0
    let plain = [UInt8](unsafeUninitializedCapacity: Limits.longestRecordBytes) { buffer, filled in
      ERR_clear_error()
      status = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
      filled = max(0, Int(status))
    }
    if status > 0 { return plain }
    judge(status)
    return nil
  }

  /// Only once it is ready.
  package mutating func send(_ bytes: [UInt8]) {
    guard isReady, failure == nil, !bytes.isEmpty else { return }
    ERR_clear_error()
    let status = SSL_write(ssl, bytes, Int32(bytes.count))
    if status <= 0 { judge(status) }
  }

  /// Bytes for the network; nil when there are none.
  package mutating func takeOutgoing() -> [UInt8]? {
    let waiting = BIO_ctrl_pending(outgoing)
    guard waiting > 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: waiting) { buffer, filled in
      filled = max(0, Int(BIO_read(outgoing, buffer.baseAddress, Int32(waiting))))
    }
  }
}
