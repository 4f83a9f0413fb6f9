// A day in virtual time: the same from the same seed, replayable, and with figures that make sense.

import Matching
import Testing

@Suite("Matching: simulation")
struct SimulationTests {
  private var shape: DayShape {
    var shape = DayShape()
    shape.students = 300
    shape.mentors = 60
    shape.subjects = 6
    return shape
  }

  @Test("a day gives the same report from the same seed, and its log the same decisions")
  func repeats() {
    var first = Simulation(Trace(shape, seed: 7), MatchingRules(), records: true)
    var second = Simulation(Trace(shape, seed: 7), MatchingRules())
    let (report, log) = first.run()
    #expect(report == second.run().report)
    var replayed = MatchQueue(MatchingRules())
    _ = replayed.replay(log)
    #expect(replayed.json == first.queue.json)
    #expect(report != Simulation.report(Trace(shape, seed: 8)))
  }

  @Test("everybody is accounted for, and more mentors mean shorter waits")
  func accounts() {
    let report = Simulation.report(Trace(shape, seed: 3))
    #expect(report.students == 300)
    #expect(report.waits.count + report.expired + report.unanswered + report.stillWaiting == 300)
    #expect(report.waits.count > 150)
    #expect(report.meanScore > 0.5 && report.meanScore <= 1)
    #expect(report.lines.count == 6)
    var scarce = shape
    scarce.mentors = 15
    let worse = Simulation.report(Trace(scarce, seed: 3))
    #expect(worse.waits.count < report.waits.count || worse.waitSeconds(0.9) > report.waitSeconds(0.9))
  }
}

extension Simulation {
  fileprivate static func report(_ trace: Trace) -> SimulationReport {
    var simulation = Simulation(trace, MatchingRules())
    return simulation.run().report
  }
}
