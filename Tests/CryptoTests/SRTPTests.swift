// Our SRTP against libsrtp2's in both directions, through the worst that a network does, and the bounds of ours.

import AllocationCount
import Testing

@testable import Crypto

@Suite("SRTP") struct SRTPTests {
  /// One stream of packets over a bad network: lost for long, swapped, repeated, altered. Whoever reads, both
  /// implementations say the same of each packet that arrives.
  private func journey<Sender: SRTPUnderTest & ~Copyable>(
    from _: Sender.Type, _ profile: SRTPProfile, seed: UInt64
  ) throws {
    var generator = Seeded(seed)
    let one = SRTPMasterKey(profile, using: &generator)
    let other = SRTPMasterKey(profile, using: &generator)
    var sender = Sender(profile, sending: one, receiving: other, allowsRepeats: false)
    var ours = SRTPSession(profile, sending: other, receiving: one)
    var theirs = LibSRTPSession(profile, sending: other, receiving: one)
    var sequences: [UInt32: Int] = [1: 65_400, 0xFFFF_FFFF: 0, 77: 32_700]
    var late: [(TestPacket, [UInt8])] = []
    var opened = 0
    for _ in 0..<400 {
      let source = ([1, 0xFFFF_FFFF, 77] as [UInt32]).randomElement(using: &generator) ?? 1
      let gap = Int.random(in: 0..<40, using: &generator)
      let step = gap == 0 ? Int.random(in: 2...9_000, using: &generator) : gap < 4 ? gap + 1 : 1
      let sequence = (sequences[source] ?? 0) + step
      sequences[source] = sequence
      let packet = TestPacket.random(
        source: source, sequence: UInt16(truncatingIfNeeded: sequence), using: &generator)
      let sealed = try sender.protect(packet)
      late.append((packet, sealed))
      if late.count > 8 { late.remove(at: Int.random(in: 0..<late.count, using: &generator)) }
      let (original, arriving) = late[Int.random(in: 0..<late.count, using: &generator)]
      var altered = arriving
      altered[Int.random(in: 2..<altered.count, using: &generator)] ^=
        1 << UInt8.random(in: 0..<8, using: &generator)
      let (a, b) = (ours.open(altered), theirs.open(altered))
      #expect((try? a.get()) == nil && (try? b.get()) == nil, "an altered packet is refused by both")
      let (result, reference) = (ours.open(arriving), theirs.open(arriving))
      #expect(result == reference)
      if case .success(let bytes) = result {
        #expect(bytes == original.bytes)
        opened += 1
        #expect(ours.open(arriving) == .failure(.replay))
        #expect(theirs.open(arriving) == .failure(.replay))
      }
    }
    #expect(opened > 100)
  }

  @Test(
    "what we protect, both read alike: reordered, repeated, altered, after losses of thousands and roll-overs",
    arguments: SRTPProfile.allCases, 1...4 as ClosedRange<UInt64>)
  func ours(profile: SRTPProfile, seed: UInt64) throws {
    try journey(from: SRTPSession.self, profile, seed: seed)
  }

  @Test(
    "what libsrtp2 protects, both read alike", arguments: SRTPProfile.allCases, 5...8 as ClosedRange<UInt64>)
  func theirs(profile: SRTPProfile, seed: UInt64) throws {
    try journey(from: LibSRTPSession.self, profile, seed: seed)
  }

  @Test(
    "both protect to the same octets, in place and from the history, through many roll-overs",
    arguments: SRTPProfile.allCases, [false, true])
  func sameOctets(profile: SRTPProfile, isFast: Bool) throws {
    var generator = Seeded(42)
    let master = SRTPMasterKey(profile, using: &generator)
    var ours = SRTPSession(profile, sending: master, receiving: master, isFast: isFast)
    var theirs = LibSRTPSession(profile, sending: master, receiving: master)
    var sequence = 65_000
    for _ in 0..<100 {
      sequence += Int.random(in: 1...30_000, using: &generator)
      let packet = TestPacket.random(
        source: 9, sequence: UInt16(truncatingIfNeeded: sequence), using: &generator)
      let expected = try theirs.protect(packet)
      // A part is in the slot already, the rest comes from elsewhere.
      let there = Int.random(in: packet.headerCount...packet.bytes.count, using: &generator)
      var slot = [UInt8](repeating: 0xAA, count: 2_048)
      slot.replaceSubrange(0..<there, with: packet.bytes[..<there])
      let rest = Array(packet.bytes[there...])
      var span = slot.mutableSpan
      let count = try ours.protectRTP(
        &span, headerCount: packet.headerCount, count: there, appending: rest.span)
      #expect(Array(slot.prefix(count)) == expected)
      #expect(slot[count] == 0xAA)
    }
  }

  @Test(
    "reports of both are read by both, once each, and not when altered", arguments: SRTPProfile.allCases,
    [false, true])
  func reports(profile: SRTPProfile, isFast: Bool) throws {
    var generator = Seeded(7)
    let one = SRTPMasterKey(profile, using: &generator)
    let other = SRTPMasterKey(profile, using: &generator)
    var ours = SRTPSession(profile, sending: one, receiving: other, isFast: isFast)
    var theirs = LibSRTPSession(profile, sending: other, receiving: one)
    var (outgoing, incoming): ([[UInt8]], [[UInt8]]) = ([], [])
    for _ in 0..<300 {
      let report = TestPacket.report(
        source: 5, words: Int.random(in: 0...40, using: &generator), using: &generator)
      outgoing.append(try ours.protectReport(report))
      incoming.append(try theirs.protectReport(report))
      let late = max(0, outgoing.count - Int.random(in: 1...200, using: &generator))
      var altered = incoming[late]
      altered[Int.random(in: 1..<altered.count, using: &generator)] ^= 4
      #expect((try? ours.openReport(altered).get()) == nil)
      if late == outgoing.count - 1 { #expect(ours.openReport(incoming[late]) == .success(report)) }
      _ = ours.openReport(incoming[late])
      _ = theirs.openReport(outgoing[late])
      #expect((try? ours.openReport(incoming[late]).get()) == nil)
      #expect((try? theirs.openReport(outgoing[late]).get()) == nil)
    }
    #expect(ours.openReport(incoming[0]) == .failure(.tooOld))
  }

  @Test(
    "a packet goes out once, or again where the session allows it, and then the same",
    arguments: SRTPProfile.allCases)
  func repeats(profile: SRTPProfile) throws {
    var generator = Seeded(3)
    let master = SRTPMasterKey(profile, using: &generator)
    let packet = TestPacket(source: 1, sequence: 10, payload: [1, 2, 3])
    var strict = AnySRTP(.openssl, profile, sending: master, receiving: master)
    var slot = packet.bytes + [UInt8](repeating: 0, count: 16)
    var span = slot.mutableSpan
    try strict.protectRTP(&span, headerCount: 12, count: 15)
    #expect(throws: SRTPFailure.replay) { try strict.protectRTP(&span, headerCount: 12, count: 15) }
    var lenient = SRTPSession(profile, sending: master, receiving: master, allowsRepeats: true)
    let first = try lenient.protect(packet)
    #expect(try lenient.protect(packet) == first)
    var reference = AnySRTP(.libsrtp2, profile, sending: master, receiving: master, allowsRepeats: true)
    slot = packet.bytes + [UInt8](repeating: 0, count: 16)
    var again = slot.mutableSpan
    #expect(try reference.protectRTP(&again, headerCount: 12, count: 15) == 15 + profile.tagByteCount)
  }

  @Test(
    "what is no packet is refused by both, and never read beyond its end", arguments: SRTPProfile.allCases)
  func malformed(profile: SRTPProfile) throws {
    var generator = Seeded(1)
    let master = SRTPMasterKey(profile, using: &generator)
    var ours = SRTPSession(profile, sending: master, receiving: master)
    var theirs = LibSRTPSession(profile, sending: master, receiving: master)
    let whole = try ours.protect(
      TestPacket(source: 1, sequence: 1, payload: [1, 2, 3, 4], sources: 15, extensionWords: 9))
    for count in 0..<whole.count {
      #expect((try? ours.open(Array(whole.prefix(count))).get()) == nil)
      #expect((try? theirs.open(Array(whole.prefix(count))).get()) == nil)
      #expect((try? ours.openReport(Array(whole.prefix(count))).get()) == nil)
    }
    for _ in 0..<2_000 {
      let noise = (0..<Int.random(in: 0...100, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      #expect((try? ours.open(noise).get()) == nil)
      #expect((try? ours.openReport(noise).get()) == nil)
    }
    #expect(ours.received.count == 0 && ours.receivedReports.count == 0, "noise leaves no trace")
  }

  @Test("a key that has done its work does no more", arguments: SRTPProfile.allCases)
  func limits(profile: SRTPProfile) throws {
    var generator = Seeded(1)
    let master = SRTPMasterKey(profile, using: &generator)
    var session = SRTPSession(profile, sending: master, receiving: master)
    let packet = TestPacket(source: 1, sequence: 1, payload: [])
    session.sentPackets = 1 << 48 - 1
    let last = try session.protect(packet)
    #expect(throws: SRTPFailure.limit) {
      try session.protect(TestPacket(source: 1, sequence: 2, payload: []))
    }
    session.sentPackets = 0
    session.sent.accept(1 << 48 - 1, at: 0)
    #expect(throws: SRTPFailure.limit) { try session.protect(packet) }
    session.received.insert(1, first: 1 << 48 - 1)
    #expect(session.open(last) == .failure(.limit))
    session.nextReportIndex = 1 << 31 - 1
    let report = TestPacket.report(source: 1, words: 1, using: &generator)
    #expect(session.openReport(try session.protectReport(report)) == .success(report))
    #expect(throws: SRTPFailure.limit) { try session.protectReport(report) }
  }

  @Test("a session takes as many streams as it may, and goes on with those")
  func streams() throws {
    var generator = Seeded(1)
    let master = SRTPMasterKey(.aeadAES128GCM, using: &generator)
    var sender = SRTPSession(.aeadAES128GCM, sending: master, receiving: master)
    var receiver = SRTPSession(.aeadAES128GCM, sending: master, receiving: master)
    for source in 0..<256 as Range<UInt32> {
      let packet = TestPacket(source: source &* 0x0101_0101, sequence: 1, payload: [])
      #expect(receiver.open(try sender.protect(packet)) == .success(packet.bytes))
    }
    let stranger = try sender.protect(TestPacket(source: 1, sequence: 1, payload: []))
    #expect(receiver.open(stranger) == .failure(.limit))
    let known = TestPacket(source: 0x0505_0505, sequence: 2, payload: [])
    #expect(receiver.open(try sender.protect(known)) == .success(known.bytes))
  }

  @Test(
    "no packet costs an allocation, authentic or not", arguments: SRTPProfile.allCases,
    [SRTPImplementation.openssl, .ipsecmb])
  func allocations(profile: SRTPProfile, implementation: SRTPImplementation) throws {
    guard tandem_allocation_count() >= 0 else { return }
    var generator = Seeded(1)
    let master = SRTPMasterKey(profile, using: &generator)
    var session = AnySRTP(implementation, profile, sending: master, receiving: master)
    var slot = TestPacket(source: 1, sequence: 0, payload: []).bytes + [UInt8](repeating: 7, count: 1_200)
    let rest = [UInt8](repeating: 9, count: 1_000)
    var refused = 0
    func turn(_ number: Int) throws(SRTPFailure) {
      var span = slot.mutableSpan
      span[0] = 0x80
      span[1] = 96
      span[2] = UInt8(number >> 8)
      span[3] = UInt8(number & 0xFF)
      let count = try session.protectRTP(&span, headerCount: 12, count: 20, appending: rest.span)
      var packet = span._mutatingExtracting(first: count)
      if number % 2 == 0 { packet[30] ^= 1 }
      do throws(SRTPFailure) { _ = try session.unprotectRTP(&packet) } catch { refused += 1 }
      var report = span._mutatingExtracting(first: 100 + profile.rtcpOverheadByteCount)
      report[0] = 0x80
      _ = try session.protectRTCP(&report, count: 100)
      _ = try session.unprotectRTCP(&report)
    }
    for number in 1...10 { try turn(number) }
    let before = tandem_allocation_count()
    for number in 11...1_000 { try turn(number) }
    let after = tandem_allocation_count()
    #expect(refused == 500)
    // Swift Testing takes memory for each error that is thrown: 495 of them between the two counts.
    #expect(after - before <= 495)
    var number = 1_001
    let start = tandem_allocation_count()
    while number < 2_000 {
      try turn(number)
      number += 2
    }
    let end = tandem_allocation_count()
    #expect(end == start)
    let probe = SRTPMasterKey(key: [1], salt: [2])
    #expect(tandem_allocation_count() > before && probe.key.count == 1, "the count does count")
  }
}
