// Matching for platforms and operators: profiles, the queue as it stands, matches with their reasons.

import Access
import Control
import Matching
import Matchmaker
import Store
import Values
import Web

extension Routes {
  static let matching: [Route] = [
    Route(
      .put, "/v1/profiles/{identity}", .manageProfiles,
      .init(
        summary: "Write down what matching knows of a person; counts at once for somebody who waits.",
        body: "Profile", answer: (200, "Profile"))
    ) { service, call async throws(Refusal) -> Response in
      let identity = call.parameter("identity")
      let body = try profile(identity, try call.fields(), call)
      let row = ProfileRow(identity: identity, body: body, updatedAt: call.now)
      let store = service.store
      try await service.stored { () async throws(StoreFailure) in
        try await store.write(.disk) { connection throws(StoreFailure) in try row.save(connection) }
      }
      service.noted(call, "profile.write", identity)
      await service.matchmaker?.changed(identity)
      return .json(try await shown(row, service), headers: uncached)
    },
    Route(
      .get, "/v1/profiles/{identity}", .manageProfiles,
      .init(summary: "A person's profile.", answer: (200, "Profile"))
    ) { service, call async throws(Refusal) -> Response in
      let identity = call.parameter("identity")
      let found = try await service.reading { connection throws(StoreFailure) in
        try ProfileRow.find(identity, connection)
      }
      guard let found else { throw Refusal(.notFound, "There is no profile of this person.") }
      return .json(try await shown(found, service), headers: uncached)
    },
    Route(
      .delete, "/v1/profiles/{identity}", .manageProfiles,
      .init(summary: "Forget a person's profile.", answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      let (identity, store) = (call.parameter("identity"), service.store)
      let wasThere = try await service.stored { () async throws(StoreFailure) in
        try await store.write(.disk) { connection throws(StoreFailure) in
          try ProfileRow.delete(identity, connection)
        }
      }
      guard wasThere else { throw Refusal(.notFound, "There is no profile of this person.") }
      service.noted(call, "profile.delete", identity)
      return Response(status: 204)
    },
    Route(
      .get, "/v1/profiles", .manageProfiles,
      .init(summary: "All profiles.", query: [.limit, .cursor], answer: (200, "ProfilePage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let after = try Page.key(call.request)?.first?.string ?? ""
      let rows = try await service.reading { connection throws(StoreFailure) in
        try ProfileRow.page(after: after, limit: limit, connection)
      }
      return Page.response(rows.map(\.json), limit: limit) { [.string(rows[$0].identity)] }
    },
    Route(
      .get, "/v1/queue", .readQueue,
      .init(
        summary: "Who waits, in the order of coming, with how many are asked and talk.",
        query: [.limit, .cursor], answer: (200, "Queue"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let after = try Page.key(call.request)?.first?.integer ?? 0
      let view = try service.matched().view(after: UInt64(clamping: after), limit: limit)
      var answer: JSON.Object = [
        "waitingStudents": .integer(Int64(view.students)), "freeMentors": .integer(Int64(view.mentors)),
        "offers": .integer(Int64(view.offers)), "matches": .integer(Int64(view.matches)),
      ]
      let page = Page.object(view.items.map(\.json), limit: limit) {
        [.integer(Int64(view.items[$0].sequence))]
      }
      for member in page.members { answer.append(member.name, member.value) }
      return .json(.object(answer), headers: uncached)
    },
    Route(
      .get, "/v1/matches", .readQueue,
      .init(
        summary: "Matches that are asked about or run, newest first; those that are over are in the events.",
        query: [.limit, .cursor], answer: (200, "MatchPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let before = try Page.key(call.request)?.first?.integer ?? .max
      let rows = try service.matched().openMatches(before: before, limit: limit)
      return Page.response(rows.map { .object($0.summary) }, limit: limit) { [.integer(rows[$0].number)] }
    },
    Route(
      .get, "/v1/matches/{match}", .readQueue,
      .init(
        summary: "A match: who, how it went, and why these two, in words and numbers.", answer: (200, "Match")
      )
    ) { service, call async throws(Refusal) -> Response in
      let row = try await service.matched().match(call.parameter("match"))
      var object = row.summary
      object.append("offer", row.offer)
      return .json(.object(object), headers: uncached)
    },
  ]

  /// With what people were given after sessions here, and what all of it is worth to the score.
  @Control private static func shown(_ row: ProfileRow, _ service: Service) async throws(Refusal) -> JSON {
    let totals = try await service.reading { connection throws(StoreFailure) in
      try RatingRow.totals(of: row.identity, connection)
    }
    guard totals.count > 0, case .object(var object) = row.json, let matchmaker = service.matchmaker else {
      return row.json
    }
    let known = Rating(
      mean: row.body["rating"]?["mean"]?.double ?? 0,
      sessions: Int(row.body["rating"]?["sessions"]?.integer ?? 0))
    let all = known.adding(mean: totals.mean, sessions: totals.count)
    object.append(
      "ratings",
      [
        "count": .integer(Int64(totals.count)),
        "stars": .number(Double(totals.stars) / Double(totals.count)),
        "bound": .number(matchmaker.bound(all)),
      ])
    return .object(object)
  }

  /// As it is kept: everything that was said, checked, and nothing else.
  private static func profile(
    _ identity: String, _ fields: Fields, _ call: Route.Call
  ) throws(Refusal) -> JSON {
    guard Identifier.isAcceptable(identity) else {
      throw Refusal(.invalidMessage, "identity: may have letters, digits and - _ . ~ : @ + only")
    }
    guard call.request.body.count <= Limits.profileBytes else {
      throw Refusal(.payloadTooLarge, "a profile has at most \(Limits.profileBytes) bytes")
    }
    var object = fields.object
    object["id"] = .string(identity)
    // What is shown beside it is not the platform's to say.
    object["ratings"] = nil
    let document = JSON.object(object)
    try call.body { () throws(InvalidField) in
      var ticket = JSON.Object([.init(name: "id", value: "check"), .init(name: "profile", value: document)])
      for name in ["maximumWaitSeconds", "priority", "seats", "groupSize", "acceptsGroup"] {
        if let value = object[name] { ticket.append(name, value) }
      }
      _ = try Ticket(Fields(.object(ticket)))
    }
    return document
  }
}

extension ProfileRow {
  fileprivate var json: JSON {
    var object = body.object ?? [:]
    object["identity"] = .string(identity)
    object["updatedAt"] = .string(updatedAt.rfc3339)
    object["id"] = nil
    return .object(object)
  }
}
