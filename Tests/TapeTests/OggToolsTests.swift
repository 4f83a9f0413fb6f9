// Files of the tape before the judges of the field: opusinfo and ffprobe have to find nothing to complain about.

import Glibc
import Tape
import Testing

@Suite("Files of the tape under opusinfo and ffprobe")
struct OggToolsTests {
  static let second: Int64 = 48_000

  static func output(of command: String) -> String {
    guard let pipe = popen("\(command) 2>&1", "r") else { return "cannot start \(command)" }
    var text: [UInt8] = []
    while case let byte = getc(pipe), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
    let status = pclose(pipe)
    return String(decoding: text, as: UTF8.self) + (status == 0 ? "" : "\nstatus \(status)")
  }

  static func judge(_ file: [UInt8], _ name: String, seconds: Double) throws {
    let path = "/tmp/tandem-tape-\(getpid())-\(name).opus"
    defer { unlink(path) }
    let stream = try #require(fopen(path, "w"))
    fwrite(file, 1, file.count, stream)
    fclose(stream)
    let opus = output(of: "opusinfo \(path)")
    #expect(!opus.contains("WARNING") && !opus.contains("ERROR") && !opus.contains("status"), "\(opus)")
    let probe = output(of: "ffmpeg -v warning -i \(path) -f null -")
    #expect(probe.isEmpty, "\(probe)")
    let told = output(of: "ffprobe -v error -show_entries format=duration -of csv=p=0 \(path)")
    let length = try #require(Double(told.split(separator: "\n").first ?? ""), "\(told)")
    #expect(abs(length - seconds) < 0.02)
  }

  @Test("a plain talk, one with loss, one with silence only, one that begins late")
  func files() throws {
    let end = 8 * Self.second
    let plain = try Speaker(sound: tone(440)).packets(from: 0, to: end)
    try Self.judge(record(plain, until: end).file, "plain", seconds: 8)
    var lossy = Speaker(sound: tone(440))
    lossy.line = Line(seed: 5, loss: 0.2, jitterSamples: 2_000)
    try Self.judge(record(lossy.packets(from: 0, to: end), until: end).file, "loss", seconds: 8)
    try Self.judge(record([], until: end).file, "silence", seconds: 8)
    let late = try Speaker(sound: tone(440)).packets(from: 300 * Self.second, to: 303 * Self.second)
    try Self.judge(record(late, until: 303 * Self.second, channels: 2).file, "late", seconds: 303)
    var breaks = Speaker(
      sound: together([tone(440, during: 0..<end / 4), tone(440, during: end / 2..<end)]))
    breaks.options.isVoice = true
    breaks.options.isDiscontinuous = true
    breaks.options.bitsPerSecond = 20_000
    try Self.judge(record(breaks.packets(from: 0, to: end), until: end).file, "dtx", seconds: 8)
  }

  @Test("cut off at any byte, a file is whole again up to its last whole page", arguments: 1...20)
  func repaired(seed: Int) throws {
    var chance = Chance(seed: UInt64(seed))
    let end = 10 * Self.second
    let file = record(try Speaker(sound: tone(440)).packets(from: 0, to: end), until: end).file
    let cut = 300 + Int(chance.next() * Double(file.count - 400))
    var torn = Array(file[..<cut])
    // The end may also be bytes that were never written.
    for index in max(0, cut - Int(chance.next() * 60))..<cut { torn[index] = 0 }
    var reader = OggReader()
    reader.feed(torn.span)
    #expect(!reader.isClosed)
    let closing = try #require(reader.closing())
    let whole = Array(torn[..<reader.wholeBytes]) + closing
    let seconds = Double(max(120, reader.granule - 312)) / 48_000
    try Self.judge(whole, "torn\(seed)", seconds: seconds)
    // All but a second of what was there.
    #expect(seconds > 10 * Double(cut) / Double(file.count) - 1)
  }
}
