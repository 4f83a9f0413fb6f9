// STUN messages from which broken ones are made: a signed request, and an answer with an IPv6 address (RFC 5769).

import Wire

extension Parser {
  static let stun: [Parser] = [
    Parser("stun", [], bytes: [request, response, error]) { STUNFuzz.fuzz($0.span) }
  ]

  private static let transaction = STUNTransaction(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)

  private static let request = written(.request) { writer, output in
    writer.append(STUNAttribute.username, Array("evtj:h6vY".utf8).span, into: &output)
    writer.append(STUNAttribute.priority, UInt32(0x6E00_01FF), into: &output)
    writer.append(STUNAttribute.iceControlling, UInt64(0x932F_F9B1_5126_3B36), into: &output)
    writer.appendFlag(STUNAttribute.useCandidate, into: &output)
    writer.appendIntegrity(into: &output) { _, _ in STUNDigest(repeating: 0) }
    writer.appendFingerprint(into: &output)
  }

  private static let response = written(.success) { writer, output in
    writer.appendMapped(TransportAddress(high: 0x2001_0DB8 << 32, low: 1, port: 4_000), into: &output)
    writer.appendMapped(TransportAddress(ipv4: 0xC000_0201, port: 4_000), into: &output)
  }

  private static let error = written(.error) { writer, output in
    writer.appendError(.roleConflict, into: &output)
    writer.append(STUNAttribute.software, Array("tandem".utf8).span, into: &output)
  }

  private static func written(
    _ kind: STUNClass, _ write: (inout STUNWriter, inout MutableSpan<UInt8>) -> Void
  ) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 256)
    var span = output.mutableSpan
    var writer = STUNWriter(kind, transaction: transaction, into: &span)
    write(&writer, &span)
    return Array(output.prefix(writer.byteCount))
  }
}
