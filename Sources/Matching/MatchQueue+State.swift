// The whole queue as JSON and back. What is derived is made anew; a queue that was written and read decides as the one that
// went on would have. Only what this code wrote is read, so a part that is missing makes the whole unreadable.

package import Values

extension MatchQueue {
  package var json: JSON {
    let waiting = entries.indices.compactMap { slot -> (UInt64, JSON)? in
      guard let entry = entries[slot], let ticket = tickets[slot] else { return nil }
      return (entry.sequence, Self.json(entry, ticket))
    }.sorted { $0.0 < $1.0 }
    let pairs = histories.sorted { ($0.key.mentor, $0.key.student) < ($1.key.mentor, $1.key.student) }
    let outside = refinements.sorted { ($0.key.mentor, $0.key.student) < ($1.key.mentor, $1.key.student) }
    return [
      "rules": rules.json, "now": .integer(now), "nextSequence": .integer(Int64(nextSequence)),
      "nextOffer": .integer(Int64(nextOffer)), "tickets": .array(waiting.map(\.1)),
      "offers": .array(offers.sorted { $0.key < $1.key }.map(\.value.json)),
      "matches": .array(
        matches.sorted { $0.key < $1.key }.map { number, match in
          [
            "number": .integer(Int64(number)), "mentorTicket": .string(match.mentorTicket),
            "mentor": .string(match.mentor), "students": .array(match.students.map(JSON.string)),
          ]
        }),
      "histories": .array(
        pairs.map { pair, history in
          [
            "mentor": .string(pair.mentor), "student": .string(pair.student),
            "sessions": .integer(Int64(history.sessions)), "mean": .number(history.mean),
          ]
        }),
      "refinements": .array(
        outside.map { pair, score in
          ["mentor": .string(pair.mentor), "student": .string(pair.student), "score": .number(score)]
        }),
      "rates": .array(
        rates.subjects.sorted { $0.key < $1.key }.map { name, meters in
          ["subject": .string(name), "arrivals": meters.arrivals.json, "matches": meters.matches.json]
        }),
    ]
  }

  private static func json(_ entry: Entry, _ ticket: Ticket) -> JSON {
    var offer = JSON.null
    if case .offered(let number) = entry.standing { offer = .integer(Int64(number)) }
    return [
      "ticket": ticket.json, "sequence": .integer(Int64(entry.sequence)),
      "enteredAt": .integer(entry.enteredAt), "offer": offer,
      "rooms": .array(entry.rooms.map { .integer(Int64($0)) }), "isDirty": .bool(entry.isDirty),
      "cursor": .integer(Int64(entry.cursor)), "step": .integer(Int64(entry.step)),
      "unanswered": .integer(Int64(entry.unanswered)), "served": .integer(Int64(entry.served)),
      "priorityMilliseconds": .integer(entry.priorityMilliseconds),
      "cooled": .array(
        entry.cooled.map { ["person": .string($0.person), "until": .integer($0.until)] }),
    ]
  }

  package init(restoring json: JSON) throws(InvalidField) {
    let fields = try Fields(json)
    self.init(try MatchingRules(fields.fields("rules")))
    let any = 0...Int.max
    now = Int64(try fields.integer("now", in: any))
    nextSequence = UInt64(try fields.integer("nextSequence", in: any))
    nextOffer = UInt64(try fields.integer("nextOffer", in: any))
    for entry in try fields.list("offers", atMost: .max) {
      let offer = try Offer(entry)
      offers[offer.number] = offer
      alarms.set(.offer, offer.number, at: offer.expiresAt)
    }
    for entry in try fields.list("matches", atMost: .max) {
      let match = Running(
        mentorTicket: try entry.string("mentorTicket"), mentor: try entry.string("mentor"),
        students: try entry.strings("students", atMost: Limits.groupSize, length: 1...128))
      matches[UInt64(try entry.integer("number", in: any))] = match
      matchedStudents.formUnion(match.students)
      busyMentors[match.mentor, default: 0] += 1
    }
    for item in try fields.list("tickets", atMost: Limits.tickets) { try restoreTicket(item) }
    for entry in try fields.list("histories", atMost: Limits.histories) {
      histories[Pair(mentor: try entry.string("mentor"), student: try entry.string("student"))] = PairHistory(
        sessions: try entry.integer("sessions", in: any),
        mean: try entry.optionalNumber("mean", in: 0...1) ?? 0)
    }
    for entry in try fields.list("refinements", atMost: Limits.histories) {
      refinements[Pair(mentor: try entry.string("mentor"), student: try entry.string("student"))] =
        try entry.optionalNumber("score", in: -1...1)
    }
    for entry in try fields.list("rates", atMost: .max) {
      rates.subjects[try entry.string("subject")] = .init(
        arrivals: try RateMeter(entry.fields("arrivals")), matches: try RateMeter(entry.fields("matches")))
    }
  }

  private mutating func restoreTicket(_ item: Fields) throws(InvalidField) {
    let any = 0...Int.max
    let ticket = try Ticket(item.fields("ticket"))
    var entry = Entry(
      sequence: UInt64(try item.integer("sequence", in: any)),
      enteredAt: Int64(try item.integer("enteredAt", in: any)), side: ticket.profile.side)
    if let number = try item.optionalInteger("offer", in: any) { entry.standing = .offered(UInt64(number)) }
    for room in item["rooms"]?.array ?? [] {
      guard let number = room.integer else { throw item.invalid("rooms", "must be whole numbers") }
      entry.rooms.append(UInt64(number))
    }
    entry.isDirty = try item.bool("isDirty")
    entry.cursor = try item.integer("cursor", in: any)
    entry.step = try item.integer("step", in: 0...rules.widening.count - 1)
    entry.unanswered = try item.integer("unanswered", in: any)
    entry.served = try item.integer("served", in: any)
    entry.priorityMilliseconds = Int64(try item.integer("priorityMilliseconds", in: any))
    for cooled in try item.list("cooled", atMost: .max) {
      entry.cooled.append(
        Cooled(person: try cooled.string("person"), until: Int64(try cooled.integer("until", in: any))))
    }
    let wasDirty = entry.isDirty
    entry.isDirty = true
    let slot = place(ticket, entry)
    reindex(slot)
    if !wasDirty {
      entries[slot]?.isDirty = false
      dirty.removeLast()
    }
  }
}

extension RateMeter {
  fileprivate init(_ fields: Fields) throws(InvalidField) {
    var counts: [Int] = []
    for count in fields["counts"]?.array ?? [] {
      guard let number = count.integer else { throw fields.invalid("counts", "must be whole numbers") }
      counts.append(Int(number))
    }
    self.init(counts: counts, minute: Int64(try fields.integer("minute", in: 0...Int.max)))
  }

  fileprivate var json: JSON {
    ["counts": .array(counts.map { .integer(Int64($0)) }), "minute": .integer(minute)]
  }
}
