// What the queue, the score, the search and a day cost on one core.

import Matching
import Values
import Vectors

/// A student or mentor of a subject, with an embedding.
private func person(_ number: Int, _ side: Side, subject: Int, dimensions: Int, _ random: inout Seeded)
  -> Ticket
{
  var profile = Profile(id: "\(side.rawValue)-\(number)", side: side)
  if side == .mentor {
    profile.skills = [Skill("s\(subject)", level: 4), Skill("s\(subject + 1)", level: 3)]
    profile.safeguarding.isClearedForMinors = true
    profile.rating = Rating(mean: random.unit(), sessions: random.below(100))
  } else {
    profile.subjects = [Subject("s\(subject)", level: 2)]
  }
  profile.languages = [SpokenLanguage("en", level: 3 + random.below(4)), SpokenLanguage("de", level: 2)]
  profile.availability = [
    WeekSpan(start: 600 + random.below(300), end: 1_200),
    WeekSpan(start: 3_000, end: 3_600 + random.below(500)),
  ]
  if dimensions > 0 {
    profile.embedding = Embedding((0..<dimensions).map { _ in Float(random.unit() - 0.5) })
  }
  return Ticket(id: "t-\(profile.id)", profile: profile)
}

/// 50,000 students wait for subjects that nobody teaches just now; beside them a thousand people come each second.
func measureQueue(waiting: Int, perSecond: Int, seconds: Int) {
  var random = Seeded(2)
  var rules = MatchingRules()
  rules.consent = .automatic
  rules.maximumWaitSeconds = 86_400
  var queue = MatchQueue(rules)
  let before = residentBytes()
  for number in 0..<waiting {
    let ticket = person(number, .student, subject: 100 + 2 * (number % 50), dimensions: 768, &random)
    _ = try? queue.apply(.enter(ticket), at: Int64(number) / 10)
  }
  for beat in 0..<40 { _ = try? queue.apply(.tick, at: 5_000 + Int64(beat) * 250) }
  show("queue: waiting", "\(queue.waitingStudents)")
  show("  memory a ticket", "\((residentBytes() - before) / max(1, waiting)) bytes with 768 dimensions")
  let people = (0..<perSecond * seconds).map { number in
    // One of ten mentors teaches what many wait for.
    let isMentor = number % 2 == 0
    let subject = isMentor && number % 20 == 0 ? 100 + 2 * random.below(50) : 2 * random.below(20)
    return person(waiting + number, isMentor ? .mentor : .student, subject: subject, dimensions: 768, &random)
  }
  // Virtual arrivals in real time: a tick begins when the last has ended, 20 ms apart at least, and takes the CPU time
  // that it takes.
  var clock = 20.0
  var next = 0
  var cameAt: [String: Double] = [:]
  var delays: [Double] = []
  var longest = 0.0
  let scored = queue.scoredPairs
  let started = cpuSeconds()
  while next < people.count || queue.wantsTick {
    let start = cpuSeconds()
    while next < people.count, Double(next) / Double(perSecond) + 20 <= clock {
      cameAt[people[next].id] = Double(next) / Double(perSecond) + 20
      _ = try? queue.apply(.enter(people[next]), at: Int64(clock * 1_000))
      next += 1
    }
    let events = (try? queue.apply(.tick, at: Int64(clock * 1_000))) ?? []
    let took = cpuSeconds() - start
    longest = max(longest, took)
    for event in events {
      guard case .matched(let offer) = event else { continue }
      // From when both were there: before, nobody could be offered.
      let both = [offer.mentorTicket] + offer.students.map(\.ticket)
      delays.append(clock + took - both.reduce(0) { max($0, cameAt[$1] ?? 0) })
    }
    clock += max(0.02, took)
    if clock > 20 + Double(seconds) * 3 { break }
  }
  let cpu = cpuSeconds() - started
  let figures = Percentiles(delays)
  show("  came", "\(perSecond) a second for \(seconds) s; matches: \(delays.count)")
  show(
    "  both there to offer p50, p99", "\(rounded(figures[0.5] * 1e3)) ms, \(rounded(figures[0.99] * 1e3)) ms")
  show("  longest tick", "\(rounded(longest * 1e3)) ms")
  show("  CPU a person", "\(rounded(cpu / Double(people.count) * 1e6)) µs")
  show(
    "  pairs scored",
    "\(queue.scoredPairs - scored), \(Int(Double(queue.scoredPairs - scored) / cpu)) a second")
}

/// Everybody comes at once, as after a restart: what the first ticks take.
func measureBurst(people: Int) {
  for (name, subjects) in [("one subject", 1), ("twenty subjects", 20)] {
    var random = Seeded(6)
    var rules = MatchingRules()
    rules.consent = .automatic
    var queue = MatchQueue(rules)
    for number in 0..<people {
      let side = number % 2 == 0 ? Side.mentor : .student
      let subject = 2 * random.below(subjects)
      _ = try? queue.apply(.enter(person(number, side, subject: subject, dimensions: 768, &random)), at: 0)
    }
    var longest = 0.0
    var ticks = 0
    var greedy = 0
    let start = cpuSeconds()
    while queue.wantsTick, ticks < 1_000 {
      let before = cpuSeconds()
      _ = try? queue.apply(.tick, at: Int64(ticks) * 250)
      longest = max(longest, cpuSeconds() - before)
      greedy += queue.lastGreedy
      ticks += 1
    }
    show(
      "burst: \(people), \(name)",
      "longest tick \(rounded(longest * 1e3)) ms, \(ticks) ticks in \(rounded(cpuSeconds() - start)) s, "
        + "\(queue.runningMatches) matches, \(greedy) greedily")
  }
}

/// 100 mentors and 100 students of one subject who do not suit each other enough: nothing but scores.
func measureScoring(dimensions: Int) {
  var random = Seeded(3)
  var rules = MatchingRules()
  rules.widening = [WideningStep(afterSeconds: 0, minimumScore: 0.95)]
  rules.weights.embedding = 10
  var queue = MatchQueue(rules)
  for number in 0..<48 {
    _ = try? queue.apply(.enter(person(number, .mentor, subject: 0, dimensions: dimensions, &random)), at: 0)
  }
  _ = try? queue.apply(.tick, at: 0)
  let students = (0..<4_000).map { person($0, .student, subject: 0, dimensions: dimensions, &random) }
  for student in students { _ = try? queue.apply(.enter(student), at: 1) }
  let before = queue.scoredPairs
  let start = cpuSeconds()
  _ = try? queue.apply(.tick, at: 2)
  let pairs = Double(queue.scoredPairs - before)
  let cpu = cpuSeconds() - start
  show(
    "scores, \(dimensions) dimensions",
    "\(Int(pairs / cpu)) pairs a second, \(Int(cpu / pairs * 1e9)) ns a pair")
}

func measureSearch(rows: Int, dimensions: Int) {
  var random = Seeded(4)
  var table = EmbeddingTable(dimensions: dimensions)
  table.reserve(rows)
  func vector() -> [Float] {
    (0..<dimensions).map { _ in Float(random.unit() + random.unit() + random.unit() - 1.5) }
  }
  for _ in 0..<rows { _ = table.append(vector()) }
  show("search: rows", "\(rows) x \(dimensions), \(table.bytesPerRow) bytes a row, \(WideKernel.kind)")
  let queries = (0..<64).map { _ in vector() }
  func run(_ name: String, _ size: Int, _ rounds: Int, _ kernel: some DotKernel, filter: [UInt64]? = nil) {
    var times: [Double] = []
    for round in 0..<rounds {
      let first = round * size % (64 - size + 1)
      let start = cpuSeconds()
      _ = table.nearest(Array(queries[first..<first + size]), top: 10, filter: filter, kernel: kernel)
      times.append((cpuSeconds() - start) / Double(size) * 1e3)
    }
    let figures = Percentiles(times)
    show(
      "  \(name)", "\(rounded(figures[0])) / \(rounded(figures[0.5])) / \(rounded(figures[0.99])) ms a query")
  }
  run("portable, one query", 1, 10, PortableKernel())
  run("wide, one query", 1, 60, WideKernel())
  run("wide, four queries", 4, 40, WideKernel())
  run("wide, eight queries", 8, 30, WideKernel())
  let some = [UInt64](repeating: 0x0042_0000_0000_0010, count: rows / 64 + 1)
  run("wide, one, 3 rows of 64", 1, 30, WideKernel(), filter: some)
}

/// A day with many matches, played, and played again from its log.
func measureDay(students: Int) {
  var shape = DayShape()
  shape.students = students
  shape.mentors = students / 6
  shape.subjects = 60
  shape.sessionSeconds = 600...1_800
  var simulation = Simulation(Trace(shape, seed: 5), MatchingRules(), records: true)
  let start = cpuSeconds()
  let (report, log) = simulation.run()
  let played = cpuSeconds() - start
  for line in report.lines { print("  " + line) }
  show("day: CPU with the people", "\(rounded(played)) s, \(log.count) commands, \(report.scoredPairs) pairs")
  let again = cpuSeconds()
  var queue = MatchQueue(MatchingRules())
  for recorded in log { _ = try? queue.apply(recorded.command, at: recorded.time) }
  show("  replayed", "\(rounded(cpuSeconds() - again)) s, the same: \(queue.json == simulation.queue.json)")
}
