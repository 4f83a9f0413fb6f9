// A console that collects, and places for files of a test.

import Commands
import Control
import Glibc
import Testing

@Control final class Collected {
  var output = ""
  var errors = ""

  lazy var console = Console(
    style: .none, errorStyle: .none, width: 80, canAsk: false, output: { [unowned self] in output += $0 },
    errors: { [unowned self] in errors += $0 })

  func run(_ words: String..., environment: [String: String] = [:]) async -> Int32 {
    (output, errors) = ("", "")
    return await Program.run(words, environment: environment, console: console)
  }
}

/// A directory that is gone when the test is.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/tandem-commands-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { _ = TestFiles.shell("rm -rf '\(path)'") }
}

enum TestFiles {
  static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    fputs(text, file)
  }

  static func read(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "no file \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Exit code and what was printed, both outputs together.
  static func shell(_ command: String) -> (code: Int32, text: String) {
    guard let pipe = popen("{ \(command)\n} 2>&1", "r") else { return (-1, "") }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      text += buffer[..<count]
    }
    let status = pclose(pipe)
    return ((status >> 8) & 0xFF, String(decoding: text, as: UTF8.self))
  }

  static func has(_ program: String) -> Bool { shell("command -v \(program)").code == 0 }
}
