// A day of the queue in virtual time: the people of a trace come, answer, meet and go, and what they waited and got is
// counted. The queue is the real one. For operators who try out rules before they set them.

package struct Simulation: Sendable {
  private enum Happening: Sendable {
    case arrives(Int)
    case goes(String)
    case answers(UInt64, String, accepts: Bool)
    case ends(UInt64)
  }

  private struct Planned: Sendable {
    let time: Int64
    let order: UInt64
    let happening: Happening
  }

  private let trace: Trace
  private let tickMilliseconds: Int64
  package private(set) var queue: MatchQueue
  private var random: Seeded
  private var plan: [Planned] = []
  private var order: UInt64 = 0
  private var enteredAt: [String: Int64] = [:]
  private var report = SimulationReport()
  private var log: [RecordedCommand]?

  /// With `records`, every command is kept for a replay.
  package init(_ trace: Trace, _ rules: MatchingRules, tickMilliseconds: Int64 = 250, records: Bool = false) {
    self.trace = trace
    self.tickMilliseconds = tickMilliseconds
    queue = MatchQueue(rules)
    random = Seeded(trace.seed &+ 1)
    log = records ? [] : nil
  }

  /// The whole day, to the last session's end.
  package mutating func run() -> (report: SimulationReport, log: [RecordedCommand]) {
    for (index, arrival) in trace.arrivals.enumerated() {
      schedule(.arrives(index), at: arrival.time)
      if let until = arrival.until { schedule(.goes(arrival.ticket.id), at: until) }
    }
    while let next = plan.first?.time {
      // A tick when something happened, at the next beat; and whenever an alarm is due.
      var beat = (next / tickMilliseconds + 1) * tickMilliseconds
      if let alarm = queue.nextAlarm, alarm < beat { beat = max(alarm, queue.now) }
      while let due = plan.first, due.time <= beat {
        removeFirst()
        perform(due.happening, at: due.time)
      }
      repeat { say(.tick, at: beat) } while queue.wantsTick && advance(&beat)
    }
    report.stillWaiting = queue.waitingStudents
    report.scoredPairs = queue.scoredPairs
    return (report, log ?? [])
  }

  /// To the next beat, if nothing else comes before.
  private func advance(_ beat: inout Int64) -> Bool {
    guard let next = plan.first, next.time > beat + tickMilliseconds else { return false }
    beat += tickMilliseconds
    return true
  }

  private mutating func perform(_ happening: Happening, at time: Int64) {
    switch happening {
    case .arrives(let index):
      let ticket = trace.arrivals[index].ticket
      if ticket.profile.side == .student {
        report.students += 1
        enteredAt[ticket.id] = time
      }
      say(.enter(ticket), at: time)
    case .goes(let ticket): say(.leave(ticket: ticket), at: time)
    case .answers(let offer, let ticket, let accepts):
      say(accepts ? .accept(offer: offer, ticket: ticket) : .decline(offer: offer, ticket: ticket), at: time)
    case .ends(let match): say(.ended(match: match), at: time)
    }
  }

  private mutating func say(_ command: QueueCommand, at time: Int64) {
    log?.append(RecordedCommand(time: time, command: command))
    guard let events = try? queue.apply(command, at: time) else { return }
    report.ticks += command == .tick ? 1 : 0
    for event in events { hear(event, at: time) }
  }

  private mutating func hear(_ event: MatchEvent, at time: Int64) {
    switch event {
    case .offered(let offer):
      report.offers += 1
      for ticket in [offer.mentorTicket] + offer.students.map(\.ticket) {
        let declines = trace.shape.declinesOneOf
        let mood = declines > 0 ? random.below(declines) : 2
        // 0 declines, 1 does not answer, all others accept.
        let delay = Int64(1_000 + random.below(9_000))
        if mood != 1 { schedule(.answers(offer.number, ticket, accepts: mood != 0), at: time + delay) }
      }
    case .matched(let offer):
      report.matches += 1
      for seat in offer.students {
        if let entered = enteredAt[seat.ticket] { report.waits.append(time - entered) }
        report.scores.append(seat.score)
      }
      let seconds = Int64(Int.random(in: trace.shape.sessionSeconds, using: &random))
      report.mentoredSeconds += seconds
      schedule(.ends(offer.number), at: time + seconds * 1_000)
    case .withdrawn: break
    case .requeued: report.requeued += 1
    case .departed(_, .expired): report.expired += 1
    case .departed(_, .unanswered): report.unanswered += 1
    case .departed(_, .left): break
    }
  }

  // MARK: - What is planned: a binary heap by time, then by order of planning.

  private static func precedes(_ left: Planned, _ right: Planned) -> Bool {
    left.time != right.time ? left.time < right.time : left.order < right.order
  }

  private mutating func schedule(_ happening: Happening, at time: Int64) {
    plan.append(Planned(time: time, order: order, happening: happening))
    order += 1
    var child = plan.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.precedes(plan[child], plan[parent]) else { break }
      plan.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func removeFirst() {
    let last = plan.removeLast()
    guard !plan.isEmpty else { return }
    plan[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < plan.count && Self.precedes(plan[child], plan[least]) { least = child }
      guard least != parent else { return }
      plan.swapAt(parent, least)
      parent = least
    }
  }
}
