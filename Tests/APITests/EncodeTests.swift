// Events as clients get them: bytes made once for all, with each receiver's own number.

import API
import Sessions
import Testing
import Values

@Suite("Events as bytes") struct EncodeTests {
  @Test("an event is encoded once, and each receiver's number is spliced in")
  func splice() throws {
    let event = Event.chat(from: "p_1", text: "a \"b\"", to: nil, at: Timestamp(milliseconds: 0)).encoded
    #expect(
      try JSON(parsing: event.frame(seq: 7)) == [
        "type": "chat", "seq": 7, "from": "p_1", "text": "a \"b\"", "at": "1970-01-01T00:00:00Z",
      ])
    #expect(try JSON(parsing: event.frame(seq: 8))["seq"] == 8)
  }

  @Test("an event without fields is still whole")
  func empty() throws {
    #expect(try JSON(parsing: Event.denied.encoded.frame(seq: 1)) == ["type": "denied", "seq": 1])
  }

  @Test("a relayed description travels untouched")
  func relayed() throws {
    let sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\na=x:\"\\é😀\r\n"
    let frame = Event.relayedOffer(from: "p_1", sdp: sdp, tracks: [["mid": "0"]]).encoded.frame(seq: 1)
    #expect(try JSON(parsing: frame)["sdp"] == .string(sdp))
    #expect(try JSON(parsing: frame)["tracks"] == [["mid": "0"]])
  }
}
