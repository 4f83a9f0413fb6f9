// The four messages of RFC 5769, with their passwords, and the means to sign in tests.

import Crypto
import Wire

enum STUNVectors {
  static let password = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)
  /// MD5 of `マトリックス:example.org:TheMatrIX`, as section 2.4 has it for long-term credentials.
  static let longTermKey = bytes("e8ca7ad59d5eb0518e312911d2dab2a9")

  static let request = bytes(
    """
    00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff
    80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020
    00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf
    """)
  static let responseIPv4 = bytes(
    """
    0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
    00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96
    """)
  static let responseIPv6 = bytes(
    """
    01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
    00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
    00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c
    """)
  static let longTermRequest = bytes(
    """
    00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
    0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341 0014000b 6578616d 706c652e 6f726700
    00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666
    """)

  static let transaction = STUNTransaction(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)
  static let mappedIPv4 = TransportAddress(ipv4: 0xC000_0201, port: 32_853)
  static let mappedIPv6 = TransportAddress(
    high: 0x2001_0DB8_1234_5678, low: 0x0011_2233_4455_6677, port: 32_853)

  static func bytes(_ hex: String) -> [UInt8] {
    var nibbles = hex.compactMap { $0.hexDigitValue }.makeIterator()
    var result: [UInt8] = []
    while let high = nibbles.next(), let low = nibbles.next() { result.append(UInt8(high << 4 | low)) }
    return result
  }

  static func digest(_ key: [UInt8], _ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest {
    let message = copy(head) + copy(rest)
    let code = HMAC.sha1(key: key, message: message)
    return STUNDigest { code[$0] }
  }

  static func copy(_ bytes: Span<UInt8>) -> [UInt8] { bytes.indices.map { bytes[$0] } }

  /// What a writer made of room enough.
  static func written(_ room: Int = 256, _ write: (inout MutableSpan<UInt8>) -> Int) -> [UInt8] {
    var output = [UInt8](repeating: 0xEE, count: room)
    var span = output.mutableSpan
    let count = write(&span)
    return Array(output[..<count])
  }
}
