// Booked sessions while they last and after: made longer, and rated by those who were in them.

import Access
import Agenda
import Control
import Sessions
import Store
import Values
import Web

extension Routes {
  static let lessons: [Route] = [
    Route(
      .post, "/v1/sessions/{session}/extend", .extendSession,
      .init(
        summary:
          "Make a booked session longer: by `seconds`, or so that it is planned for `duration` seconds in all.",
        body: "Extension", answer: (200, "Session"), takesIdempotencyKey: true)
    ) { service, call async throws(Refusal) -> Response in
      let session = call.parameter("session")
      let fields = try call.fields()
      let wanted = try call.body { () throws(InvalidField) in try change(fields) }
      let key = try await service.idempotency(call)
      let row = try await service.rooms.extend(
        session: session, wanted, by: Operator(call.actor), event: key?.identifier(.event))
      service.noted(
        call, "session.extend", session,
        ["duration": row.durationMilliseconds.map { .integer($0 / 1_000) } ?? .null])
      return .json(.object(row.json), headers: uncached)
    },
    Route(
      .post, "/v1/sessions/{session}/ratings", .rateSession,
      .init(
        summary:
          "Rate another one of a session, with 1 to 5 stars; again within the time for it: change what was said.",
        body: "RatingRequest", answer: (200, "Rating"))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let wish = try call.body { () throws(InvalidField) in
        try rating(fields, call.parameter("session"), call.grant)
      }
      guard let agenda = service.agenda else {
        throw Refusal(.unavailable, "This server keeps no ratings.")
      }
      let row = try await agenda.rate(wish)
      return .json(row.json, headers: uncached)
    },
  ]

  private static func change(_ fields: Fields) throws(InvalidField) -> SessionChange {
    let seconds = try fields.optionalInteger("seconds", in: 60...24 * 3600)
    let duration = try fields.optionalInteger("duration", in: 60...24 * 3600)
    switch (seconds, duration) {
    case (let seconds?, nil): return .by(.seconds(seconds))
    case (nil, let duration?): return .to(.seconds(duration))
    case (nil, nil): throw fields.invalid("seconds", "or duration is required")
    case (.some, .some): throw fields.invalid("seconds", "and duration exclude each other")
    }
  }

  /// A participant's token speaks for its holder alone; an operator says whose word it brings.
  private static func rating(
    _ fields: Fields, _ session: String, _ grant: Grant?
  ) throws(InvalidField) -> RatingWish {
    let rater: String
    if let named = try fields.optionalString("rater", length: 1...128) {
      guard grant?.rights.admin == true || named == grant?.identity else {
        throw fields.invalid("rater", "must be the token's own identity")
      }
      rater = named
    } else if let grant, !grant.rights.admin {
      rater = grant.identity
    } else {
      throw fields.invalid("rater", "is required from an operator")
    }
    return RatingWish(
      session: session, rater: rater, ratee: try fields.optionalString("ratee", length: 1...128),
      stars: try fields.integer("stars", in: 1...5),
      comment: try fields.optionalString("comment", length: 0...Limits.commentBytes).flatMap {
        $0.isEmpty ? nil : $0
      })
  }
}

extension RatingRow {
  var json: JSON {
    [
      "session": .string(session), "rater": .string(rater), "ratee": .string(ratee),
      "stars": .integer(stars), "comment": .optional(comment), "at": .string(at.rfc3339),
      "updatedAt": .string(updatedAt.rfc3339),
    ]
  }
}
