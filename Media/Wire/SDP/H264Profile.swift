// What a profile-level-id promises (RFC 6184, section 8.1, table 5): two H.264 formats are the same if their profile
// is, whichever of its spellings they use. Levels may differ, each side says what it takes.

package enum H264Profile: Sendable {
  case constrainedBaseline, baseline, main, constrainedHigh, high, predictiveHigh444

  /// Six hexadecimal digits; absent means Baseline, as the RFC has it.
  package init?(profileLevelID: String?) {
    let text = profileLevelID ?? "42000a"
    guard text.utf8.count == 6, text.allSatisfy(\.isHexDigit), let number = UInt32(text, radix: 16) else {
      return nil
    }
    let constraints = UInt8(truncatingIfNeeded: number >> 8)
    func fits(_ mask: UInt8, _ bits: UInt8) -> Bool { constraints & mask == bits }
    switch number >> 16 {
    case 0x42 where fits(0x4F, 0x40), 0x4D where fits(0x8F, 0x80), 0x58 where fits(0xCF, 0xC0):
      self = .constrainedBaseline
    case 0x42 where fits(0x4F, 0x00), 0x58 where fits(0xCF, 0x80): self = .baseline
    case 0x4D where fits(0xAF, 0x00): self = .main
    case 0x64 where constraints == 0x0C: self = .constrainedHigh
    case 0x64 where constraints == 0: self = .high
    case 0xF4 where constraints == 0: self = .predictiveHigh444
    default: return nil
    }
  }
}
