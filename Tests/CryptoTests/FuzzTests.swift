// The fuzzers' own functions, with inputs that are nearly right, from seeds.

import Crypto
import Testing

@Suite("Broken inputs") struct FuzzTests {
  private func mutated(_ bytes: [UInt8], using generator: inout Seeded) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: bytes[..<place], at: place)
      }
    }
    return bytes
  }

  @Test("both implementations of SRTP refuse and read the same", arguments: 1...4 as ClosedRange<UInt64>)
  func srtp(seed: UInt64) {
    var generator = Seeded(seed)
    for packet in SRTPFuzz.packets() {
      #expect(packet.count > 20)
      for _ in 0..<500 { SRTPFuzz.fuzz(mutated(packet, using: &generator).span) }
    }
  }

  @Test("no first flight is answered with more than it is worth", arguments: 1...4 as ClosedRange<UInt64>)
  func dtls(seed: UInt64) {
    var generator = Seeded(seed)
    let flight = DTLSFuzz.firstFlight()
    #expect(flight.count > 100)
    for _ in 0..<500 { DTLSFuzz.fuzz(mutated(flight, using: &generator).span) }
  }
}
