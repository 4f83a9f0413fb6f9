// Text from outside, made fit for a terminal: names of participants must not be able to move the cursor, change
// colours or turn the direction of a line.

package enum Printable {
  /// Control and direction characters become visible escapes.
  package static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isDangerous) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isDangerous(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  package static func quoted(_ text: String) -> String { "'\(plain(text))'" }

  private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // C0, DEL and C1 controls; line and paragraph separators; marks, embeddings, overrides and isolates.
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0x200E...0x200F, 0x061C, 0xFEFF: true
    default: false
    }
  }
}
