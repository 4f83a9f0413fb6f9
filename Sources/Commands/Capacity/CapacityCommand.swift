// `tandem capacity`: how many nodes so many people need, and what that costs.

import Control
import Values

enum CapacityCommand {
  private static let people = Option(
    "participants", short: "p", value: "COUNT",
    "people in calls at once, such as 10k or 1M; without it a table from 10k to 100M")
  private static let mix = Option(
    "mix", value: "SHARES",
    "what they do, such as audio-pair=30%,video-pair=60%,group=5%,webinar=5%", standard: "video-pair=100%")
  private static let cores = Option(
    "cores-per-node", value: "COUNT", "processor cores of a node", kind: .integer(1...1_024), standard: "16")
  private static let memory = Option(
    "memory-per-node", value: "GB", "its memory", kind: .integer(1...65_536), standard: "64")
  private static let network = Option(
    "network-per-node", value: "GBITS", "its network, each way", kind: .integer(1...1_000), standard: "10")
  private static let load = Option(
    "highest-load", value: "SHARE", "how busy a node may be at the busiest time", standard: "60%")
  private static let nodePrice = Option(
    "node-price", value: "PRICE", "of a node for an hour", standard: "0.50")
  private static let trafficPrice = Option(
    "traffic-price", value: "PRICE", "of a terabyte that leaves", standard: "10")
  private static let busyHours = Option(
    "busy-hours", value: "HOURS", "of a month, at that many people", kind: .integer(1...744), standard: "200")

  static let command: Command = Command(
    "capacity", summary: "say how many nodes so many people need",
    description: """
      Reckons from figures that were measured (docs/performance.md) to nodes, traffic and cost. The model is explained, with
      what it leaves out, in docs/capacity.md. Prices are in whatever money they are given in.
      """,
    options: [
      people, mix, cores, memory, network, load, nodePrice, trafficPrice, busyHours, Option.json,
    ],
    examples: [
      Example("tandem capacity", "from ten thousand people to a hundred million, all in video pairs"),
      Example(
        "tandem capacity --participants 50k --mix audio-pair=50%,video-pair=50% --cores-per-node 32",
        "fifty thousand, half of them without pictures, on larger nodes"),
    ]
  ) { invocation, console throws(CommandFailure) in
    var question = CapacityQuestion()
    question.mix = try shares(invocation.value(mix) ?? "video-pair=100%")
    question.coresPerNode = Double(invocation.integer(cores) ?? 16)
    question.gigabytesPerNode = Double(invocation.integer(memory) ?? 64)
    question.gigabitsPerNode = Double(invocation.integer(network) ?? 10)
    if invocation.value(load) != nil { question.highestShare = try LoadTestCommand.share(invocation, load) }
    guard question.highestShare > 0 else { throw .usage("--highest-load must be more than nothing") }
    question.nodePrice = try price(invocation, nodePrice) ?? 0.5
    question.terabytePrice = try price(invocation, trafficPrice) ?? 10
    question.busyHours = Double(invocation.integer(busyHours) ?? 200)
    let counts = try invocation.value(people).map { text throws(CommandFailure) in [try count(text)] }
    let answers = (counts ?? [1e4, 1e5, 1e6, 1e8]).map { people in
      question.participants = people
      return (people, CapacityModel.answer(question))
    }
    if invocation.isSet(.json) {
      console.print(["items": .array(answers.map { json($0.0, $0.1) })] as JSON)
    } else {
      console.print(table(answers, hours: question.busyHours))
      console.remark("Which figures these stand on, and what they leave out: docs/capacity.md.")
    }
  }

  // MARK: What was asked

  /// `10k`, `1.5M` or `10000`.
  static func count(_ text: String) throws(CommandFailure) -> Double {
    let factor: Double =
      switch text.last {
      case "k", "K": 1e3
      case "M", "m": 1e6
      default: 1
      }
    guard let number = Double(factor == 1 ? text : String(text.dropLast())), number > 0,
      number * factor <= 1e10
    else { throw .usage("--participants is a number such as 500, 10k or 1M, not \(Printable.quoted(text))") }
    return number * factor
  }

  static func shares(_ text: String) throws(CommandFailure) -> [CapacityKind: Double] {
    var mix: [CapacityKind: Double] = [:]
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=")
      guard let name = sides.first, let kind = CapacityKind(rawValue: String(name)) else {
        let known = CapacityKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw .usage("--mix knows \(known), not \(Printable.quoted(String(part)))")
      }
      let number = sides.count == 2 ? sides[1] : "100%"
      guard number.hasSuffix("%"), let share = Double(number.dropLast()), share >= 0, share <= 100 else {
        throw .usage("--mix takes shares such as \(kind.rawValue)=40%")
      }
      mix[kind, default: 0] += share / 100
    }
    guard abs(mix.values.reduce(0, +) - 1) < 0.001 else { throw .usage("--mix must add up to 100%") }
    return mix
  }

  private static func price(_ invocation: Invocation, _ option: Option) throws(CommandFailure) -> Double? {
    guard let text = invocation.value(option) else { return nil }
    guard let price = Double(text), price >= 0, price < 1e9 else {
      throw .usage("--\(option.name) is a price such as 0.50, not \(Printable.quoted(text))")
    }
    return price
  }

  // MARK: What is answered

  private static func table(_ answers: [(Double, CapacityAnswer)], hours: Double) -> Table {
    var table = Table([
      .init("People", .right), .init("nodes", .right), .init("bound by"), .init("cores", .right),
      .init("Gbit/s out", .right), .init("in", .right), .init("memory GB", .right),
      .init("TB a month", .right),
      .init("cost a month", .right), .init("a person and hour", .right),
    ])
    for (people, answer) in answers {
      table.add([
        grouped(people), grouped(Double(answer.nodes)), answer.bound.rawValue, grouped(answer.cores),
        grouped(answer.gigabitsOut), grouped(answer.gigabitsIn), grouped(answer.gigabytes),
        grouped(answer.terabytesPerMonth), grouped(answer.costPerMonth),
        "\(Double(Int(answer.costPerMonth / people / hours * 1e5)) / 1e5)",
      ])
    }
    return table
  }

  /// `1,234,567`; a tenth below ten.
  static func grouped(_ value: Double) -> String {
    if value < 10, value != value.rounded() { return "\((value * 10).rounded() / 10)" }
    var digits = String(Int(value.rounded()))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
      index -= 3
    }
    return digits
  }

  private static func json(_ people: Double, _ answer: CapacityAnswer) -> JSON {
    [
      "participants": .integer(Int64(people)), "nodes": .integer(Int64(answer.nodes)),
      "boundBy": .string(answer.bound.rawValue), "cores": .number(answer.cores),
      "gigabitsOut": .number(answer.gigabitsOut), "gigabitsIn": .number(answer.gigabitsIn),
      "memoryGigabytes": .number(answer.gigabytes), "terabytesPerMonth": .number(answer.terabytesPerMonth),
      "costPerMonth": .number(answer.costPerMonth),
    ] as JSON
  }
}
