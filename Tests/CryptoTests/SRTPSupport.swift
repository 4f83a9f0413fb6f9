// Packets and sessions for the tests of SRTP, all from seeds.

import Testing

@testable import Crypto

/// What the tests ask of either implementation.
protocol SRTPUnderTest: ~Copyable {
  init(_ profile: SRTPProfile, sending: SRTPMasterKey, receiving: SRTPMasterKey, allowsRepeats: Bool)
  mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int
  ) throws(SRTPFailure) -> Int
  mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int, appending rest: Span<UInt8>
  ) throws(SRTPFailure) -> Int
  mutating func protectRTCP(_ slot: inout MutableSpan<UInt8>, count: Int) throws(SRTPFailure) -> Int
  mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int
  mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int
}

extension SRTPSession: SRTPUnderTest {
  init(
    _ profile: SRTPProfile, sending: SRTPMasterKey, receiving: SRTPMasterKey, allowsRepeats: Bool
  ) {
    self.init(
      profile, sending: sending, receiving: receiving, allowsRepeats: allowsRepeats, isFast: false)
  }
}
extension LibSRTPSession: SRTPUnderTest {}

extension SRTPUnderTest where Self: ~Copyable {
  mutating func protect(_ packet: TestPacket) throws(SRTPFailure) -> [UInt8] {
    var bytes = packet.bytes + [UInt8](repeating: 0xEE, count: 16)
    var span = bytes.mutableSpan
    let count = try protectRTP(&span, headerCount: packet.headerCount, count: packet.bytes.count)
    return Array(bytes.prefix(count))
  }

  mutating func protectReport(_ report: [UInt8]) throws(SRTPFailure) -> [UInt8] {
    var bytes = report + [UInt8](repeating: 0xEE, count: 20)
    var span = bytes.mutableSpan
    let count = try protectRTCP(&span, count: report.count)
    return Array(bytes.prefix(count))
  }

  mutating func open(_ packet: [UInt8]) -> Result<[UInt8], SRTPFailure> {
    var bytes = packet
    var span = bytes.mutableSpan
    do {
      let count = try unprotectRTP(&span)
      return .success(Array(bytes.prefix(count)))
    } catch { return .failure(error) }
  }

  mutating func openReport(_ packet: [UInt8]) -> Result<[UInt8], SRTPFailure> {
    var bytes = packet
    var span = bytes.mutableSpan
    do {
      let count = try unprotectRTCP(&span)
      return .success(Array(bytes.prefix(count)))
    } catch { return .failure(error) }
  }
}

struct TestPacket {
  var bytes: [UInt8]
  var headerCount: Int

  init(source: UInt32, sequence: UInt16, payload: [UInt8], sources: Int = 0, extensionWords: Int? = nil) {
    bytes = [0x80 | UInt8(sources) | (extensionWords == nil ? 0 : 0x10), 96]
    bytes += [UInt8(sequence >> 8), UInt8(sequence & 0xFF), 1, 2, 3, 4]
    bytes += Self.octets(source)
    for number in 0..<sources { bytes += Self.octets(UInt32(number)) }
    if let extensionWords {
      bytes += [0xBE, 0xDE, UInt8(extensionWords >> 8), UInt8(extensionWords & 0xFF)]
      bytes += [UInt8](repeating: 0x10, count: 4 * extensionWords)
    }
    headerCount = bytes.count
    bytes += payload
  }

  static func random(source: UInt32, sequence: UInt16, using generator: inout Seeded) -> TestPacket {
    let count = Int.random(in: 0...1_200, using: &generator)
    return TestPacket(
      source: source, sequence: sequence,
      payload: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) },
      sources: Bool.random(using: &generator) ? 0 : Int.random(in: 0...15, using: &generator),
      extensionWords: Bool.random(using: &generator) ? nil : Int.random(in: 0...9, using: &generator))
  }

  static func report(source: UInt32, words: Int, using generator: inout Seeded) -> [UInt8] {
    [0x80, 200, UInt8(words >> 8), UInt8(words & 0xFF)] + octets(source)
      + (0..<4 * words).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  static func octets(_ number: UInt32) -> [UInt8] {
    [UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
  }
}

extension SRTPMasterKey {
  init(_ profile: SRTPProfile, using generator: inout Seeded) {
    self.init(
      key: (0..<profile.keyByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) },
      salt: (0..<profile.saltByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }
}
