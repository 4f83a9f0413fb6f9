// A day played again: the state at its start and every command with its time give every decision, bit for bit. The digest
// stands for the decisions, so that two runs are compared by one number.

package import Values

/// What the queue was told, and when.
package struct RecordedCommand: Sendable, Equatable {
  package let time: Int64
  package let command: QueueCommand

  package init(time: Int64, command: QueueCommand) {
    self.time = time
    self.command = command
  }
}

/// FNV-1a over the written form of all events.
package struct DecisionDigest: Sendable, Equatable {
  package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  package mutating func add(_ events: [MatchEvent]) {
    for event in events {
      for byte in event.json.encoded() { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
  }
}

extension MatchQueue {
  /// Plays commands; what was refused when it was recorded is refused again, without effect.
  package mutating func replay(_ commands: some Sequence<RecordedCommand>) -> DecisionDigest {
    var digest = DecisionDigest()
    for recorded in commands {
      guard let events = try? apply(recorded.command, at: recorded.time) else { continue }
      digest.add(events)
    }
    return digest
  }
}

extension RecordedCommand {
  package var json: JSON {
    var object = JSON.Object([.init(name: "time", value: .integer(time))])
    func add(_ name: String, _ value: JSON) { object.append(name, value) }
    switch command {
    case .enter(let ticket):
      add("type", "enter")
      add("ticket", ticket.json)
    case .leave(let ticket):
      add("type", "leave")
      add("id", .string(ticket))
    case .update(let ticket, let profile):
      add("type", "update")
      add("id", .string(ticket))
      add("profile", profile.json)
    case .accept(let offer, let ticket):
      add("type", "accept")
      add("offer", .integer(Int64(offer)))
      add("id", .string(ticket))
    case .decline(let offer, let ticket):
      add("type", "decline")
      add("offer", .integer(Int64(offer)))
      add("id", .string(ticket))
    case .ended(let match):
      add("type", "ended")
      add("match", .integer(Int64(match)))
    case .remember(let pair, let history):
      add("type", "remember")
      add("mentor", .string(pair.mentor))
      add("student", .string(pair.student))
      add("sessions", .integer(Int64(history.sessions)))
      add("mean", .number(history.mean))
    case .refine(let pair, let score):
      add("type", "refine")
      add("mentor", .string(pair.mentor))
      add("student", .string(pair.student))
      add("score", .number(score))
    case .tick:
      add("type", "tick")
    }
    return .object(object)
  }

  package init(_ fields: Fields) throws(InvalidField) {
    let any = 0...Int.max
    time = Int64(try fields.integer("time", in: any))
    func pair() throws(InvalidField) -> Pair {
      Pair(mentor: try fields.string("mentor"), student: try fields.string("student"))
    }
    switch try fields.string("type") {
    case "enter": command = .enter(try Ticket(fields.fields("ticket")))
    case "leave": command = .leave(ticket: try fields.string("id"))
    case "update":
      command = .update(ticket: try fields.string("id"), try Profile(fields.fields("profile")))
    case "accept":
      command = .accept(
        offer: UInt64(try fields.integer("offer", in: any)), ticket: try fields.string("id"))
    case "decline":
      command = .decline(
        offer: UInt64(try fields.integer("offer", in: any)), ticket: try fields.string("id"))
    case "ended": command = .ended(match: UInt64(try fields.integer("match", in: any)))
    case "remember":
      command = .remember(
        try pair(),
        PairHistory(
          sessions: try fields.integer("sessions", in: any),
          mean: try fields.optionalNumber("mean", in: 0...1) ?? 0))
    case "refine": command = .refine(try pair(), try fields.optionalNumber("score", in: -1...1) ?? 0)
    case "tick": command = .tick
    default: throw fields.invalid("type", "is not a command of the queue")
    }
  }
}
