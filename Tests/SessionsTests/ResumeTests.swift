// A lost connection and its return: who may take a place again, and what was missed.

import Access
import Control
import Store
import Testing
import Values

@testable import Sessions

@Suite("Coming back", .timeLimit(.minutes(1))) struct ResumeTests {
  init() { Control.runInBackground() }

  @Test("who comes back is told exactly what it missed, under the numbers that follow")
  @Control func missed() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    try house.rooms.chat(mentor.seat, text: "1", to: nil)
    house.rooms.connectionLost(student.seat, student.client)
    try house.rooms.chat(mentor.seat, text: "2", to: nil)
    try house.rooms.chat(mentor.seat, text: "3", to: nil)
    let back = try await house.resume(student.view.resume, lastSeq: 1)
    #expect(back.missed.map(\.seq) == [2, 3])
    #expect(back.missed.map(\.event.name).allSatisfy { $0.hasPrefix("chat") })
    #expect(back.result.view.lastSeq == 3 && back.result.view.resume != student.view.resume)
    try house.rooms.chat(mentor.seat, text: "4", to: nil)
    #expect(back.client.seqs == [4])
    #expect(student.client.seqs == [1])
    #expect(
      mentor.client.names.suffix(2) == [
        "updated \(student.seat.participant) reconnecting", "updated \(student.seat.participant) active",
      ])
    await house.close()
  }

  @Test("a client that doesn't say how far it got is told what happened while it was away")
  @Control func withoutNumber() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    try house.rooms.chat(mentor.seat, text: "1", to: nil)
    house.rooms.connectionLost(student.seat, student.client)
    try house.rooms.chat(mentor.seat, text: "2", to: nil)
    #expect(try await house.resume(student.view.resume).missed.map(\.seq) == [2])
    await house.close()
  }

  @Test("a resume while the old connection lives replaces it")
  @Control func replaces() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    let back = try await house.resume(student.view.resume, lastSeq: 0)
    #expect(student.client.closed?.code == 4409)
    house.rooms.connectionLost(student.seat, student.client)
    try house.rooms.chat(mentor.seat, text: "still there", to: nil)
    #expect(back.client.seqs == [1], "the end of the old connection is nobody's business")
    #expect(mentor.client.names == ["joined \(student.seat.participant)"], "nobody notices")
    await house.close()
  }

  @Test("the old secret is good until the client is heard, because the reply with the new one may be lost")
  @Control func lostReply() async throws {
    let house = try await House()
    let student = try await house.join("s")
    house.rooms.connectionLost(student.seat, student.client)
    let first = try await house.resume(student.view.resume)
    house.rooms.connectionLost(student.seat, first.client)
    let second = try await house.resume(student.view.resume)
    #expect(await refusalOf { try await house.resume(first.result.view.resume) } == .resumeExpired)
    house.rooms.heard(student.seat)
    #expect(await refusalOf { try await house.resume(student.view.resume) } == .resumeExpired)
    _ = try await house.resume(second.result.view.resume)
    await house.close()
  }

  @Test("the old secret is good for a window only, and a made-up one never")
  @Control func oldSecret() async throws {
    let house = try await House()
    let student = try await house.join("s")
    _ = try await house.resume(student.view.resume)
    house.pass(.seconds(60))
    #expect(await refusalOf { try await house.resume(student.view.resume) } == .resumeExpired)
    #expect(await refusalOf { try await house.resume("made up") } == .resumeExpired)
    await house.close()
  }

  @Test("after the window the place is gone and the others see a timeout")
  @Control func tooLate() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    house.rooms.connectionLost(student.seat, student.client)
    house.pass(.seconds(60))
    #expect(mentor.client.names.last == "left \(student.seat.participant) timeout")
    #expect(await refusalOf { try await house.resume(student.view.resume) } == .resumeExpired)
    #expect(try await house.outbox().last?.body["reason"]?.string == "timeout")
    await house.close()
  }

  @Test("if more was missed than is kept, the newest of it is told")
  @Control func overflow() async throws {
    let house = try await House { $0.replayEvents = 10 }
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    house.rooms.connectionLost(student.seat, student.client)
    for number in 1...50 { try house.rooms.chat(mentor.seat, text: "\(number)", to: nil) }
    let back = try await house.resume(student.view.resume, lastSeq: 0)
    #expect(back.missed.map(\.seq) == Array(41...50))
    await house.close()
  }

  @Test("after a restart everything stands again: room, roles, hands, numbers and what was missed")
  @Control func restart() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s", attributes: ["seat": 3])
    try await house.rooms.raiseHand(student.seat, true)
    try await house.rooms.moderate(mentor.seat, .lock)
    try house.rooms.chat(student.seat, text: "hi", to: nil)
    await settleTurn()
    let after = try await house.restarted()
    #expect(try after.rooms.show("room").participants.map(\.state) == [.reconnecting, .reconnecting])
    let back = try await after.resume(mentor.view.resume, lastSeq: 1)
    #expect(back.missed.map(\.seq) == [2, 3, 4])
    #expect(back.result.view.room.locked && back.result.view.me.role == "mentor")
    let other = back.result.view.participants[0]
    #expect(other.handRaised && other.attributes == ["seat": 3] && other.state == .reconnecting)
    let second = try await after.resume(student.view.resume, lastSeq: 1)
    #expect(second.missed.map(\.event.name) == ["updated \(mentor.seat.participant) active"])
    #expect(back.client.names == ["updated \(student.seat.participant) active"] && back.client.seqs == [5])
    try await after.rooms.moderate(mentor.seat, .unlock)
    await after.close()
  }

  @Test("a client that got further than we know goes on from its own number, and loses nothing since")
  @Control func crash() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    house.rooms.connectionLost(student.seat, student.client)
    let after = try await house.restarted()
    let back = try await after.resume(mentor.view.resume, lastSeq: 40)
    #expect(back.result.view.lastSeq == 40)
    try after.rooms.chat(mentor.seat, text: "anybody?", to: nil)
    let second = try await after.resume(student.view.resume, lastSeq: 70)
    #expect(second.missed.map(\.seq) == [71, 72])
    #expect(back.client.seqs == [41])
    await after.close()
  }

  @Test("a client that claims absurd numbers harms nobody", arguments: [UInt64.max, UInt64.max - 1, 1 << 60])
  @Control func absurd(claimed: UInt64) async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    _ = try await house.resume(student.view.resume, lastSeq: claimed)
    try house.rooms.chat(mentor.seat, text: "1", to: nil)
    await house.close()
  }

  @Test("who does not come back after a restart leaves with timeout: every joining has its leaving")
  @Control func pairs() async throws {
    let house = try await House()
    _ = try await house.join("m", .mentor)
    _ = try await house.join("s")
    let after = try await house.restarted()
    after.pass(.seconds(59))
    #expect(try after.rooms.show("room").participantCount == 2, "everybody has a full window")
    after.pass(.seconds(1))
    let events = try await after.outbox()
    #expect(events.filter { $0.type == "participant.joined" }.count == 2)
    let left = events.filter { $0.type == "participant.left" }
    #expect(left.map { $0.body["reason"]?.string } == ["timeout", "timeout"])
    #expect(events.last?.type == "session.ended")
    await after.close()
  }

  /// Lets the journal write what this turn of the loop gathered.
  @Control private func settleTurn() async {
    for _ in 0..<3 { await Task.yield() }
  }
}
