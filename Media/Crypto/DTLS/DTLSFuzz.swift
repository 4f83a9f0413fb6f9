// For the fuzzers: a handshake that begins with any datagrams at all. What OpenSSL makes of them is its own business;
// that we never answer an unproved address with more than it is worth, and give out no key, is ours.

package enum DTLSFuzz {
  private static let certificate = DTLSCertificate()
  private static let context = DTLSContext(certificate)

  /// A client's first flight, to make broken ones from.
  package static func firstFlight() -> [UInt8] {
    var client = DTLSSession(context, .client, expecting: [])
    client.proveAddress()
    client.start()
    var slot = [UInt8](repeating: 0, count: Limits.datagramBytes)
    var span = slot.mutableSpan
    let count = client.takeDatagram(into: &span) ?? 0
    return Array(slot.prefix(count))
  }

  package static func fuzz(_ bytes: Span<UInt8>) {
    let middle = bytes.count / 2
    for role in [DTLSSession.Role.server, .client] {
      var session = DTLSSession(context, role, expecting: [certificate.fingerprint])
      session.start()
      session.receive(bytes)
      session.receive(bytes.extracting(middle...))
      session.receive(bytes.extracting(..<middle))
      var sent = 0
      var slot = InlineArray<1_200, UInt8>(repeating: 0)
      var span = slot.mutableSpan
      while session.hasDatagram, let count = session.takeDatagram(into: &span) { sent += count }
      precondition(sent <= 6 * bytes.count, "an unproved address gets no more than three times what it sent")
      precondition(session.exportKeys() == nil, "no key without a whole handshake")
    }
  }
}
