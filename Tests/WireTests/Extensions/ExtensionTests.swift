// Header extensions: both layouts of RFC 8285, ids rewritten in place, and the values in them.

import Testing
import Wire

/// A packet with that block of extensions, padded, and two bytes of payload.
func packet(profile: UInt16, _ elements: [UInt8]) -> [UInt8] {
  var padded = elements
  while padded.count % 4 != 0 { padded.append(0) }
  return [
    0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, UInt8(profile >> 8), UInt8(profile & 0xFF), 0,
    UInt8(padded.count / 4),
  ]
    + padded + [0xEE, 0xEE]
}

func elements(_ packet: [UInt8]) throws -> [[UInt8]] {
  guard var walk = HeaderExtensions(try RTPHeader(packet.span)) else { return [] }
  var found: [[UInt8]] = []
  while let element = walk.next(in: packet.span) { found.append([element.id] + packet[element.value]) }
  return found
}

@Suite("Header extensions") struct ExtensionTests {
  @Test("elements of both layouts are found, with padding anywhere between them")
  func layouts() throws {
    let one = packet(profile: 0xBEDE, [0x10, 1, 0x21, 2, 3, 0, 0, 0x33, 4, 5, 6, 7])
    #expect(try elements(one) == [[1, 1], [2, 2, 3], [3, 4, 5, 6, 7]])
    let two = packet(profile: 0x1000, [1, 0, 2, 1, 9, 0, 200, 4, 1, 2, 3, 4])
    #expect(try elements(two) == [[1], [2, 9], [200, 1, 2, 3, 4]])
    #expect(try elements(packet(profile: 0x100F, [7, 1, 8])) == [[7, 8]])
    #expect(try elements(packet(profile: 0x1234, [0x10, 1])).isEmpty)
  }

  @Test("after an element that breaks the rules nothing is believed, before it everything")
  func broken() throws {
    #expect(try elements(packet(profile: 0xBEDE, [0x10, 1, 0xF0, 2, 0x20, 3])) == [[1, 1]])
    #expect(try elements(packet(profile: 0xBEDE, [0x10, 1, 0x01, 2, 0x20, 3])) == [[1, 1]])
    #expect(try elements(packet(profile: 0xBEDE, [0x10, 1, 0x2F, 2])) == [[1, 1]])
    #expect(try elements(packet(profile: 0x1000, [1, 1, 5, 2])) == [[1, 5]])
    #expect(try elements(packet(profile: 0x1000, [1, 1, 5, 2, 200, 1])) == [[1, 5]])
  }

  @Test("ids are rewritten in place; what the receiver does not know is gone, its value too")
  func rewriting() throws {
    for (profile, bytes) in [
      (UInt16(0xBEDE), [0x10, 1, 0x21, 2, 3, 0x33, 4, 5, 6, 7] as [UInt8]),
      (0x1000, [1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7]),
    ] {
      let original = packet(profile: profile, bytes)
      var copy = original
      var ids = ExtensionIDs()
      ids.set(1, to: 9)
      ids.set(3, to: 1)
      let header = try RTPHeader(copy.span)
      let extensions = try #require(HeaderExtensions(header))
      var out = copy.mutableSpan
      extensions.rewrite(ids, in: &out)
      #expect(try elements(copy) == [[9, 1], [1, 4, 5, 6, 7]])
      #expect(!copy[header.extensions].contains(2), "the value is gone as well")
      for index in copy.indices where !header.extensions.contains(index) {
        #expect(copy[index] == original[index])
      }
      var same = ExtensionIDs()
      for id in UInt8(1)...14 { same.set(id, to: id) }
      copy = original
      out = copy.mutableSpan
      extensions.rewrite(same, in: &out)
      #expect(copy == original)
      #expect(extensions.find(3, in: original.span).map { Array(original[$0]) } == [4, 5, 6, 7])
      #expect(extensions.find(4, in: original.span) == nil)
    }
  }

  @Test("ids that a one-byte element cannot hold are not taken")
  func ids() {
    var ids = ExtensionIDs()
    for (from, to) in [(0, 1), (15, 1), (1, 0), (1, 15), (255, 255)] as [(UInt8, UInt8)] {
      let isTaken = ids.set(from, to: to)
      #expect(!isTaken)
    }
    #expect(ids[0] == 0 && ids[15] == 0 && ids[255] == 0)
  }

  @Test("what is laid out is found again, and what does not fit is not begun")
  func writer() throws {
    var bytes = [UInt8](repeating: 0xFF, count: 32)
    var out = bytes.mutableSpan
    _ = RTPFixedHeader(payloadType: 96, sequence: SequenceNumber(1), timestamp: RTPTimestamp(2), ssrc: 3)
      .write(
        into: &out)
    let begun = ExtensionWriter(at: 12, in: &out)
    var writer = try #require(begun)
    let room = writer.append(3, byteCount: 3, in: &out)
    let time = try #require(room)
    AbsoluteSendTime(microseconds: 1_500_000).write(into: &out, at: time.lowerBound)
    let more = writer.append(5, byteCount: 2, in: &out)
    let sequence = try #require(more)
    TransportSequence.write(SequenceNumber(0xABCD), into: &out, at: sequence.lowerBound)
    #expect(
      writer.append(15, byteCount: 1, in: &out) == nil && writer.append(1, byteCount: 17, in: &out) == nil)
    #expect(writer.append(1, byteCount: 9, in: &out) == nil)
    let start = writer.finish(in: &out)
    #expect(start == 24)
    #expect(try elements(bytes) == [[3, 0x06, 0, 0], [5, 0xAB, 0xCD]])
    #expect(try RTPHeader(bytes.span).payload == 24..<32)
  }

  @Test("stream names are compared by their characters, up to sixteen of them")
  func names() throws {
    for text in ["a", "0", "12345678", "123456789", "1234567890123456", "hi-q_~"] {
      let bytes = Array(text.utf8)
      let read = StreamName(bytes.span, 0..<bytes.count)
      let name = try #require(read)
      #expect(name == StreamName(text) && name.description == text && name.byteCount == bytes.count)
      var written = [UInt8](repeating: 0, count: bytes.count)
      var out = written.mutableSpan
      let count = name.write(into: &out, at: 0)
      #expect(count == bytes.count)
      #expect(written == bytes)
      var again = written.mutableSpan
      let none = name.write(into: &again, at: 1)
      #expect(none == nil)
    }
    #expect(StreamName("a") != StreamName("aa"))
    for text in ["", "12345678901234567", "a b", "é", "\u{0}", "a\u{7F}"] { #expect(StreamName(text) == nil) }
  }

  @Test("levels, orientation, delay and sequence read as their documents say")
  func values() {
    let bytes: [UInt8] = [0x9E, 0x0D, 0x01, 0x20, 0x03, 0xFF, 0xF0, 0x00]
    #expect(AudioLevel(bytes.span, 0..<1)?.hasVoice == true)
    #expect(AudioLevel(bytes.span, 0..<1)?.decibelsBelowFullScale == 30)
    #expect(AudioLevel(bytes.span, 0..<2) == nil)
    let orientation = VideoOrientation(bytes.span, 1..<2)
    #expect(orientation?.isBackCamera == true && orientation?.isFlipped == true)
    #expect(orientation?.clockwiseDegrees == 90)
    let delayed: [UInt8] = [0x00, 0xA0, 0x14, 0x00]
    let delay = PlayoutDelay(delayed.span, 0..<3)
    #expect(delay?.minimum == .milliseconds(100) && delay?.maximum == .milliseconds(200))
    #expect(PlayoutDelay(delayed.span, 1..<4) == nil, "the least delay is above the most")
    #expect(TransportSequence.read(bytes.span, 6..<8) == SequenceNumber(0xF000))
    #expect(TransportSequence.read(bytes.span, 5..<8) == nil)
  }

  @Test("send times go on over the 64 seconds")
  func sendTimes() {
    let before = AbsoluteSendTime(microseconds: 63_990_000)
    let after = AbsoluteSendTime(microseconds: 64_010_000)
    #expect(abs(after.microseconds(since: before) - 20_000) <= 4)
    #expect(abs(before.microseconds(since: after) + 20_000) <= 4)
    #expect(AbsoluteSendTime(microseconds: 1_000_000).value == 1 << 18)
  }
}
