// RTP, RTCP and payloads, each with packets that are right.

import Wire

extension Parser {
  static let rtp: [Parser] = [
    Parser("rtp", bytes: [plain, oneByte, twoByte, dependency]) { RTPHeader.fuzz($0.span) },
    Parser("rtcp", bytes: [report, feedback, descriptions]) { RTCPPackets.fuzz($0.span) },
    Parser("payload", bytes: [vp8, vp9, h264, av1, opus, red]) { PayloadFuzz.run($0.span) },
  ]

  private static let fixed: [UInt8] = [96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
  private static let plain: [UInt8] = [0xA1] + fixed + [0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 0, 4]
  private static let oneByte: [UInt8] =
    [0x90] + fixed + [0xBE, 0xDE, 0, 3, 0x10, 0x85, 0x22, 1, 2, 3, 0x31, 0, 7, 0, 0, 0, 5, 6, 7]
  private static let twoByte: [UInt8] =
    [0x90] + fixed + [0x10, 0, 0, 2, 1, 1, 0x85, 2, 0, 3, 2, 9, 5, 6, 7]
  private static let dependency: [UInt8] =
    [0x90] + fixed + [0xBE, 0xDE, 0, 3, 0x47, 0xBC, 0, 5, 0x87, 0x80, 0x69, 0x80, 0x04, 0x10, 0, 0, 1]
  private static let report: [UInt8] =
    [0x81, 200, 0, 12] + [UInt8](repeating: 3, count: 48) + [0x81, 203, 0, 1, 0, 0, 0, 1]
  private static let feedback: [UInt8] =
    [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0x80, 1, 0x84, 206, 0, 4]
    + [UInt8](repeating: 1, count: 16)
    + [
      0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4D, 0x42, 1, 0x0B, 0, 1, 0, 0, 0, 2, 0x8F, 205,
      0, 6,
      0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 9, 0, 1, 2, 3, 0x20, 2, 0xD5, 0x50, 5, 6, 7, 0,
    ]
  private static let descriptions: [UInt8] =
    [0x81, 202, 0, 3, 0, 0, 0, 1, 1, 3, 0x61, 0x62, 0x63, 0, 0, 0]
    + [0x80, 207, 0, 7, 0, 0, 0, 1, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 5, 0, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5]
  private static let vp8: [UInt8] =
    [0x90, 0xF0, 0x81, 0x02, 3, 0xE4, 0x10, 1, 2, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0]
  private static let vp9: [UInt8] =
    [0xAA, 0x81, 0x02, 0x10, 5, 0x38, 1, 64, 0, 240, 2, 128, 1, 224, 2, 0x04, 1, 0x18, 1, 2, 9]
  private static let h264: [UInt8] = [24, 0, 2, 0x67, 1, 0, 2, 0x68, 1, 0, 2, 0x65, 1]
  private static let av1: [UInt8] = [0x28, 3, 0x0E, 0x28, 1, 0x32, 1, 2]
  private static let opus: [UInt8] = [0x4B, 0xC3, 3, 1, 2, 7, 8, 9, 4, 0, 0, 0]
  private static let red: [UInt8] = [0xEF, 0x0F, 0, 2, 0x6F, 1, 2, 3, 4]
}
