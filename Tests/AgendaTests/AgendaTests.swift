// What happens around the time of a booked session: once each, in time or not at all, whatever dies in between.

import Access
import Control
import Sessions
import Store
import Testing
import Values

@testable import Agenda

@Suite("The agenda of booked sessions", .timeLimit(.minutes(2))) struct AgendaTests {
  init() { Control.runInBackground() }

  @Test("reminders come at their time, once, also over a restart")
  @Control func reminders() async throws {
    let desk = try await Desk()
    _ = try await desk.book(startsIn: .seconds(25 * 3600))
    await desk.agenda.look()
    #expect(try await desk.names() == ["booked"])
    try await desk.pass(.seconds(3600))
    try await desk.pass(.seconds(60))
    #expect(try await desk.names() == ["booked", "reminder"])
    let again = try await desk.restarted()
    await again.agenda.look()
    try await again.pass(.seconds(24 * 3600 - 960))
    #expect(try await again.names() == ["booked", "reminder", "reminder"])
    let last = try await again.told().last?.body
    #expect(last?["beforeSeconds"] == 900 && last?["startsInSeconds"] == 900)
    #expect(last?["session"]?["mentor"]?["identity"] == "m")
    await again.close()
  }

  @Test(
    "a booking at short notice is not reminded of what is past, and after a long stop nothing stale is told")
  @Control func stale() async throws {
    let desk = try await Desk()
    _ = try await desk.book(startsIn: .seconds(600))
    #expect(try await desk.store.read(AgendaRow.next) == desk.hand.now.time + .seconds(1500))
    _ = try await desk.book(startsIn: .seconds(48 * 3600))
    // The server sleeps over the day before, and wakes ten minutes late for the quarter of an hour before.
    let again = try await desk.restarted { $0.noShowAfter = .zero }
    again.hand.now = Moment(
      instant: again.hand.now.instant, time: again.hand.now.time + .seconds(48 * 3600 - 300))
    await again.agenda.look()
    #expect(try await !again.names().contains("reminder"))
    #expect(try await again.store.read(AgendaRow.next) == again.hand.now.time + .seconds(1200))
    await again.close()
  }

  @Test(
    "who has not come is named once; who comes late is told with by how much, once", arguments: [true, false])
  @Control func absent(_ mentorComes: Bool) async throws {
    let desk = try await Desk()
    let session = try await desk.book()
    try await desk.pass(.seconds(3600))
    if mentorComes { try await desk.join("m", .mentor, session) }
    try await desk.pass(.seconds(899))
    #expect(try await !desk.names().contains("no_show"))
    try await desk.pass(.seconds(1))
    let told = try await desk.told().last { $0.type == "session.no_show" }?.body
    #expect(
      told?["absent"]?.array?.map { $0["identity"] } == (mentorComes ? ["s"] : ["m", "s"]))
    #expect(told?["waitedSeconds"] == 900)
    #expect(try await desk.row(session)?.noShow == (mentorComes ? "student" : "both"))
    guard mentorComes else { return await desk.close() }
    let (seat, _) = try await desk.join("s", .student, session)
    try desk.rooms.leave(seat)
    try await desk.join("s", .student, session)
    let late = try await desk.told().filter { $0.type == "session.late" }
    #expect(
      late.map { $0.body["participant"]?["identity"] } == ["s"]
        && late.first?.body["lateSeconds"]?.double == 900)
    await desk.close()
  }

  @Test("a little late is not late")
  @Control func inTime() async throws {
    let desk = try await Desk()
    let session = try await desk.book()
    try await desk.pass(.seconds(3600 + 299))
    for (identity, role) in [("m", Role.mentor), ("s", .student)] {
      try await desk.join(identity, role, session)
    }
    try await desk.pass(.seconds(1200))
    #expect(try await desk.names().filter { ["late", "no_show"].contains($0) } == [])
    await desk.close()
  }

  @Test("nobody enters before the configured time, but an operator")
  @Control func early() async throws {
    let desk = try await Desk { $0.earlyEntry = .seconds(600) }
    let session = try await desk.book()
    try await desk.pass(.seconds(2999))
    #expect(await refusal { try await desk.join("m", .mentor, session) } == .tooEarly)
    try await desk.join("ops", .observer, session, admin: true)
    try await desk.pass(.seconds(1))
    try await desk.join("m", .mentor, session)
    await desk.close()
  }

  @Test("a session grows, its warning moves with it, and a repetition changes nothing")
  @Control func extended() async throws {
    let desk = try await Desk()
    let session = try await desk.book()
    try await desk.pass(.seconds(3600))
    let (seat, line) = try await desk.join("m", .mentor, session)
    let ops = Operator("ops")
    for _ in 0..<2 {
      let row = try await desk.rooms.extend(
        session: session.id, .by(.seconds(600)), by: ops, event: "e_same")
      #expect(row.durationMilliseconds == 2_400_000 && row.extendedMilliseconds == 600_000)
    }
    #expect(line.frames.count { $0.contains("sessionExtended") } == 1)
    try await desk.rooms.moderate(seat, .extend(.seconds(1200)))
    #expect(
      await refusal { try await desk.rooms.moderate(seat, .extend(.seconds(3600))) } == .forbidden,
      "an hour in all")
    try await desk.pass(.seconds(3300 - 1))
    #expect(!line.frames.contains { $0.contains("sessionEnding") })
    let again = try await desk.restarted()
    #expect(try await again.row(session)?.durationMilliseconds == 3_600_000)
    try await again.join("m", .mentor, session)
    try await again.pass(.seconds(1))
    let ending = try await again.told().filter { $0.type == "session.ending" }
    #expect(ending.map { $0.body["remainingSeconds"] } == [300])
    #expect(try await again.told().count { $0.type == "session.extended" } == 2)
    await again.close()
  }

  @Test("without a time a session is planned from its first join, and only who moderates lengthens it")
  @Control func spontaneous() async throws {
    let desk = try await Desk()
    let session = try await desk.book(startsIn: nil, duration: nil)
    let (mentor, _) = try await desk.join("m", .mentor, session)
    let (student, line) = try await desk.join("s", .student, session)
    #expect(await refusal { try await desk.rooms.moderate(student, .extend(.seconds(600))) } == .forbidden)
    #expect(await refusal { try await desk.rooms.moderate(mentor, .extend(.seconds(600))) } == .conflict)
    let row = try await desk.rooms.extend(
      session: session.id, .to(.seconds(900)), by: Operator("ops"), event: nil)
    #expect(row.extendedMilliseconds == 0 && row.plannedEnd == desk.hand.now.time + .seconds(900))
    try await desk.pass(.seconds(600))
    #expect(line.frames.count { $0.contains("sessionEnding") } == 1)
    await desk.close()
  }

  @Test("the receipt of what is over goes out once, signed, though the key or the machine fails in between")
  @Control func completed() async throws {
    let desk = try await Desk()
    let session = try await desk.book(startsIn: nil)
    for (identity, role) in [("m", Role.mentor), ("s", .student)] {
      try await desk.join(identity, role, session)
    }
    try await desk.pass(.seconds(60))
    desk.signs = false
    try await desk.rooms.close(session.room, by: Operator("ops"))
    await desk.agenda.look()
    #expect(try await desk.names().last == "ended")
    let again = try await desk.restarted()
    for _ in 0..<2 { await again.agenda.look() }
    let told = try await again.told().filter { $0.type == "session.completed" }
    #expect(told.count == 1)
    let receipt = told.first?.body["receipt"]
    #expect(told.first?.body["jws"] == "signed" && receipt?["bothPresentSeconds"]?.double == 60)
    #expect(receipt?["sides"]?.array?.map { $0["presentSeconds"]?.double } == [60, 60])
    #expect(try await again.store.read(AgendaRow.next) == nil, "nothing is left to do")
    await again.close()
  }

  @Test("a room that was given up names who never came, one that was cancelled names nobody")
  @Control func givenUp() async throws {
    let desk = try await Desk { $0.noShowAfter = .seconds(60) }
    let (empty, cancelled) = (try await desk.book(), try await desk.book())
    try await desk.rooms.close(cancelled.room, by: Operator("ops"))
    let (seat, _) = try await desk.join("m", .mentor, empty)
    try await desk.pass(.seconds(3590))
    try desk.rooms.leave(seat)
    try await desk.pass(.seconds(320))
    let told = try await desk.told().filter { $0.type == "session.no_show" }
    #expect(told.map { $0.body["session"]?["id"]?.string } == [empty.id])
    #expect(try await desk.row(cancelled)?.noShow == nil)
    #expect(try await desk.names().count { $0 == "completed" } == 2)
    await desk.close()
  }
}
