// Who may say what of whom after a session, until when, and who hears of it.

import Access
import Control
import Sessions
import Store
import Testing
import Values

@testable import Agenda

@Suite("Ratings after sessions", .timeLimit(.minutes(2))) struct RatingTests {
  init() { Control.runInBackground() }

  @Control private func desk() async throws -> (Desk, SessionDetail) {
    let desk = try await Desk()
    let session = try await desk.book(startsIn: nil)
    return (desk, session)
  }

  @Test("each rates each once, may change it, and what does not change tells nothing")
  @Control func once() async throws {
    let (desk, session) = try await desk()
    #expect(await desk.rate(session.id, by: "s", 5) == .conflict, "it has not begun")
    #expect(await desk.rate("s_none", by: "s", 5) == .notFound)
    try await desk.join("m", .mentor, session)
    #expect(await desk.rate(session.id, by: "m", 5) == .invalidMessage, "nobody else has come")
    try await desk.join("s", .student, session)
    try await desk.join("o", .observer, session)
    #expect(await desk.rate(session.id, by: "o", 5) == .forbidden)
    #expect(await desk.rate(session.id, by: "x", 5) == .forbidden)
    #expect(await desk.rate(session.id, by: "s", 5, of: "s") == .invalidMessage)
    #expect(await desk.rate(session.id, by: "s", 5, of: "o") == .invalidMessage)
    for stars in [3, 5, 5] { #expect(await desk.rate(session.id, by: "s", stars, "clear") == nil) }
    #expect(await desk.rate(session.id, by: "m", 4) == nil)
    #expect(desk.rated == ["m", "m", "s"])
    let told = try await desk.told().filter { $0.type == "session.rated" }.map(\.body)
    #expect(told.map { $0["stars"] } == [3, 5, 4] && told.allSatisfy { $0["comment"] == nil })
    await desk.agenda.look()
    #expect(
      desk.remembered.last == PairRatings(mentor: "m", student: "s", sessions: 1, mean: 0.875))
    await desk.close()
  }

  @Test("the time for ratings ends, and a pair is remembered over a kill")
  @Control func window() async throws {
    let (desk, session) = try await desk()
    for (identity, role) in [("m", Role.mentor), ("s", .student)] {
      try await desk.join(identity, role, session)
    }
    try await desk.rooms.close(session.room, by: Operator("ops"))
    #expect(await desk.rate(session.id, by: "s", 1) == nil)
    let again = try await desk.restarted()
    #expect(desk.remembered.isEmpty)
    await again.agenda.look()
    #expect(again.remembered == [PairRatings(mentor: "m", student: "s", sessions: 1, mean: 0)])
    try await again.pass(.seconds(7 * 86_400))
    #expect(await again.rate(session.id, by: "m", 2) == nil)
    try await again.pass(.seconds(1))
    #expect(await again.rate(session.id, by: "m", 3) == .conflict)
    await again.close()
  }

  @Test("who was forgotten stands in no rating and in no receipt")
  @Control func forgotten() async throws {
    let (desk, session) = try await desk()
    for (identity, role) in [("m", Role.mentor), ("s", .student)] {
      try await desk.join(identity, role, session)
    }
    try await desk.rooms.close(session.room, by: Operator("ops"))
    #expect(await desk.rate(session.id, by: "s", 5, "Mia was kind") == nil)
    await desk.agenda.look()
    try await desk.store.write(.disk) { connection throws(StoreFailure) in
      _ = try PersonRecords.forget("m", as: "erased_1", connection)
    }
    let rows = try await desk.store.read { connection throws(StoreFailure) in
      try RatingRow.of(session: session.id, connection)
    }
    #expect(rows.map(\.ratee) == ["erased_1"] && rows.map(\.comment) == [nil])
    for (type, body) in try await desk.told() {
      #expect(!body.text.contains("\"m\"") && !body.text.contains("Mia"), "\(type)")
      if type == "session.completed" { #expect(body["jws"] == .null) }
    }
    await desk.close()
  }
}
