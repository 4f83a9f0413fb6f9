// `tandem queue simulate`: a day of arrivals through the very matcher that the server has, in virtual time.

import Control
import Matching
import Values

enum QueueSimulateCommand {
  private static let students = Option(
    "students", value: "COUNT", "who come that day", kind: .integer(1...1_000_000), standard: "2000")
  private static let mentors = Option(
    "mentors", value: "COUNT", "shifts of mentors", kind: .integer(1...100_000), standard: "150")
  private static let subjects = Option(
    "subjects", value: "COUNT", "what is asked for and taught", kind: .integer(1...500), standard: "24")
  private static let declines = Option(
    "declines", value: "COUNT", "one of so many declines", kind: .integer(1...1_000_000), standard: "25")
  private static let offer = Option(
    "offer-timeout", value: "TIME", "how long an offer stands", kind: .duration, standard: "30s")
  private static let maximumWait = Option(
    "maximum-wait", value: "TIME", "how long a student waits at most", kind: .duration, standard: "1h")
  private static let automatic = Option(flag: "automatic", "nobody is asked")
  private static let seed = Option(
    "seed", value: "NUMBER", "the same one gives the same day", kind: .integer(0...Int(Int32.max)),
    standard: "1")

  static let command: Command = Command(
    "simulate", summary: "play a day's arrivals through the matcher and see waits and quality",
    description: """
      The day has a morning, an afternoon and an evening, as tutoring has; mentors come in shifts. Nothing is asked of a
      server: the same matcher runs here, in virtual time.
      """,
    options: [students, mentors, subjects, declines, offer, maximumWait, automatic, seed, .json],
    examples: [
      Example("tandem queue simulate", "a day of 2,000 students and 150 shifts"),
      Example("tandem queue simulate --mentors 100 --seed 7", "another day, with fewer mentors"),
    ]
  ) { invocation, console throws(CommandFailure) in
    var shape = DayShape()
    shape.students = invocation.integer(students) ?? shape.students
    shape.mentors = invocation.integer(mentors) ?? shape.mentors
    shape.subjects = invocation.integer(subjects) ?? shape.subjects
    shape.declinesOneOf = invocation.integer(declines) ?? shape.declinesOneOf
    var rules = MatchingRules()
    if let time = invocation.duration(offer) { rules.offerSeconds = max(1, Int(time.milliseconds / 1_000)) }
    if let time = invocation.duration(maximumWait) {
      rules.maximumWaitSeconds = max(1, Int(time.milliseconds / 1_000))
    }
    if invocation.isSet(automatic) { rules.consent = .automatic }
    var simulation = Simulation(Trace(shape, seed: UInt64(invocation.integer(seed) ?? 1)), rules)
    let report = simulation.run().report
    if invocation.isSet(.json) {
      console.print(report.json)
    } else {
      console.print(report.lines)
    }
  }
}
