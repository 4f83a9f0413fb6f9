// What calls promise in figures: how much of what is lost comes back, how soon a late one sees a picture, how long it takes
// to be connected at all.

import Caller
import Link
import Structures
import Testing

@Suite("What calls promise")
struct PromiseTests {
  private static func still(_ delayMilliseconds: Int, lossPerMille: Int = 0, jitter: Int = 0) -> Weather {
    var weather = Weather()
    weather.delayMilliseconds = delayMilliseconds
    weather.lossPerMille = lossPerMille
    weather.jitterMilliseconds = jitter
    return weather
  }

  private static func picture(framesPerSecond: Int64 = 30) -> VideoLooks {
    var looks = VideoLooks()
    looks.framesPerSecond = framesPerSecond
    looks.packetByteCount = 200
    looks.keyFrameByteCount = 2_000
    looks.deltaFrameByteCount = 500
    return looks
  }

  @Test(
    "retransmission brings back 99 of 100 packets at 5 % loss each way and 100 ms there and back",
    arguments: 0..<4 as Range<UInt64>)
  func recovery(seed: UInt64) {
    let call = Call(seed: 1_000_000 + seed)
    call.video = Self.picture()
    for _ in 0..<2 {
      let weather = Self.still(25, lossPerMille: 50)
      call.at(1) { $0.join(up: weather, down: weather) }
    }
    call.run(until: 12_000)
    let sent = call.people.map { $0.caller.sentPackets(1) }
    for person in call.people { call.mute(person, 1, true) }
    call.run(until: 13_500)
    for person in call.people {
      guard let ssrc = person.subscriptions.first(where: \.isVideo)?.setup.ssrc,
        let figures = person.caller.figures(ssrc: ssrc)
      else {
        Issue.record("nothing was received")
        continue
      }
      // What came before the first packet that this one received is no loss.
      let expected = figures.received + figures.lost + figures.missing
      let lossless = Double(figures.received) / Double(max(1, expected))
      #expect(expected > sent[1 - person.index] * 8 / 10)
      #expect(
        lossless >= 0.99,
        "seed \(seed): \(figures.received) of \(expected), \(figures.recovered) recovered, sent \(sent)")
      #expect(figures.recovered > 0 && figures.pictureBreaks == 0)
    }
    #expect(call.ledger.complaints.isEmpty, "\(call.ledger.complaints)")
  }

  @Test(
    "who comes late sees a key frame within the round trip of a request for one, and jitter",
    arguments: [(5, 0), (20, 0), (20, 20), (80, 0), (80, 30)], [true, false])
  func lateJoiner(line: (delay: Int, jitter: Int), keepsOrder: Bool) {
    let (delay, jitter) = line
    for seed in 0..<3 as Range<UInt64> {
      let call = Call(seed: 2_000_000 + seed)
      call.video = Self.picture()
      // What overtakes the key frame's first packet must not wait for being asked for.
      var weather = Self.still(delay, jitter: jitter)
      weather.keepsOrder = keepsOrder
      call.at(1) { $0.join(up: weather, down: weather) }
      call.at(2) { $0.join(up: weather, down: weather) }
      call.run(until: 3_000)
      let late = call.join(up: weather, down: weather)
      let joined = call.now
      call.run(until: 6_000)
      guard let connected = late.connectedAt, let subscribed = late.subscriptions.first(where: \.isVideo),
        let first = late.caller.figures(ssrc: subscribed.setup.ssrc)?.firstKeyFrame
      else {
        Issue.record("no key frame: seed \(seed), \(delay) ms, joined \(joined)")
        continue
      }
      // The request goes out when keys are in place at the server, half a round trip before the caller has them: there
      // and back, the wait for the next frame, and the way down. Where packets overtake each other, media may overtake the
      // keys, and the caller asks itself: one way more.
      let ways = keepsOrder || jitter == 0 ? 3 : 4
      let most = Int64(ways * (delay + jitter) + 34 + 20)
      #expect(
        first.nanoseconds / 1_000_000 - connected <= most,
        "seed \(seed), \(delay)+\(jitter) ms: \(first.nanoseconds / 1_000_000 - connected) ms")
    }
  }

  @Test("at 30 % loss everybody is connected within fifteen seconds", arguments: 0..<20 as Range<UInt64>)
  func connects(part: UInt64) {
    for seed in part * 5..<part * 5 + 5 {
      let call = Call(seed: 3_000_000 + seed)
      call.video = nil
      for _ in 0..<2 {
        let weather = Self.still(50, lossPerMille: 300)
        call.at(1) { $0.join(up: weather, down: weather) }
      }
      call.run(until: 20)
      call.run(until: 15_000) { call.isEverybodyConnected }
      #expect(call.isEverybodyConnected && call.failures.isEmpty, "seed \(seed)")
    }
  }

  @Test("the same seed is the same call, to the last packet", arguments: [1, 2, 3] as [UInt64])
  func repeats(seed: UInt64) {
    let runs = (0..<2).map { _ in
      var script = Script(seed: seed)
      let call = script.play()
      return [call.network.carried, call.network.lost, call.ledger.forwarded, Int(call.now)]
    }
    // Certificates and handshake numbers differ, and with them the length of some datagrams, but not what happens.
    #expect(runs[0] == runs[1])
  }
}
