// DTLS handshakes between two of our sessions: over the worst of links, with split first flights, and with peers that
// must be refused.

import AllocationCount
import Testing

@testable import Crypto

/// Two sessions and the link between them, in a few real milliseconds: OpenSSL has its own clock.
final class DTLSPair {
  static let certificates = (DTLSCertificate(), DTLSCertificate())

  var server: DTLSSession
  var client: DTLSSession

  init(
    server serverProfiles: [SRTPProfile] = SRTPProfile.allCases,
    client clientProfiles: [SRTPProfile] = SRTPProfile.allCases,
    serverExpects: DTLSFingerprint? = nil, clientExpects: DTLSFingerprint? = nil
  ) {
    let (one, other) = Self.certificates
    let serverContext = DTLSContext(one, profiles: serverProfiles, firstTimeout: .milliseconds(5))
    let clientContext = DTLSContext(other, profiles: clientProfiles, firstTimeout: .milliseconds(5))
    server = DTLSSession(serverContext, .server, expecting: [serverExpects ?? other.fingerprint])
    client = DTLSSession(clientContext, .client, expecting: [clientExpects ?? one.fingerprint])
    server.proveAddress()
    client.proveAddress()
    client.start()
  }

  static func drain(_ session: inout DTLSSession) -> [[UInt8]] {
    var datagrams: [[UInt8]] = []
    var slot = [UInt8](repeating: 0, count: 1_500)
    while true {
      var span = slot.mutableSpan
      guard let count = session.takeDatagram(into: &span) else { return datagrams }
      datagrams.append(Array(slot.prefix(count)))
    }
  }

  /// Everything arrives, at once and in order.
  func exchange() {
    for _ in 0..<10 {
      for datagram in Self.drain(&client) { server.receive(datagram.span) }
      for datagram in Self.drain(&server) { client.receive(datagram.span) }
    }
  }

  var isConnected: Bool { server.state == .connected && client.state == .connected }
  // What is owned once can't be looked into by an expectation.
  var serverState: DTLSSession.State { server.state }
  var clientState: DTLSSession.State { client.state }
  var serverHasKeys: Bool { server.exportKeys() != nil }
  var clientHasKeys: Bool { client.exportKeys() != nil }
}

@Suite("DTLS") struct DTLSTests {
  private func sameKeys(_ pair: DTLSPair, _ profile: SRTPProfile) -> Bool {
    guard let ours = pair.server.exportKeys(), let theirs = pair.client.exportKeys() else { return false }
    return ours.profile == profile && theirs.profile == profile
      && ours.sending.key.bytes == theirs.receiving.key.bytes
      && ours.sending.salt.bytes == theirs.receiving.salt.bytes
      && ours.receiving.key.bytes == theirs.sending.key.bytes
      && ours.receiving.salt.bytes == theirs.sending.salt.bytes
      && ours.sending.key.bytes != ours.receiving.key.bytes
  }

  @Test("both sides get the same keys, of the first profile that both have")
  func profiles() {
    for (client, expected) in [
      (SRTPProfile.allCases, SRTPProfile.aeadAES128GCM), ([.aeadAES256GCM], .aeadAES256GCM),
      ([.aesCM128HMACSHA180, .aeadAES256GCM], .aeadAES256GCM), ([.aesCM128HMACSHA180], .aesCM128HMACSHA180),
    ] {
      let pair = DTLSPair(client: client)
      pair.exchange()
      #expect(pair.isConnected)
      #expect(sameKeys(pair, expected))
    }
  }

  @Test(
    "a handshake ends over a link that loses, swaps, repeats and invents",
    arguments: 1...8 as ClosedRange<UInt64>)
  func badLink(seed: UInt64) async throws {
    var generator = Seeded(seed)
    let pair = DTLSPair()
    var onTheWay: [(toServer: Bool, bytes: [UInt8])] = []
    var clock = ContinuousClock.now
    let end = clock + .seconds(5)
    while !pair.isConnected && clock < end {
      for toServer in [true, false] {
        let sent = toServer ? DTLSPair.drain(&pair.client) : DTLSPair.drain(&pair.server)
        for datagram in sent {
          #expect(datagram.count <= 1_200)
          let fate = Int.random(in: 0..<10, using: &generator)
          if fate >= 2 { onTheWay.append((toServer, datagram)) }
          if fate == 9 { onTheWay.append((toServer, datagram)) }
          if fate == 8 { onTheWay.append((toServer, Array(datagram.reversed()))) }
        }
      }
      onTheWay.shuffle(using: &generator)
      for (toServer, datagram) in onTheWay {
        if toServer { pair.server.receive(datagram.span) } else { pair.client.receive(datagram.span) }
      }
      onTheWay = []
      try await Task.sleep(for: .milliseconds(1))
      clock = ContinuousClock.now
      pair.server.handleTimeout()
      pair.client.handleTimeout()
      // Whoever is done hears the other's last flight again, and answers it.
    }
    #expect(pair.isConnected, "\(pair.serverState) \(pair.clientState)")
    #expect(sameKeys(pair, .aeadAES128GCM))
  }

  /// A ClientHello in two fragments, each in a datagram; with padding it has a browser's size, but then only the
  /// answer can be had, since the client itself knows nothing of the padding.
  private func split(_ hello: [UInt8], padding: Int) -> [[UInt8]] {
    var body = Array(hello[25...])
    if padding > 0 {
      let extensionsAt = 34 + 1 + Int(body[34]) + 1
      let ciphersAt = extensionsAt + Int(body[extensionsAt - 1])
      let compressionAt = ciphersAt + 2 + Int(body[ciphersAt]) << 8 + Int(body[ciphersAt + 1])
      let lengthAt = compressionAt + 1 + Int(body[compressionAt])
      let length = Int(body[lengthAt]) << 8 + Int(body[lengthAt + 1]) + padding + 4
      body[lengthAt] = UInt8(length >> 8)
      body[lengthAt + 1] = UInt8(length & 0xFF)
      body += [0, 21, UInt8(padding >> 8), UInt8(padding & 0xFF)] + [UInt8](repeating: 0, count: padding)
    }
    let middle = body.count / 2
    return [(0, body[..<middle]), (middle, body[middle...])].enumerated().map { number, part in
      let (offset, bytes) = part
      func three(_ value: Int) -> [UInt8] {
        [UInt8(value >> 16), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
      }
      let message =
        [1] + three(body.count) + [hello[17], hello[18]] + three(offset) + three(bytes.count) + bytes
      return [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, UInt8(5 + number)]
        + [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }
  }

  @Test("a first flight in two datagrams is put together, also swapped and repeated", arguments: [0, 1_250])
  func fragments(padding: Int) throws {
    for order in [[0, 1], [1, 0], [1, 1, 0], [0, 0, 1, 1]] {
      let pair = DTLSPair()
      let flight = DTLSPair.drain(&pair.client)
      let hello = try #require(flight.first)
      let parts = split(hello, padding: padding)
      for number in order {
        let part = parts[number]
        pair.server.receive(part.span)
      }
      let answer = DTLSPair.drain(&pair.server)
      #expect(!answer.isEmpty, "\(order)")
      guard padding == 0 else {
        #expect(parts.map(\.count).reduce(0, +) > 1_400)
        continue
      }
      for datagram in answer { pair.client.receive(datagram.span) }
      pair.exchange()
      #expect(pair.isConnected, "\(order)")
    }
  }

  @Test("who has another certificate than signaling said gets no key, whichever side it is")
  func wrongFingerprint() throws {
    let stranger = DTLSCertificate().fingerprint
    var pair = DTLSPair(serverExpects: stranger)
    pair.exchange()
    #expect(pair.serverState == .failed(.fingerprint) && !pair.serverHasKeys)
    #expect(pair.clientState == .closed)
    pair = DTLSPair(clientExpects: stranger)
    pair.exchange()
    #expect(pair.clientState == .failed(.fingerprint) && !pair.clientHasKeys)
  }

  @Test("without a common profile there is no connection")
  func noCommonProfile() {
    let pair = DTLSPair(server: [.aeadAES128GCM], client: [.aesCM128HMACSHA180])
    pair.exchange()
    #expect(!pair.isConnected && !pair.serverHasKeys && !pair.clientHasKeys)
    #expect(pair.serverState != .handshaking)
  }

  @Test("noise is counted and changes nothing; application bytes and a goodbye arrive")
  func conversation() throws {
    var generator = Seeded(1)
    let pair = DTLSPair()
    for _ in 0..<100 {
      let noise = (0..<Int.random(in: 0...100, using: &generator)).map { _ in
        UInt8.random(in: 64...255, using: &generator)
      }
      pair.server.receive(noise.span)
    }
    let ignored = pair.server.ignoredDatagrams
    #expect(ignored == 100)
    pair.exchange()
    #expect(pair.isConnected)
    let message = [UInt8](repeating: 7, count: 1_150)
    let isSent = pair.client.send(message.span)
    #expect(isSent)
    let longer = message + [7]
    let isTooLong = !pair.client.send(longer.span)
    #expect(isTooLong)
    var heard: [[UInt8]] = []
    for datagram in DTLSPair.drain(&pair.client) {
      #expect(datagram.count <= 1_200)
      var altered = datagram
      altered[30] ^= 1
      pair.server.receive(altered.span)
      for _ in 0..<2 {
        pair.server.receive(datagram.span) { bytes in heard.append((0..<bytes.count).map { bytes[$0] }) }
      }
    }
    #expect(heard == [message])
    pair.server.close()
    pair.exchange()
    #expect(pair.clientState == .closed && pair.serverState == .closed)
  }

  @Test("a peer whose address is not proved gets at most three times what it sent")
  func amplification() throws {
    let (one, other) = DTLSPair.certificates
    var server = DTLSSession(DTLSContext(one), .server, expecting: [other.fingerprint])
    var client = DTLSSession(DTLSContext(other), .client, expecting: [one.fingerprint])
    client.start()
    let early = DTLSPair.drain(&client)
    #expect(early.isEmpty)
    client.proveAddress()
    let flight = DTLSPair.drain(&client)
    let hello = try #require(flight.first)
    server.receive(hello.span)
    let answered = DTLSPair.drain(&server)
    #expect(answered.map(\.count).reduce(0, +) <= 3 * hello.count)
    server.proveAddress()
    let all = answered + DTLSPair.drain(&server)
    #expect(all.map(\.count).reduce(0, +) > 3 * hello.count)
  }

  @Test("fingerprints read as in a description")
  func fingerprints() throws {
    let known = try #require(DTLSFingerprint(.sha256, [0x4A, 0x0F] + [UInt8](repeating: 0xB1, count: 30)))
    #expect(known.text.hasPrefix("sha-256 4A:0F:B1:") && known.text.utf8.count == 8 + 32 * 3 - 1)
    #expect(DTLSFingerprint(.sha384, [1]) == nil)
    for algorithm in DTLSFingerprint.Algorithm.allCases {
      let (one, other) = DTLSPair.certificates
      let print = try #require(DTLSFingerprint(algorithm, of: one.certificate))
      #expect(print.matches(one.certificate))
      #expect(!print.matches(other.certificate))
    }
  }

  @Test("ten thousand sessions come and go, and the heap is as it was")
  func growth() {
    let (one, other) = DTLSPair.certificates
    let context = DTLSContext(one)
    func make() -> Bool {
      let session = DTLSSession(context, .server, expecting: [other.fingerprint])
      return session.state == .handshaking
    }
    for _ in 0..<100 { _ = make() }
    let before = tandem_heap_bytes()
    var made = 0
    for _ in 0..<10_000 where make() { made += 1 }
    let after = tandem_heap_bytes()
    #expect(made == 10_000)
    // Other tests run beside this one; a session that stayed would be ten kilobytes each.
    #expect(Int(after) - Int(before) < 40_000_000)
  }
}
