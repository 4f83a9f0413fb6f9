// A line from the standard input, for secrets and tokens that should not stand on the command line.

import Glibc

enum StandardInput {
  static func line() throws(CommandFailure) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.count <= Limits.inputLineBytes {
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 || byte == UInt8(ascii: "\n") { break }
      bytes.append(byte)
    }
    let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    guard !text.isEmpty else { throw .usage("nothing came on the standard input") }
    return text
  }
}
