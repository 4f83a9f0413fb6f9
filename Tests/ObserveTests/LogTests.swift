// The shape of log lines, for machines and for people, and which lines are written at all.

import Observe
import Testing
import Values

@Suite("Log lines")
struct LogTests {
  private let time = Timestamp(milliseconds: 1_795_251_600_250)

  private func line(
    _ level: Log.Level, _ message: String, _ fields: JSON.Object = [:], format: Log.Format,
    colours: Bool = false
  ) -> String {
    String(
      decoding: LogOutput.line(level, "web", message, fields, at: time, format: format, colours: colours),
      as: UTF8.self)
  }

  @Test("a machine gets one JSON object a line: time, level, subsystem, message, then the fields in order")
  func json() {
    #expect(
      line(.warning, "slow client", ["connection": 7, "address": "192.0.2.0/24"], format: .json)
        == #"{"time":"2026-11-21T09:00:00.250Z","level":"warning","subsystem":"web","message":"slow client","#
        + #""connection":7,"address":"192.0.2.0/24"}"# + "\n")
  }

  @Test("a person gets the time, the level, a sentence and fields")
  func human() {
    #expect(
      line(.info, "listening", ["port": 7080, "host": "a b", "tls": false], format: .human)
        == "09:00:00 info  web: listening port=7080 host=\"a b\" tls=false\n")
    #expect(
      line(.error, "no", format: .human, colours: true) == "09:00:00 \u{1B}[31merror\u{1B}[0m web: no\n")
  }

  @Test(
    "nobody can write a second line or reach the terminal through a value",
    arguments: ["a\nfake", "a\r\nfake", "a\u{1B}[2Jb", "a\u{2028}b", "a\u{202E}b", "a\u{85}b", "a\u{0}b"])
  func injection(value: String) {
    for format in [Log.Format.json, .human] {
      let text = line(.info, value, ["name": .string(value), value: 1], format: format)
      #expect(text.unicodeScalars.count { $0 == "\n" } == 1)
      #expect(text.hasSuffix("\n"))
      #expect(!text.unicodeScalars.contains("\r") && !text.unicodeScalars.contains("\u{1B}"))
    }
    #expect(!line(.info, value, format: .human).unicodeScalars.contains { $0.value > 0x7E })
  }

  @Test("a subsystem's own level goes before the general one")
  func levels() {
    defer { LogOutput.configure(level: .info, format: .human) }
    LogOutput.configure(level: .warning, levels: ["web": .debug, "store": .error], format: .json)
    #expect(Log("web").isOn(.debug))
    #expect(!Log("sessions").isOn(.info))
    #expect(Log("sessions").isOn(.warning))
    #expect(!Log("store").isOn(.warning))
    var built = 0
    Log("store").warning("\({ built += 1; return built }())")
    #expect(built == 0, "a line that nobody reads is not even put together")
  }
}
