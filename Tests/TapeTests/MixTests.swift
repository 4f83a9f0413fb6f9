// The mix as a listener hears it: decoded by libopus, or judged by opusinfo and ffmpeg.

import Testing

@testable import Tape

@Suite("The mix of a recording")
struct MixTests {
  static let second: Int64 = 48_000

  /// Feeds the files in pieces, as they are asked for.
  static func mix(_ files: [[UInt8]], _ pans: [Pan], length: Int64, piece: Int = 4_096) throws -> [UInt8] {
    let mix = try Mix(
      pans, length: length,
      TrackDescription(serial: 9, channels: 2, vendor: "tandem test", comments: [("TITLE", "mix")]))
    var offsets = files.map { _ in 0 }
    var pages: [UInt8] = []
    loop: while true {
      switch try mix.step(into: &pages) {
      case .mixed: continue
      case .done: break loop
      case .wants(let track):
        let end = min(files[track].count, offsets[track] + piece)
        if offsets[track] == end { mix.end(track) }
        let bytes = Array(files[track][offsets[track]..<end])
        mix.feed(track, bytes.span)
        offsets[track] = end
      }
    }
    #expect(mix.progress == 1)
    return pages
  }

  @Test(
    "of a pair, the mentor is left and the student right, each at its moment",
    arguments: [100, 4_096, 1 << 20])
  func pair(piece: Int) throws {
    let end = 6 * Self.second
    let mentor = Speaker(sound: tone(440, during: Self.second..<2 * Self.second))
    let student = Speaker(sound: tone(880, during: 3 * Self.second..<4 * Self.second))
    let files = try [mentor, student].map { record(try $0.packets(from: 0, to: end), until: end).file }
    let mixed = try Self.mix(files, [.left, .right], length: end, piece: piece)
    try OggToolsTests.judge(mixed, "mix\(piece)", seconds: 6)
    let heard = try Listener(mixed)
    #expect(heard.channels == 2)
    #expect(heard.length == end)
    for (channel, moment) in [(0, Self.second), (1, 3 * Self.second)] {
      let onset = try #require(heard.onset(channel: channel))
      #expect(abs(onset - moment - 40 * 48) < 15 * 48, "\(onset)")
      let own = try Listener(files[channel]).onset() ?? 0
      #expect(abs(onset - own) < 5 * 48)
    }
    #expect((heard.onset(from: 2 * Self.second + 9_600, channel: 0) ?? .max) == .max)
  }

  @Test("a crowd in the middle that is too loud is turned down, without a click and without clipping")
  func crowd() throws {
    let end = 4 * Self.second
    let files = try [300.0, 310, 320, 330].map { hertz in
      record(
        try Speaker(sound: tone(hertz, amplitude: 0.7)).packets(from: 0, to: end), until: end, channels: 1
      ).file
    }
    let heard = try Listener(
      try Self.mix(files, Array(repeating: .centre, count: 4), length: end))
    let peak = heard.peak(0..<end)
    #expect(peak > 0.8 && peak < 1.05, "\(peak)")
  }

  @Test("the limiter keeps below the ceiling, and never moves fast")
  func limiter() {
    var limiter = PeakLimiter()
    var before: Float = 0
    for number in 0..<200 {
      let level: Float = number == 50 || number > 120 ? 3 : 0.5
      var frame = [Float](repeating: level, count: 1_920)
      guard let ready = limiter.pass(&frame) else { continue }
      #expect(ready.allSatisfy { $0 <= 0.981 })
      let own: Float = number - 1 == 50 || number - 1 > 120 ? 3 : 0.5
      let gain = ready[0] / own
      if number > 1 { #expect(abs(gain - before) < 0.02 || own == 3) }
      before = ready[1_918] / own
    }
  }

  @Test("what was lost is taken from the next packet where that brings it along")
  func correction() throws {
    let end = 10 * Self.second
    var options = OpusEncoder.Options()
    options.isVoice = true
    options.hasForwardCorrection = true
    options.bitsPerSecond = 32_000
    // Bursts, which concealment alone would smear or leave out.
    let bursts = together(
      stride(from: Self.second, to: end, by: 9_600).map { tone(500, during: $0..<$0 + 2_400) })
    var speaker = Speaker(sound: bursts, options: options)
    let whole = record(try speaker.packets(from: 0, to: end), until: end)
    speaker.line = Line(seed: 4, loss: 0.15)
    let torn = record(try speaker.packets(from: 0, to: end), until: end)
    #expect(torn.figures.correctable > 20)
    let reference = try Listener(try Self.mix([whole.file], [.centre], length: end))
    let plain = try Listener(torn.file)
    let corrected = try Listener(try Self.mix([torn.file], [.centre], length: end))
    func error(_ heard: Listener) -> Double {
      var sum = 0.0
      for index in 0..<Int(end) {
        let sample = heard.samples[index * heard.channels]
        let difference = Double(sample - reference.samples[index * 2])
        sum += difference * difference
      }
      return sum
    }
    #expect(error(corrected) < 0.7 * error(plain), "\(error(corrected)) of \(error(plain))")
  }

  @Test(
    "payloads that are well formed and nonsense never stop a mix, nor change its length", arguments: 1...40)
  func nonsense(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let end = 2 * Self.second
    var packets = try Speaker(sound: tone(440)).packets(from: 0, to: end)
    for index in packets.indices where chance.next() < 0.5 {
      packets[index].payload =
        [UInt8(chance.next() * 256)]
        + (0..<Int(chance.next() * 40)).map { _ in
          UInt8(chance.next() * 255)
        }
    }
    let file = record(packets, until: end).file
    #expect(try Listener(try Self.mix([file], [.centre], length: end)).length == end)
  }

  @Test("a file that ends early is followed by silence, and no file at all is silence")
  func short() throws {
    let file = record(try Speaker(sound: tone(440)).packets(from: 0, to: Self.second), until: Self.second)
      .file
    let heard = try Listener(try Self.mix([file, []], [.left, .right], length: 3 * Self.second))
    #expect(heard.length == 3 * Self.second)
    #expect(heard.peak(2 * Self.second..<3 * Self.second) < 0.001)
  }
}
