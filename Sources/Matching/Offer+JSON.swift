// Offers and events as JSON: for the store, for those who are asked, and for comparing a replay with what happened.

package import Values

extension Offer {
  package var json: JSON {
    [
      "number": .integer(Int64(number)), "mentorTicket": .string(mentorTicket), "mentor": .string(mentor),
      "mentorHasAccepted": .bool(mentorHasAccepted), "subject": .optional(subject),
      "expiresAt": .integer(expiresAt),
      "students": .array(
        students.map { seat in
          [
            "ticket": .string(seat.ticket), "person": .string(seat.person), "score": .number(seat.score),
            "hasAccepted": .bool(seat.hasAccepted), "reasons": .array(seat.reasons.map(\.json)),
          ]
        }),
    ]
  }

  package init(_ fields: Fields) throws(InvalidField) {
    var seats: [Seat] = []
    for entry in try fields.list("students", atMost: Limits.groupSize) {
      var reasons: [Reason] = []
      for reason in try entry.list("reasons", atMost: Limits.listed) {
        reasons.append(
          Reason(
            part: try reason.string("part"), value: try reason.optionalNumber("value", in: -1...1) ?? 0,
            weight: try reason.optionalNumber("weight", in: 0...1_000) ?? 0, words: try reason.string("words")
          ))
      }
      seats.append(
        Seat(
          ticket: try entry.string("ticket"), person: try entry.string("person"),
          score: try entry.optionalNumber("score", in: 0...1) ?? 0, reasons: reasons,
          hasAccepted: try entry.bool("hasAccepted")))
    }
    self.init(
      number: UInt64(try fields.integer("number", in: 0...Int.max)),
      mentorTicket: try fields.string("mentorTicket"), mentor: try fields.string("mentor"),
      mentorHasAccepted: try fields.bool("mentorHasAccepted"), students: seats,
      subject: try fields.optionalString("subject"),
      expiresAt: Int64(try fields.integer("expiresAt", in: 0...Int.max)))
  }
}

extension MatchEvent {
  package var json: JSON {
    switch self {
    case .offered(let offer): ["type": "offered", "offer": offer.json]
    case .matched(let offer): ["type": "matched", "offer": offer.json]
    case .withdrawn(let offer, let ticket):
      ["type": "withdrawn", "offer": .integer(Int64(offer)), "ticket": .string(ticket)]
    case .requeued(let ticket): ["type": "requeued", "ticket": .string(ticket)]
    case .departed(let ticket, let why):
      ["type": "departed", "ticket": .string(ticket), "why": .string(why.rawValue)]
    }
  }
}
