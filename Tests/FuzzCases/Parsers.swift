// What is fuzzed, each with inputs that are right, from which the wrong ones are made.

import API
import Access
import Configuration
import Values
import Web

struct Parser: Sendable {
  let name: String
  let seeds: [[UInt8]]
  let run: @Sendable ([UInt8]) -> Void

  private init(_ name: String, _ seeds: [String], _ run: @escaping @Sendable ([UInt8]) -> Void) {
    self.name = name
    self.seeds = seeds.map { Array($0.utf8) }
    self.run = run
  }

  static let all: [Parser] = [
    Parser(
      "json", [#"{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{"c":{}}}"#, "[[[[[]]]]]", "\"text\""]
    ) {
      JSON.fuzz($0.span)
    },
    Parser("timestamp", ["2026-11-21T09:00:00.250+01:00", "1969-12-31T23:59:59Z"]) {
      if let time = Timestamp(rfc3339: String(decoding: $0, as: UTF8.self)) {
        precondition(Timestamp(rfc3339: time.rfc3339) == time, "a time must survive its text")
      }
    },
    Parser("base64", ["Zm9vYmFyLV8", "Zg==", "YWJj"]) {
      let text = String(decoding: $0, as: UTF8.self)
      if let bytes = Base64.decode(text) {
        precondition(Base64.decode(Base64.encode(bytes)) == bytes, "bytes must survive their text")
      }
    },
  ]
}
