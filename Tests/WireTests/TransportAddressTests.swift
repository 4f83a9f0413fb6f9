// Addresses as text and back, and what a datagram is by its first bytes.

import Testing
import Wire

@Suite("Addresses and datagrams") struct TransportAddressTests {
  @Test(
    "an address is written as RFC 5952 wants it, and read again",
    arguments: [
      "192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1",
      "2001:0:0:1::1", "1:2:3:4:5:6:7:8", "1::", "fe80::1:0:0:1",
    ])
  func text(host: String) {
    #expect(TransportAddress(host: host, port: 7)?.host == host)
  }

  @Test("IPv4 in IPv6's clothes is the same address")
  func mapped() {
    let plain = TransportAddress(host: "192.0.2.1", port: 9)
    #expect(TransportAddress(host: "::ffff:192.0.2.1", port: 9) == plain)
    #expect(TransportAddress(host: "::FFFF:C000:0201", port: 9) == plain)
    #expect(plain?.isIPv4 == true)
    #expect(plain?.isLoopback == false)
    #expect(TransportAddress(host: "127.0.0.53", port: 9)?.isLoopback == true)
    #expect(MemoryLayout<TransportAddress>.size == 18)
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "1.2.3.+4", "01234.1.1.1", "a.b.c.d", ":", ":::",
      "1:2",
      "1:2:3:4:5:6:7:8:9", "1::2::3", "::12345", "::+1", "g::", "1:2:3:4:5:6:7::8", "fe80::1%eth0", "[::1]",
      "1.2.3.4::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "8f7c3e12-aaaa-4bbb-8ccc-0123456789ab.local",
    ])
  func refused(host: String) {
    #expect(TransportAddress(host: host, port: 1) == nil)
  }

  @Test("the first byte tells what a datagram is, and media's second whether it is control")
  func kinds() {
    func kind(_ first: UInt8, _ second: UInt8 = 0) -> DatagramKind { DatagramKind([first, second].span) }
    for first in UInt8.min ... .max {
      let expected: DatagramKind =
        switch first {
        case 0...3: .stun
        case 20...63: .dtls
        case 128...191: .rtp
        default: .other
        }
      #expect(kind(first) == expected)
    }
    #expect(kind(0x80, 191) == .rtp)
    #expect(kind(0x80, 192) == .rtcp)
    #expect(kind(0x81, 223) == .rtcp)
    #expect(kind(0x80, 224) == .rtp)
    #expect(DatagramKind([0x80].span) == .other)
    #expect(DatagramKind([UInt8]().span) == .other)
  }
}
