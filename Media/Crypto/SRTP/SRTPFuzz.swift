// For the fuzzers: any bytes at all as a protected packet. Both implementations have to come to the same end, in what
// they refuse and in what they read.

package enum SRTPFuzz {
  private static func master(_ profile: SRTPProfile) -> SRTPMasterKey {
    SRTPMasterKey(
      key: (0..<profile.keyByteCount).map { UInt8($0) }, salt: (0..<profile.saltByteCount).map { UInt8($0) })
  }

  private static func session(_ implementation: SRTPImplementation, _ profile: SRTPProfile) -> AnySRTP {
    AnySRTP(implementation, profile, sending: master(profile), receiving: master(profile))
  }

  /// Authentic packets of either kind under each profile, with the byte in front that chooses it.
  package static func packets() -> [[UInt8]] {
    SRTPProfile.allCases.enumerated().flatMap { number, profile in
      var session = session(.openssl, profile)
      var media: [UInt8] = [0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0]
      media += [UInt8](repeating: 7, count: 80)
      var report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 20)
      var span = media.mutableSpan
      let mediaCount = (try? session.protectRTP(&span, headerCount: 20, count: 60)) ?? 0
      span = report.mutableSpan
      let reportCount = (try? session.protectRTCP(&span, count: 8)) ?? 0
      return [
        [UInt8(2 * number)] + media.prefix(mediaCount), [UInt8(2 * number + 1)] + report.prefix(reportCount),
      ]
    }
  }

  private static func open(
    _ packet: inout MutableSpan<UInt8>, _ implementation: SRTPImplementation, _ profile: SRTPProfile,
    isReport: Bool
  ) -> Int? {
    var session = session(implementation, profile)
    return isReport ? try? session.unprotectRTCP(&packet) : try? session.unprotectRTP(&packet)
  }

  package static func fuzz(_ bytes: Span<UInt8>) {
    guard !bytes.isEmpty else { return }
    let kinds = SRTPProfile.allCases
    let (profile, isReport) = (kinds[Int(bytes[0] / 2) % kinds.count], bytes[0] % 2 == 1)
    var own = (1..<bytes.count).map { bytes[$0] }
    var other = own
    var span = own.mutableSpan
    let count = open(&span, .openssl, profile, isReport: isReport)
    span = other.mutableSpan
    let reference = open(&span, .libsrtp2, profile, isReport: isReport)
    precondition(count == reference, "both read it, or both refuse it")
    if let count { precondition(own.prefix(count) == other.prefix(count), "both read the same") }
  }
}
