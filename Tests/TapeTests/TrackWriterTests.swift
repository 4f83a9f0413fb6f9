// What a track's file has to be whatever its line does: as long as the recording, in step with the others, and with every
// payload that came, as it came. Judged by decoding it with libopus.

import Link
import Tape
import Testing

@Suite("A track on tape")
struct TrackWriterTests {
  static let second: Int64 = 48_000
  static let millisecond: Int64 = 48

  @Test("the file is as long as the recording to the sample, and its payloads are those that came")
  func untouched() throws {
    let packets = try Speaker(sound: tone(440)).packets(from: 0, to: 5 * Self.second)
    let (file, figures, _) = record(packets, until: 5 * Self.second + 2_400)
    var reader = OggReader()
    reader.feed(file.span)
    var payloads: [[UInt8]] = []
    while let packet = reader.next() { payloads.append(packet.bytes) }
    #expect(payloads[0].starts(with: Array("OpusHead".utf8)))
    #expect(payloads[1].starts(with: Array("OpusTags".utf8)))
    for packet in packets { #expect(payloads.contains(packet.payload)) }
    #expect(figures.packets == packets.count)
    #expect(figures.lost == 0)
    let heard = try Listener(file)
    #expect(heard.isClosed)
    #expect(heard.length == 5 * Self.second + 2_400)
  }

  @Test("what was said at a moment is heard at that moment, plus the way it took")
  func place() throws {
    let packets = try Speaker(sound: click(at: 2 * Self.second)).packets(from: 0, to: 4 * Self.second)
    let heard = try Listener(record(packets, until: 4 * Self.second).file)
    let onset = try #require(heard.onset())
    // A frame of 20 ms is sent when it is over, and the line takes 20 ms.
    #expect(abs(onset - 2 * Self.second - 40 * Self.millisecond) < 5 * Self.millisecond)
  }

  @Test("a late joiner's file begins with the silence before, so that all files of a recording are in step")
  func lateJoiner() throws {
    let start = 3_600 * Self.second
    let packets = try Speaker(sound: click(at: start + Self.second)).packets(
      from: start, to: start + 2 * Self.second)
    let (file, figures, _) = record(packets, until: start + 2 * Self.second)
    let heard = try Listener(file, start - Self.second..<start + 2 * Self.second)
    let onset = try #require(heard.onset())
    #expect(abs(onset - start - Self.second - 40 * Self.millisecond) < 5 * Self.millisecond)
    #expect(heard.length == start + 2 * Self.second)
    #expect(heard.peak(start - Self.second..<start) < 1e-9)
    #expect(figures.silentSamples >= start - 3 * Self.second)
    #expect(file.count < 700_000)
  }

  @Test(
    "two people on different lines are within 20 ms of each other after two hours of crystals 100 ppm apart")
  func drift() throws {
    let end = 7_200 * Self.second
    let moments = stride(from: 10 * Self.second, to: end, by: Int(1_200 * Self.second)).map { $0 }
    let clicks = together(moments.map(click))
    var onsets: [[Int64]] = []
    for (drift, delay) in [(50.0, 30.0), (-50.0, 30.0)] {
      var speaker = Speaker(sound: clicks, driftPartsPerMillion: drift)
      speaker.options.complexity = 0
      speaker.line = Line(seed: 3, delaySamples: Int64(delay * 48), jitterSamples: 30 * 48)
      let (file, figures, _) = record(try speaker.packets(from: 0, to: end), until: end)
      onsets.append(
        try moments.map { moment in
          let around = moment - Self.second / 2..<moment + Self.second / 2
          return try Listener(file, around).onset() ?? -1
        })
      let measured = try #require(figures.driftPartsPerMillion)
      #expect(abs(measured - drift) < 2, "\(measured) ppm")
      // The last packet may begin before the end and be heard behind it.
      #expect((end...end + 20 * Self.millisecond).contains(try Listener(file, 0..<0).length))
    }
    for (index, moment) in moments.enumerated() {
      for track in onsets {
        let late = track[index] - moment
        #expect(late > 30 * Self.millisecond && late < 70 * Self.millisecond, "\(late / 48) ms at \(index)")
      }
      #expect(abs(onsets[0][index] - onsets[1][index]) < 20 * Self.millisecond)
    }
  }

  @Test(
    "10 % loss with retransmissions loses nothing; without them it fills what is missing", arguments: 1...5)
  func loss(seed: Int) throws {
    var speaker = Speaker(sound: tone(440))
    speaker.line = Line(seed: UInt64(seed), loss: 0.1, repeated: 1, jitterSamples: 40 * 48)
    let end = 20 * Self.second
    var taken = record(try speaker.packets(from: 0, to: end), until: end + Self.second)
    #expect(taken.figures.lost == 0)
    #expect(taken.figures.late == 0)
    speaker.line.repeated = 0
    taken = record(try speaker.packets(from: 0, to: end), until: end)
    #expect(taken.figures.lost > 50)
    #expect(taken.figures.concealedSamples >= Int64(taken.figures.lost - 5) * 960)
    let heard = try Listener(taken.file)
    #expect(heard.length == end)
  }

  @Test("copies in later packets (RED) fill what was lost", arguments: 1...3)
  func redundancy(seed: Int) throws {
    var speaker = Speaker(sound: tone(440), redDistance: 1)
    speaker.line = Line(seed: UInt64(seed), loss: 0.1)
    let end = 20 * Self.second
    let (_, figures, _) = record(try speaker.packets(from: 0, to: end), until: end)
    #expect(figures.lost > 50)
    #expect(Double(figures.restored) > 0.8 * Double(figures.lost))
    #expect(figures.concealedSamples < Int64(figures.lost - figures.restored + 2) * 960)
  }

  @Test("copies from a time that is not to be heard are not used")
  func forbiddenCopies() throws {
    var speaker = Speaker(sound: tone(440), redDistance: 1)
    speaker.line = Line(seed: 1, loss: 0.1)
    var packets = try speaker.packets(from: 0, to: 5 * Self.second)
    for index in packets.indices { packets[index].kind = .redWithoutCopies }
    let figures = record(packets, until: 6 * Self.second).figures
    #expect(figures.lost > 5 && figures.restored == 0 && figures.packets == packets.count)
  }

  @Test("while a track is muted there is silence, and nothing counts as lost")
  func muted() throws {
    var packets = try Speaker(sound: tone(440)).packets(from: 0, to: 4 * Self.second)
    for index in packets.indices where (50..<150).contains(index) {
      packets[index].kind = .empty
      packets[index].payload = []
    }
    let (file, figures, _) = record(packets, until: 5 * Self.second)
    #expect(figures.lost == 0 && figures.concealedSamples == 0 && figures.packets == 100)
    let heard = try Listener(file)
    #expect(heard.peak(Self.second + 9_600..<3 * Self.second) < 0.001)
    #expect(heard.peak(3 * Self.second + 9_600..<4 * Self.second) > 0.2)
  }

  @Test("another device with other numbers goes on in the same file, in its place")
  func otherStream() throws {
    let first = try Speaker(sound: tone(440)).packets(from: 0, to: 4 * Self.second)
    var other = Speaker(sound: click(at: 6 * Self.second), epoch: 2)
    other.firstTimestamp = 4_294_960_000
    other.firstCount = 12
    let second = try other.packets(from: 5 * Self.second, to: 8 * Self.second)
    let (file, figures, _) = record(first + second, until: 8 * Self.second)
    #expect(figures.streams == 2)
    let heard = try Listener(file)
    let onset = try #require(heard.onset(from: 5 * Self.second))
    #expect(abs(onset - 6 * Self.second - 40 * Self.millisecond) < 5 * Self.millisecond)
    #expect(heard.peak(4 * Self.second + 9_600..<5 * Self.second) < 0.02)
  }

  @Test("who is mute for long, with a media clock that stands still, is in step again at once")
  func stoppedClock() throws {
    let first = try Speaker(sound: tone(440)).packets(from: 0, to: 2 * Self.second)
    var again = Speaker(sound: click(at: 63 * Self.second))
    // Goes on with the next number and the next time, as if no minute had passed.
    again.firstTimestamp = 1_000_000 + UInt32(100 * 960)
    again.firstCount = 70_100
    let second = try again.packets(from: 62 * Self.second, to: 65 * Self.second)
    let heard = try Listener(record(first + second, until: 65 * Self.second).file)
    let onset = try #require(heard.onset(from: 3 * Self.second))
    #expect(abs(onset - 63 * Self.second - 40 * Self.millisecond) < 20 * Self.millisecond)
  }

  @Test("discontinuous transmission keeps time")
  func discontinuous() throws {
    var speaker = Speaker(
      sound: together([
        tone(440, during: 0..<2 * Self.second), tone(440, during: 8 * Self.second..<9 * Self.second),
      ]))
    speaker.options.isDiscontinuous = true
    speaker.options.isVoice = true
    speaker.options.bitsPerSecond = 24_000
    let packets = try speaker.packets(from: 0, to: 10 * Self.second)
    #expect(packets.count < 350)
    let (file, figures, _) = record(packets, until: 10 * Self.second)
    #expect(figures.comfortSamples > Self.second)
    let heard = try Listener(file)
    let onset = try #require(heard.onset(from: 3 * Self.second))
    #expect(abs(onset - 8 * Self.second - 40 * Self.millisecond) < 20 * Self.millisecond)
    #expect(heard.peak(4 * Self.second..<7 * Self.second) < 0.02)
  }

  @Test("a track that nobody ever spoke on is a file of silence as long as the recording")
  func nothing() throws {
    let (file, figures, levels) = record([], until: 30 * Self.second)
    let heard = try Listener(file)
    #expect(heard.length == 30 * Self.second)
    #expect(heard.peak(0..<30 * Self.second) < 1e-9)
    #expect(figures.packets == 0)
    #expect(!levels.isTold)
  }

  @Test("loudness is kept for each tenth of a second")
  func levels() throws {
    let packets = try Speaker(sound: tone(440, during: Self.second..<2 * Self.second)).packets(
      from: 0, to: 3 * Self.second)
    let levels = record(packets, until: 3 * Self.second).levels
    #expect(levels.isTold)
    let loud = levels.steps.indices.filter { levels.steps[$0] < 127 }
    #expect(abs((loud.first ?? 0) - 10) <= 1)
    #expect(abs((loud.last ?? 0) - 20) <= 1)
  }

  @Test(
    "whatever numbers and bytes come, the file stays whole and no longer than the recording",
    arguments: 1...60)
  func garbage(seed: Int) throws {
    var chance = Chance(seed: UInt64(seed))
    var packets = try Speaker(sound: tone(300)).packets(from: 0, to: 2 * Self.second)
    for index in packets.indices where chance.next() < 0.2 {
      switch Int(chance.next() * 6) {
      case 0: packets[index].timestamp = UInt32(chance.next() * 4_294_967_295)
      case 1: packets[index].count = Int64(chance.next() * 1_000_000)
      case 2: packets[index].payload = (0..<Int(chance.next() * 60)).map { _ in UInt8(chance.next() * 255) }
      case 3: packets[index].kind = .red
      case 4: packets[index].epoch = UInt32(chance.next() * 3)
      default: packets[index].kind = .empty
      }
    }
    let (file, _, _) = record(packets, until: 2 * Self.second)
    var reader = OggReader()
    reader.feed(file.span)
    #expect(reader.isClosed)
    #expect(reader.wholeBytes == file.count)
    #expect(abs(reader.granule - 312 - 2 * Self.second) < Self.second / 2)
  }
}
