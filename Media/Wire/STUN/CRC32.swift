// The checksum of STUN's FINGERPRINT (RFC 8489, section 14.7): ISO 3309's CRC-32, four bits at a time, since the
// messages are short and come a few times a second.

package enum CRC32 {
  package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    var sum: UInt32 = 0xFFFF_FFFF
    for index in bytes.indices {
      sum ^= UInt32(bytes[index])
      sum = steps[Int(sum & 15)] ^ sum >> 4
      sum = steps[Int(sum & 15)] ^ sum >> 4
    }
    return ~sum
  }

  private static let steps: InlineArray<16, UInt32> = [
    0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4, 0x4DB2_6158, 0x5005_713C,
    0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C, 0x9B64_C2B0, 0x86D3_D2D4, 0xA00A_E278, 0xBDBD_F21C,
  ]
}
