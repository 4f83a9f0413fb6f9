// Missing packets: what is asked for, how often, and what becomes of it over a bad road.

import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Asking for missing packets")
struct LossRequestTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func asked(_ requests: inout LossRequests, at now: Instant, roundTrip: Int64 = 50_000) -> [Int64] {
    var asked: [Int64] = []
    requests.due(at: now, roundTrip: roundTrip) { asked.append($0) }
    return asked
  }

  private func take(_ requests: inout LossRequests, _ count: Int64, at now: Instant) -> Bool {
    requests.received(count, at: now)
  }

  private func takeWish(_ requests: inout LossRequests) -> Bool { requests.takeKeyframeWish() }

  @Test("a gap is asked for after a moment's grace, or with the second packet behind it")
  func grace() {
    var requests = LossRequests(isVideo: true)
    _ = requests.received(10, at: start)
    _ = requests.received(12, at: start)
    #expect(requests.deadline == start.adding(milliseconds: 5))
    #expect(asked(&requests, at: start.adding(milliseconds: 4)) == [])
    #expect(asked(&requests, at: start.adding(milliseconds: 5)) == [11])

    _ = requests.received(14, at: start.adding(milliseconds: 6))
    _ = requests.received(15, at: start.adding(milliseconds: 7))
    #expect(asked(&requests, at: start.adding(milliseconds: 7)) == [13])
  }

  @Test("a packet that was only late is not asked for")
  func late() {
    var requests = LossRequests(isVideo: true)
    _ = requests.received(10, at: start)
    _ = requests.received(12, at: start)
    #expect(take(&requests, 11, at: start.adding(milliseconds: 1)))
    #expect(!take(&requests, 11, at: start.adding(milliseconds: 1)))
    #expect(requests.deadline == nil)
    #expect(requests.missingCount == 0)
    #expect(asked(&requests, at: start.adding(milliseconds: 100)) == [])
  }

  @Test(
    "it is asked for again once a round trip and a quarter, as often as is worth it",
    arguments: [(true, 8), (false, 3)])
  func tries(isVideo: Bool, count: Int) {
    var requests = LossRequests(isVideo: isVideo)
    _ = requests.received(0, at: start)
    _ = requests.received(2, at: start)
    var times: [Int64] = []
    while let deadline = requests.deadline {
      if asked(&requests, at: deadline, roundTrip: 40_000) == [1] {
        times.append(deadline.milliseconds(since: start))
      }
    }
    #expect(times == (0..<count).map { 5 + 50 * Int64($0) })
    #expect(requests.gaveUpCount == 1)
    #expect(!take(&requests, 1, at: start.adding(milliseconds: 900)))
  }

  @Test("nobody waits longer than a second, and a quick road is not asked faster than timers go")
  func bounds() {
    var requests = LossRequests(isVideo: true)
    _ = requests.received(0, at: start)
    _ = requests.received(2, at: start)
    var times: [Int64] = []
    while let deadline = requests.deadline {
      if asked(&requests, at: deadline, roundTrip: 300_000) == [1] {
        times.append(deadline.milliseconds(since: start))
      }
    }
    #expect(times == [5, 380, 755])
    #expect(requests.gaveUpCount == 1)

    _ = requests.received(4, at: start)
    #expect(asked(&requests, at: start.adding(milliseconds: 5), roundTrip: 0) == [3])
    #expect(requests.deadline == start.adding(milliseconds: 25))
  }

  @Test("as much as is remembered is asked for; one more, and only a key frame helps")
  func atTheBound() {
    let bound = Int64(Limits.missing)
    var requests = LossRequests(isVideo: true)
    _ = requests.received(0, at: start)
    _ = requests.received(bound + 1, at: start)
    #expect(requests.missingCount == Limits.missing)
    #expect(!requests.wantsKeyframe)
    // The list is full: the oldest makes room.
    _ = requests.received(bound + 3, at: start)
    #expect(requests.missingCount == Limits.missing)
    #expect(requests.gaveUpCount == 1)
    #expect(takeWish(&requests))
    #expect(!takeWish(&requests))
    #expect(!take(&requests, 1, at: start))
    #expect(take(&requests, 2, at: start))

    var other = LossRequests(isVideo: true)
    _ = other.received(0, at: start)
    _ = other.received(2, at: start)
    _ = other.received(bound + 4, at: start)
    #expect(other.missingCount == 0)
    #expect(other.deadline == nil)
    #expect(other.gaveUpCount == Limits.missing + 2)
    #expect(takeWish(&other))

    var audio = LossRequests(isVideo: false)
    _ = audio.received(0, at: start)
    _ = audio.received(bound + 2, at: start)
    #expect(!audio.wantsKeyframe)
  }

  @Test("a stream that begins anew is asked for nothing of the old one")
  func restarts() {
    var requests = LossRequests(isVideo: true)
    _ = requests.received(0, at: start)
    _ = requests.received(2, at: start)
    _ = requests.received(30_000, at: start)
    #expect(requests.missingCount == 1)
    _ = requests.received(30_001, at: start)
    #expect(requests.missingCount == 0)
    #expect(requests.deadline == nil)
    #expect(takeWish(&requests))
    _ = requests.received(30_003, at: start)
    #expect(requests.missingCount == 1)
    requests.forget()
    #expect(requests.deadline == nil)
  }

  @Test("over a road that loses 5 %, both ways, 99 % of what was lost comes in time", arguments: 1...8)
  func recovers(seed: UInt64) {
    var random = Seeded(state: seed)
    let roundTrip: Int64 = 100_000
    let lane = Lane(lossOf100: 5, lateOf100: 5, doubledOf100: 1, lateMicroseconds: 4_000)
    let first: Int64 = 65_000
    var waiting = lane.packets(first..<first + 10_000, from: start, &random)
    let arrived = Set(waiting.map(\.count))
    let lost = Set((arrived.min() ?? 0)...(arrived.max() ?? 0)).subtracting(arrived)
    var requests = LossRequests(isVideo: true)
    var times: [Int64: [Instant]] = [:]
    var unwrapper = SequenceUnwrapper()
    var missed: Set<Int64> = []
    var recovered: Set<Int64> = []
    var index = 0
    while index < waiting.count || requests.deadline != nil {
      let arrival = index < waiting.count ? waiting[index].at : .distantFuture
      let now = min(arrival, requests.deadline ?? .distantFuture)
      if now == arrival {
        let count = unwrapper.unwrap(waiting[index].sequence)
        if requests.received(count, at: now), lost.contains(count) { recovered.insert(count) }
        index += 1
      }
      var answers: [Lane.Packet] = []
      requests.due(at: now, roundTrip: roundTrip) { count in
        missed.insert(count)
        #expect(count <= unwrapper.newest ?? 0)
        if let last = times[count]?.last { #expect(now.microseconds(since: last) >= roundTrip * 5 / 4) }
        times[count, default: []].append(now)
        guard Int.random(in: 0..<100, using: &random) >= 10 else { return }
        answers.append(Lane.Packet(count: count, at: now.adding(microseconds: roundTrip)))
      }
      for answer in answers {
        waiting.insert(answer, at: waiting[index...].firstIndex { $0.at > answer.at } ?? waiting.count)
      }
    }
    #expect(requests.missingCount == 0)
    #expect(lost.isSubset(of: missed))
    #expect(times.values.allSatisfy { $0.count <= Int(Limits.videoTries) })
    #expect(recovered.count + requests.gaveUpCount == lost.count)
    #expect(Double(recovered.count) >= Double(lost.count) * 0.99)
  }
}
