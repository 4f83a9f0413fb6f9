// The two packets that an Ogg Opus file begins with (RFC 7845 section 5): what decoders need, and who this is.

package enum OpusHeaders {
  /// The identification header, for one stream of one or two channels (mapping family 0).
  static func identification(channels: Int, preSkip: Int64) -> [UInt8] {
    var bytes = Array("OpusHead".utf8)
    bytes.append(1)
    bytes.append(UInt8(channels))
    bytes += little(UInt64(preSkip), 2)
    // The rate of what was encoded, which WebRTC does not tell; it changes nothing for decoders.
    bytes += little(48_000, 4)
    // No gain, and mapping family 0.
    bytes += [0, 0, 0]
    return bytes
  }

  /// The comment header. Values are cut where all of them would be absurdly long.
  static func tags(vendor: String, _ comments: [(name: String, value: String)]) -> [UInt8] {
    var bytes = Array("OpusTags".utf8)
    bytes += text(vendor)
    let fitting = comments.filter { isName($0.name) }
    bytes += little(UInt64(fitting.count), 4)
    for (name, value) in fitting {
      let room = max(0, Limits.tagsBytes - bytes.count)
      bytes += text("\(name)=\(cut(value, room / 2))")
    }
    return bytes
  }

  /// Not in the middle of a character.
  private static func cut(_ value: String, _ byteCount: Int) -> String {
    guard value.utf8.count > byteCount else { return value }
    var result = ""
    for character in value {
      guard result.utf8.count + character.utf8.count <= byteCount else { break }
      result.append(character)
    }
    return result
  }

  /// Printable ASCII without the sign that ends it (RFC 7845 section 5.2 and the Vorbis comments that it takes over).
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7D && $0 != 0x3D }
  }

  private static func text(_ value: String) -> [UInt8] {
    little(UInt64(value.utf8.count), 4) + Array(value.utf8)
  }

  static func little(_ value: UInt64, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }
}
