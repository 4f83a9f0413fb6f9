// The answers to a binding request (RFC 8489, section 6.3; RFC 8445, section 7.3), as a lite agent gives them. Each
// writes into the caller's bytes, which hold at least `Limits.stunResponseByteCount`, and returns how many it wrote.

/// The errors we answer with.
package enum STUNError: UInt16, Sendable {
  case badRequest = 400
  case unauthenticated = 401
  case unknownAttribute = 420
  case roleConflict = 487
}

package enum STUNResponse {
  /// The address that the request came from, signed with our password.
  package static func success(
    to request: STUNMessage, mapped address: TransportAddress, into output: inout MutableSpan<UInt8>,
    hmacSHA1: (_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest
  ) -> Int {
    var writer = STUNWriter(
      .success, method: request.method, transaction: request.transaction, into: &output)
    writer.appendMapped(address, into: &output)
    writer.appendIntegrity(into: &output, hmacSHA1: hmacSHA1)
    writer.appendFingerprint(into: &output)
    return writer.byteCount
  }

  /// An error that the client can trust, to a request that was signed.
  package static func error(
    _ error: STUNError, to request: STUNMessage, into output: inout MutableSpan<UInt8>,
    hmacSHA1: (_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest
  ) -> Int {
    var writer = open(error, request, into: &output)
    writer.appendIntegrity(into: &output, hmacSHA1: hmacSHA1)
    writer.appendFingerprint(into: &output)
    return writer.byteCount
  }

  /// An error without a signature: to a request that had none, or a wrong one.
  package static func error(
    _ error: STUNError, to request: STUNMessage, into output: inout MutableSpan<UInt8>
  ) -> Int {
    var writer = open(error, request, into: &output)
    writer.appendFingerprint(into: &output)
    return writer.byteCount
  }

  private static func open(
    _ error: STUNError, _ request: STUNMessage, into output: inout MutableSpan<UInt8>
  ) -> STUNWriter {
    var writer = STUNWriter(.error, method: request.method, transaction: request.transaction, into: &output)
    writer.appendError(error, into: &output)
    if error == .unknownAttribute { writer.appendUnknown(request.notUnderstood, into: &output) }
    return writer
  }
}

/// For the fuzzers: whatever is read can be answered, and the answer is read again as it was meant.
package enum STUNFuzz {
  package static func fuzz(_ bytes: Span<UInt8>) {
    guard let message = try? STUNMessage(bytes) else { return }
    let isAuthentic = message.isAuthentic(bytes) { _, _ in STUNDigest(repeating: 0) }
    precondition(!isAuthentic || message.integrityOffset != nil, "only what is signed is authentic")
    var output = InlineArray<256, UInt8>(repeating: 0)
    var span = output.mutableSpan
    let mapped = message.mappedAddress ?? TransportAddress(high: 1, low: 2, port: 3)
    let count = STUNResponse.success(to: message, mapped: mapped, into: &span) { _, _ in
      STUNDigest(repeating: 1)
    }
    let answer = try? STUNMessage(span.span.extracting(..<count))
    precondition(answer?.mappedAddress == mapped, "an address must survive")
    precondition(answer?.transaction == message.transaction, "an answer names its request")
    let refusal = STUNResponse.error(.unknownAttribute, to: message, into: &span)
    precondition((try? STUNMessage(span.span.extracting(..<refusal)))?.errorCode == 420, "an error is read")
  }
}
