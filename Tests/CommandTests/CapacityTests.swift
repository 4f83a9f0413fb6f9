// The capacity model: more people need more, the tightest bound decides, and words that are wrong are told so.

import Testing

@testable import Commands

@Suite("Capacity") struct CapacityTests {
  @Test("twice as many people need twice of everything")
  func proportion() {
    var question = CapacityQuestion()
    let one = CapacityModel.answer(question)
    question.participants *= 2
    let two = CapacityModel.answer(question)
    #expect(abs(two.cores - 2 * one.cores) < 1e-9 && abs(two.gigabitsOut - 2 * one.gigabitsOut) < 1e-9)
    #expect(two.nodes >= 2 * one.nodes - 1 && two.nodes <= 2 * one.nodes)
  }

  @Test("the tightest of processor, network and memory decides")
  func bounds() {
    var question = CapacityQuestion()
    question.gigabitsPerNode = 0.1
    #expect(CapacityModel.answer(question).bound == .network)
    question.gigabitsPerNode = 1_000
    question.coresPerNode = 0.5
    #expect(CapacityModel.answer(question).bound == .processor)
    question.coresPerNode = 1_000
    question.gigabytesPerNode = 0.1
    #expect(CapacityModel.answer(question).bound == .memory)
    question.participants = 1
    question.gigabytesPerNode = 64
    #expect(CapacityModel.answer(question).nodes == 1)
  }

  @Test("counts are read as people write them")
  func counts() throws {
    #expect(try CapacityCommand.count("10k") == 10_000)
    #expect(try CapacityCommand.count("1.5M") == 1_500_000)
    #expect(try CapacityCommand.count("7") == 7)
    for wrong in ["", "k", "-1", "many", "1e99"] {
      #expect(throws: CommandFailure.self) { try CapacityCommand.count(wrong) }
    }
  }

  @Test("a mix names what is known and adds up")
  func mixes() throws {
    #expect(try CapacityCommand.shares("audio-pair=25%,webinar=75%") == [.audioPair: 0.25, .webinar: 0.75])
    #expect(try CapacityCommand.shares("group") == [.group: 1])
    for wrong in ["", "audio-pair=50%", "dance=100%", "group=x%", "group=200%"] {
      #expect(throws: CommandFailure.self) { try CapacityCommand.shares(wrong) }
    }
  }

  @Test("numbers are grouped by thousands")
  func grouping() {
    #expect(CapacityCommand.grouped(1_234_567) == "1,234,567" && CapacityCommand.grouped(999) == "999")
    #expect(CapacityCommand.grouped(1.25) == "1.3" || CapacityCommand.grouped(1.25) == "1.2")
    #expect(CapacityCommand.grouped(3) == "3")
  }
}
