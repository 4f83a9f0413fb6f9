// All rooms together: making, finding, changing and closing them.

import Access
import Control
import Store
import Testing
import Values

@testable import Sessions

@Suite("The house of rooms", .timeLimit(.minutes(1))) struct RoomsTests {
  init() { Control.runInBackground() }

  @Test("two meet, talk and part, and the platform hears of it all in order")
  @Control func lesson() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    #expect(student.view.participants.map(\.identity) == ["m"])
    #expect(student.view.lastSeq == 0 && student.view.resume.count == 32)
    try house.rooms.chat(student.seat, text: "hi", to: nil)
    try await house.rooms.consent(student.seat, recording: true)
    try house.rooms.leave(student.seat)
    #expect(student.client.closed == .left && student.client.closed?.code == 1000)
    try house.rooms.leave(mentor.seat)
    let id = student.seat.participant
    #expect(
      mentor.client.names == ["joined \(id)", "chat \(id) hi", "consent \(id) true", "left \(id) left"])
    #expect(mentor.client.seqs == [1, 2, 3, 4])
    #expect(
      try await house.outbox().map(\.type) == [
        "room.created", "session.started", "participant.joined", "participant.joined", "consent.given",
        "participant.left", "participant.left", "session.ended",
      ])
    house.pass(.seconds(300))
    #expect(try await house.outbox().last?.type == "room.closed")
    #expect(house.rooms.list(limit: 10).isEmpty)
    await house.close()
  }

  @Test("no chat text reaches the events that the platform is sent, nor the store")
  @Control func privacy() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    try house.rooms.chat(mentor.seat, text: "between you and me", to: nil)
    #expect(try await !house.outbox().contains { $0.body.text.contains("between you and me") })
    await house.close()
  }

  @Test("who joins needs a token for the room; a room is made by whoever comes first")
  @Control func order() async throws {
    let house = try await House { $0.maxRooms = 1 }
    let client = Client(house.codebook)
    func join(_ room: String, _ grant: Grant) async -> Refusal.Code? {
      await refusalOf {
        try await house.rooms.join(JoinRequest(room: room), grant: grant, connection: client)
      }
    }
    #expect(await join("b", grant("s", .student, room: .one("a"))) == .forbidden)
    #expect(await join("b", grant("s", .student, room: Grant.Rooms.none)) == .forbidden)
    #expect(await join("a b", grant("s", .student)) == .invalidMessage)
    #expect(await join("a", grant("s", .student, room: .one("a"))) == nil)
    #expect(await join("b", grant("s", .student)) == .unavailable, "there are as many rooms as there may be")
    let large = JoinRequest(room: "a", attributes: ["x": .string(String(repeating: "x", count: 5000))])
    #expect(
      await refusalOf { try await house.rooms.join(large, grant: grant("t", .student), connection: client) }
        == .invalidMessage)
    await house.close()
  }

  @Test("who was kicked is closed with 4403, can't resume, and can't come back into this room")
  @Control func kick() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    #expect(
      await refusalOf {
        try await house.rooms.moderate(student.seat, .kick(participant: mentor.seat.participant))
      } == .forbidden)
    try await house.rooms.moderate(mentor.seat, .kick(participant: student.seat.participant))
    #expect(student.client.closed?.code == 4403)
    #expect(mentor.client.names.last == "left \(student.seat.participant) kicked")
    #expect(await refusalOf { try await house.resume(student.view.resume) } == .resumeExpired)
    #expect(await refusalOf { try await house.join("s") } == .forbidden)
    #expect(await refusalOf { try await house.join("s", room: "another") } == nil)
    #expect(throws: Refusal.self) { try house.rooms.chat(student.seat, text: "still here", to: nil) }
    let after = try await house.restarted()
    #expect(await refusalOf { try await after.join("s") } == .forbidden, "a restart forgives nothing")
    await after.close()
  }

  @Test("ending a room closes everybody with 1000, and only a moderator can open it again at once")
  @Control func end() async throws {
    let house = try await House()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    try await house.rooms.moderate(mentor.seat, .end)
    #expect(student.client.names == ["closed ended"] && student.client.closed?.code == 1000)
    #expect(mentor.client.closed == .roomClosed)
    #expect(await refusalOf { try await house.join("s") } == .roomClosed)
    _ = try await house.join("m", .mentor)
    _ = try await house.join("s")
    await house.close()
  }

  @Test(
    "a room that the platform made waits for its people, is the same when asked for again, and is closed on word"
  )
  @Control func create() async throws {
    let house = try await House()
    var wanted = RoomSpecification()
    wanted.id = "algebra-7"
    wanted.maxParticipants = 2
    #expect(try await house.rooms.create(wanted).isNew)
    #expect(try await !house.rooms.create(wanted).isNew)
    wanted.maxParticipants = 3
    #expect(await refusalOf { try await house.rooms.create(wanted) } == .conflict)
    house.pass(.seconds(299))
    #expect(try house.rooms.show("algebra-7").participants.isEmpty)
    let student = try await house.join("s", room: "algebra-7")
    var changes = RoomChanges()
    changes.locked = true
    #expect(try await house.rooms.update("algebra-7", changes).view.locked)
    #expect(student.client.names == ["room locked=true"])
    try await house.rooms.close("algebra-7", by: Operator("k_1"))
    #expect(student.client.names.last == "closed closed_by_api")
    #expect(
      await refusalOf { try await house.rooms.close("algebra-7", by: Operator("k_1")) } == .roomNotFound)
    #expect(try await house.rooms.create(wanted).isNew)
    await house.close()
  }

  @Test("rooms are listed by id, page by page")
  @Control func list() async throws {
    let house = try await House()
    for number in [3, 1, 4, 2, 5] {
      var wanted = RoomSpecification()
      wanted.id = "r\(number)"
      _ = try await house.rooms.create(wanted)
    }
    #expect(house.rooms.list(limit: 2).map(\.view.id) == ["r1", "r2"])
    #expect(house.rooms.list(after: "r2", limit: 2).map(\.view.id) == ["r3", "r4"])
    #expect(house.rooms.list(after: "r4", limit: 2).map(\.view.id) == ["r5"])
    await house.close()
  }

  @Test("a booked pair finds its room after a restart, and their time together is counted")
  @Control func booking() async throws {
    let house = try await House()
    let booking = Booking(
      mentor: .init(identity: "m", name: "Ana"), student: .init(identity: "s"),
      startsAt: house.time.now.time + .seconds(3600), duration: .seconds(1800), metadata: ["order": 7])
    let session = try await house.rooms.book(booking)
    let after = try await house.restarted()
    after.pass(.seconds(3700))
    let mentor = try await after.join("m", .mentor, room: session.room)
    let student = try await after.join("s", room: session.room)
    after.pass(.seconds(90))
    try after.rooms.leave(student.seat)
    try after.rooms.leave(mentor.seat)
    after.pass(.seconds(300))
    let events = try await after.outbox()
    #expect(
      events.filter { $0.type.hasPrefix("session") }.map(\.type) == [
        "session.booked", "session.started", "session.ended",
      ])
    let ended = events.last { $0.type == "session.ended" }?.body["session"]
    #expect(ended?["id"]?.string == session.id && ended?["bothPresentSeconds"]?.double == 90)
    #expect(ended?["metadata"] == ["order": 7])
    await after.close()
  }

  @Test("the lobby over connections: one waits, is let in, and can come back with its secret")
  @Control func lobby() async throws {
    let house = try await House { $0.room.lobby = true }
    let early = try await house.wait("early")
    let mentor = try await house.join("m", .mentor)
    #expect(mentor.view.waiting.map(\.identity) == ["early"], "who comes later learns who waits")
    let late = try await house.wait("late")
    #expect(mentor.client.names == ["waiting \(late.seat.participant)"])
    try await house.rooms.moderate(mentor.seat, .admit(participant: early.seat.participant))
    guard case .admitted(let view) = early.client.events.first else {
      Issue.record("not admitted")
      return
    }
    #expect(view.participants.map(\.identity) == ["m"] && view.lastSeq == 1 && early.client.seqs == [1])
    #expect(mentor.client.names.last == "joined \(early.seat.participant)")
    try house.rooms.chat(mentor.seat, text: "hello", to: nil)
    #expect(late.client.events.isEmpty, "who waits hears nothing of the room")
    #expect(early.client.seqs == [1, 2])
    try await house.rooms.moderate(mentor.seat, .deny(participant: late.seat.participant))
    #expect(late.client.names == ["denied"] && late.client.closed?.code == 4403)

    house.rooms.connectionLost(early.seat, early.client)
    let after = try await house.restarted { $0.room.lobby = true }
    let back = try await after.resume(view.resume, lastSeq: 2)
    #expect(back.result.view.me.identity == "early")
    #expect(
      try await !after.outbox().contains { $0.body.text.contains("late") }, "who never got in was never there"
    )
    await after.close()
  }

  @Test("the token event renews the grant, and only for those whose token ends soon")
  @Control func renewal() async throws {
    let house = try await House()
    let student = try await house.join("s")
    #expect(house.rooms.grantsExpiring(before: Timestamp(seconds: 2_000_000_000)).isEmpty)
    #expect(
      house.rooms.grantsExpiring(before: Timestamp(seconds: 2_000_000_001)).map(\.seat) == [student.seat])
    house.rooms.tokenRefreshed(student.seat, grant: grant("s", .student), token: "fresh")
    #expect(student.client.events == [.token("fresh")])
    await house.close()
  }

  @Test("a server that is drained tells everybody, opens no room, and lets all come back who were here")
  @Control func drain() async throws {
    let house = try await House()
    let student = try await house.join("s")
    house.rooms.drain(deadline: house.time.now.time + .seconds(60))
    #expect(student.client.names == ["draining"])
    #expect(await refusalOf { try await house.join("x", room: "new") } == .draining)
    #expect(house.rooms.activeRooms == 1)
    house.rooms.closeAll(.restart)
    #expect(student.client.closed?.code == 1012)
    let after = try await house.restarted()
    #expect(try await after.resume(student.view.resume).result.seat == student.seat)
    await after.close()
  }
}
