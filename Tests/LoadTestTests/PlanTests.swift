// Who joins when, what is said of figures, and which bounds are missed.

import Caller
import Generator
import Testing

@testable import LoadTest

@Suite("Load test") struct PlanTests {
  @Test("rooms fill evenly, and those who only listen are the last of each")
  func people() {
    var plan = LoadPlan()
    plan.rooms = 3
    plan.participants = 4
    plan.listeners = 0.5
    let people = plan.people()
    #expect(people.map(\.index) == Array(0..<12))
    #expect(people.map(\.room) == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    #expect(people.filter(\.sends).map(\.place).max() == 1)
    plan.listeners = 1
    #expect(plan.sendersPerRoom == 1)
  }

  @Test("what is played has the looks that were asked for")
  func looks() {
    var plan = LoadPlan()
    #expect(plan.videoLooks == nil && plan.audioLooks?.payloadByteCount == 80)
    plan.audio = .off
    plan.video = .vp8
    plan.videoPacketsPerSecond = 200
    #expect(plan.audioLooks == nil && plan.videoLooks?.packetsPerSecond == 200)
  }

  @Test(
    "times and shares are written as people read them",
    arguments: [
      (830_000, "830 µs"), (12_340_000, "12.3 ms"), (340_000_000, "340 ms"), (12_500_000_000, "12.5 s"),
    ] as [(Int64, String)])
  func times(nanoseconds: Int64, text: String) { #expect(LoadText.time(nanoseconds) == text) }

  @Test("shares have two digits")
  func shares() {
    #expect(LoadText.percent(0.0123) == "1.23 %" && LoadText.percent(0) == "0.00 %")
    #expect(LoadText.percent(1) == "100.00 %")
  }

  private func result(latency: Int64, lost: Int, failures: [String: Int]) -> LoadResult {
    var figures = GeneratorFigures()
    figures.latency.add(latency)
    figures.window.received = 100 - lost
    figures.window.lost = lost
    var tally = LoadTallySnapshot()
    tally.failures = failures
    return LoadResult(plan: LoadPlan(), tally: tally, figures: [figures])
  }

  @Test("each bound that is missed is named, and one that nothing was measured for")
  func bounds() {
    var bounds = LoadBounds()
    #expect(bounds.missed(by: result(latency: 9, lost: 50, failures: ["a": 3])) == [])
    bounds.latency99 = .milliseconds(10)
    bounds.loss = 0.01
    bounds.failures = 0
    #expect(bounds.missed(by: result(latency: 5_000_000, lost: 1, failures: [:])) == [])
    let missed = bounds.missed(by: result(latency: 15_000_000, lost: 2, failures: ["a": 1, "b": 2]))
    #expect(missed.count == 3 && missed[0].contains("15.") && missed[2].contains("3"))
    bounds.join99 = .seconds(1)
    #expect(bounds.missed(by: result(latency: 1, lost: 0, failures: [:])) == ["join: nothing was measured"])
  }

  @Test("a generator that was late itself is not believed")
  func doubt() {
    var figures = GeneratorFigures()
    for _ in 0..<100 { figures.lateness.add(30_000_000) }
    #expect(LoadResult(plan: LoadPlan(), tally: LoadTallySnapshot(), figures: [figures]).doubt != nil)
    #expect(result(latency: 1, lost: 0, failures: [:]).doubt == nil)
  }

  @Test("a server's metrics are read, and what is none of them is not")
  func metrics() {
    let page = """
      # HELP tandem_process_cpu_seconds_total CPU time of this process.
      tandem_process_cpu_seconds_total 12.5
      tandem_process_resident_memory_bytes 1048576
      """
    #expect(
      ServerSample(metrics: page) == ServerSample(cpuNanoseconds: 12_500_000_000, residentBytes: 1 << 20))
    #expect(ServerSample(metrics: "tandem_process_cpu_seconds_total x") == nil)
    #expect(ServerSample(pid: 0) == nil)
  }
}
