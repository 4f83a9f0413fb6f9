// The way into the protocol's messages for a fuzzer: any bytes a client may send.

import Values

package enum MessageFuzz {
  /// Reads as a client's message is read, and then each field that any message has, as every type would.
  package static func message(_ bytes: Span<UInt8>) {
    guard let json = try? JSON(parsing: bytes) else { return }
    let id = Message.id(of: json)
    guard let message = try? Message(json) else { return }
    precondition(message.id == id, "a reply must carry the id of its message")
    for name in ["token", "room", "sdp", "text", "to", "resume", "track", "participant"] {
      _ = try? message.read { fields throws(InvalidField) in try fields.string(name, length: 1...128) }
    }
    _ = try? message.read { fields throws(InvalidField) in
      try fields.optionalFreeObject("attributes", bytesAtMost: Limits.attributesBytes)
    }
    _ = try? message.read { fields throws(InvalidField) in
      try fields.optionalInteger("lastSeq", in: 0...Int(Int32.max))
    }
    for element
      in (try? message.read({ fields throws(InvalidField) in try fields.list("tracks", atMost: 64) })) ?? []
    {
      _ = try? element.string("mid", length: 1...16)
    }
  }
}
