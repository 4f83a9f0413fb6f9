// STUN: the vectors of RFC 5769 read and written byte for byte, the answers of a lite agent, and bytes that lie.

import Testing
import Wire

@Suite("STUN") struct STUNTests {
  private let vectors = [
    STUNVectors.request, STUNVectors.responseIPv4, STUNVectors.responseIPv6, STUNVectors.longTermRequest,
  ]

  @Test("the sample request of RFC 5769 is read and its signature holds")
  func request() throws {
    let bytes = STUNVectors.request
    let message = try STUNMessage(bytes.span)
    #expect(message.kind == .request)
    #expect(message.method == STUNMessage.binding)
    #expect(message.transaction == STUNVectors.transaction)
    #expect(text(message.username, bytes) == "evtj:h6vY")
    #expect(text(message.software, bytes) == "STUN test client")
    #expect(message.priority == 0x6E00_01FF)
    #expect(message.controlled == 0x932F_F9B1_5126_3B36)
    #expect(message.controlling == nil)
    #expect(!message.useCandidate)
    #expect(message.hasFingerprint)
    #expect(message.notUnderstood.isEmpty)
    #expect(message.isAuthentic(bytes.span) { STUNVectors.digest(STUNVectors.password, $0, $1) })
    #expect(!message.isAuthentic(bytes.span) { STUNVectors.digest([1], $0, $1) })
  }

  @Test("the sample responses tell the address, for both families")
  func responses() throws {
    for (bytes, address) in [
      (STUNVectors.responseIPv4, STUNVectors.mappedIPv4), (STUNVectors.responseIPv6, STUNVectors.mappedIPv6),
    ] {
      let message = try STUNMessage(bytes.span)
      #expect(message.kind == .success)
      #expect(message.mappedAddress == address)
      #expect(message.isAuthentic(bytes.span) { STUNVectors.digest(STUNVectors.password, $0, $1) })
    }
    #expect(STUNVectors.mappedIPv4.description == "192.0.2.1:32853")
    #expect(STUNVectors.mappedIPv6.description == "[2001:db8:1234:5678:11:2233:4455:6677]:32853")
  }

  @Test("the sample request with long-term credentials is read and its signature holds")
  func longTerm() throws {
    let bytes = STUNVectors.longTermRequest
    let message = try STUNMessage(bytes.span)
    #expect(text(message.username, bytes) == "マトリックス")
    #expect(text(message.nonce, bytes) == "f//499k954d6OL34oL9FSTvy64sA")
    #expect(text(message.realm, bytes) == "example.org")
    #expect(!message.hasFingerprint)
    #expect(message.isAuthentic(bytes.span) { STUNVectors.digest(STUNVectors.longTermKey, $0, $1) })
  }

  @Test("all four are written again byte for byte")
  func written() {
    #expect(rewritten(STUNVectors.request, padding: 0x20, STUNVectors.password) == STUNVectors.request)
    #expect(
      rewritten(STUNVectors.longTermRequest, padding: 0, STUNVectors.longTermKey)
        == STUNVectors.longTermRequest)
    for (vector, address) in [
      (STUNVectors.responseIPv4, STUNVectors.mappedIPv4), (STUNVectors.responseIPv6, STUNVectors.mappedIPv6),
    ] {
      let bytes = STUNVectors.written { output in
        var writer = STUNWriter(.success, transaction: STUNVectors.transaction, into: &output)
        let name = Array("test vector".utf8)
        writer.append(STUNAttribute.software, name.span, padding: 0x20, into: &output)
        writer.appendMapped(address, into: &output)
        writer.appendIntegrity(into: &output) { STUNVectors.digest(STUNVectors.password, $0, $1) }
        writer.appendFingerprint(into: &output)
        return writer.byteCount
      }
      #expect(bytes == vector)
    }
  }

  @Test("what is cut off anywhere is refused")
  func truncation() {
    for vector in vectors {
      for count in vector.indices {
        #expect(throws: STUNMalformed.self) { try STUNMessage(vector.span.extracting(..<count)) }
      }
    }
  }

  @Test("a changed bit is found by the checksum, or means something else than was sent")
  func bitErrors() {
    for index in STUNVectors.request.indices {
      var bytes = STUNVectors.request
      bytes[index] ^= 1
      // The last attribute's type is what makes it the checksum.
      guard index < bytes.count - 8 || index >= bytes.count - 4 else { continue }
      #expect(throws: STUNMalformed.self, "byte \(index)") { try STUNMessage(bytes.span) }
    }
  }

  @Test("lengths that lie are told apart by their reason")
  func reasons() {
    func reason(_ hex: String) -> STUNMalformed? {
      let bytes = STUNVectors.bytes(hex)
      do throws(STUNMalformed) {
        _ = try STUNMessage(bytes.span)
        return nil
      } catch { return error }
    }
    let rest = "2112a442 b7e7a701 bc34d686 fa87dfae"
    #expect(reason("00010000 \(rest)") == nil)
    #expect(reason("00010000 2112a443 b7e7a701 bc34d686 fa87dfae") == .cookie)
    #expect(reason("80010000 \(rest)") == .notSTUN)
    #expect(reason("00010004 \(rest)") == .length)
    #expect(reason("00010002 \(rest) 0000") == .length)
    #expect(reason("00010004 \(rest) 80220001") == .attributeOverrun)
    #expect(reason("00010004 \(rest) 8022ffff") == .attributeOverrun)
    #expect(reason("00010004 \(rest) 00240000") == .attributeLength)
    #expect(reason("00010004 \(rest) 00250000") == nil)
    #expect(reason("00010008 \(rest) 00250001 00000000") == .attributeLength)
    #expect(reason("0101000c \(rest) 00200008 0003a147 e112a643") == .attributeValue)
    #expect(reason("0101000c \(rest) 00200008 0002a147 e112a643") == .attributeLength)
    #expect(reason("01110008 \(rest) 00090004 00000700") == .attributeValue)
    let many = String(repeating: "80220000", count: Limits.stunAttributes)
    #expect(reason("00010080 \(rest) \(many)") == nil)
    #expect(reason("00010084 \(rest) \(many) 80220000") == .tooManyAttributes)
  }

  @Test("what follows the signature does not count, but the checksum")
  func afterIntegrity() throws {
    let bytes = STUNVectors.written { output in
      var writer = STUNWriter(.request, transaction: STUNVectors.transaction, into: &output)
      writer.appendIntegrity(into: &output) { STUNVectors.digest([1], $0, $1) }
      writer.appendFlag(STUNAttribute.useCandidate, into: &output)
      writer.append(0x0024, UInt32(1), into: &output)
      return writer.byteCount
    }
    let message = try STUNMessage(bytes.span)
    #expect(!message.useCandidate)
    #expect(message.priority == nil)
    #expect(message.isAuthentic(bytes.span) { STUNVectors.digest([1], $0, $1) })
  }

  @Test("attributes that nobody knows are listed in an error 420, the optional ones are passed over")
  func unknown() throws {
    let request = STUNVectors.written { output in
      var writer = STUNWriter(.request, transaction: STUNVectors.transaction, into: &output)
      writer.append(0x0030, UInt32(1), into: &output)
      writer.append(0x8030, UInt32(1), into: &output)
      writer.append(0x7FFF, UInt64(1), into: &output)
      return writer.byteCount
    }
    let message = try STUNMessage(request.span)
    #expect(message.notUnderstood.count == 2)
    let answer = STUNVectors.written(Limits.stunResponseByteCount) { output in
      STUNResponse.error(.unknownAttribute, to: message, into: &output) {
        STUNVectors.digest(STUNVectors.password, $0, $1)
      }
    }
    let read = try STUNMessage(answer.span)
    #expect(read.kind == .error)
    #expect(read.errorCode == 420)
    let listed = try #require(read.unknownAttributes)
    #expect(Array(answer[listed.range]) == [0x00, 0x30, 0x7F, 0xFF])
    #expect(read.isAuthentic(answer.span) { STUNVectors.digest(STUNVectors.password, $0, $1) })
    #expect(try STUNAttribute.first(0x8030, in: request.span)?.byteCount == 4)
    #expect(try STUNAttribute.first(0x8031, in: request.span) == nil)
  }

  @Test("every answer of ours fits into the room that is promised")
  func room() throws {
    var bytes = STUNVectors.bytes("00010028 2112a442 b7e7a701 bc34d686 fa87dfae")
    for type in 0..<10 { bytes += [0x70, UInt8(type), 0, 0] }
    let message = try STUNMessage(bytes.span)
    #expect(message.notUnderstood.count == 8)
    for error in [STUNError.badRequest, .unauthenticated, .unknownAttribute, .roleConflict] {
      let answer = STUNVectors.written(Limits.stunResponseByteCount) { output in
        STUNResponse.error(error, to: message, into: &output) { STUNVectors.digest([1], $0, $1) }
      }
      #expect(try STUNMessage(answer.span).errorCode == error.rawValue)
    }
    let success = STUNVectors.written(Limits.stunResponseByteCount) { output in
      STUNResponse.success(to: message, mapped: STUNVectors.mappedIPv6, into: &output) {
        STUNVectors.digest([1], $0, $1)
      }
    }
    #expect(try STUNMessage(success.span).mappedAddress == STUNVectors.mappedIPv6)
  }

  @Test("methods and classes survive the odd way their bits are mixed")
  func types() throws {
    for method: UInt16 in [0x001, 0x00F, 0x070, 0xF80, 0xFFF] {
      for kind in [STUNClass.request, .indication, .success, .error] {
        let bytes = STUNVectors.written { output in
          STUNWriter(kind, method: method, transaction: STUNVectors.transaction, into: &output).byteCount
        }
        let message = try STUNMessage(bytes.span)
        #expect(message.method == method)
        #expect(message.kind == kind)
      }
    }
  }

  @Test(
    "random bytes and broken vectors are read or refused, never more", arguments: 1...4 as ClosedRange<UInt64>
  )
  func fuzz(seed: UInt64) {
    var random = SeededBytes(seed: seed)
    for _ in 0..<1_000 {
      STUNFuzz.fuzz(random.broken(vectors).span)
    }
  }

  private func text(_ field: STUNField?, _ bytes: [UInt8]) -> String? {
    field.map { String(decoding: bytes[$0.range], as: UTF8.self) }
  }

  /// The message anew from its attributes, signed and summed by us.
  private func rewritten(_ bytes: [UInt8], padding: UInt8, _ key: [UInt8]) -> [UInt8]? {
    guard let message = try? STUNMessage(bytes.span) else { return nil }
    return STUNVectors.written { output in
      var writer = STUNWriter(message.kind, transaction: message.transaction, into: &output)
      var cursor = STUNCursor()
      while let attribute = try? cursor.next(in: bytes.span) {
        switch attribute.type {
        case STUNAttribute.messageIntegrity:
          writer.appendIntegrity(into: &output) { STUNVectors.digest(key, $0, $1) }
        case STUNAttribute.fingerprint: writer.appendFingerprint(into: &output)
        default:
          writer.append(
            attribute.type, bytes.span.extracting(attribute.field.range), padding: padding, into: &output)
        }
      }
      return writer.byteCount
    }
  }
}
