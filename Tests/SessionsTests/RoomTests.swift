// One room's rules: who comes in, who is told, and when it ends.

import Access
import Store
import Testing
import Values

@testable import Sessions

@Suite("A room's rules") struct RoomTests {
  @Test(
    "who comes sees those who are there, but neither itself nor observers, and observers are announced to nobody"
  )
  func visibility() throws {
    var stage = Stage()
    try stage.join("m", .mentor)
    let watching = try stage.join("o", .observer)
    #expect(watching.told.isEmpty, "nobody hears of an observer")
    let actions = try stage.join("s", .student)
    #expect(actions.told.map(\.audience) == [.everyoneBut("s")])
    #expect(stage.view("s").participants.map(\.id) == ["m"])
    #expect(stage.view("o").participants.map(\.id) == ["m", "s"])
    let left = try stage.room.leave("o", at: stage.now)
    #expect(left.told.isEmpty)
  }

  @Test("a locked room lets in moderators and who is in already, and nobody else")
  func lock() throws {
    var stage = Stage()
    try stage.join("m", .mentor)
    try stage.join("s", .student)
    #expect(stage.room.lock(true).told.count == 1)
    #expect(stage.room.lock(true).isEmpty, "locking twice says nothing twice")
    #expect(refusal { try stage.join("x", .student) } == .roomLocked)
    try stage.join("m2", .mentor)
    try stage.join("s-again", .student, identity: "s")
    #expect(stage.room.roster["s"] == nil)
    _ = stage.room.lock(false)
    try stage.join("x", .student)
  }

  @Test("a full room is full for observers too, and not for who takes its own place anew")
  func full() throws {
    var stage = Stage { $0.maxParticipants = 2 }
    try stage.join("m", .mentor)
    try stage.join("o", .observer)
    #expect(refusal { try stage.join("s", .student) } == .roomFull)
    try stage.join("m-again", .mentor, identity: "m")
    _ = try stage.room.leave("o", at: stage.now)
    try stage.join("s", .student)
  }

  @Test("a direct call has two ends, however many look on")
  func directCall() throws {
    var stage = Stage { $0.topology = .p2p }
    try stage.join("m", .mentor)
    try stage.join("s", .student)
    #expect(refusal { try stage.join("x", .student) } == .roomFull)
    try stage.join("o", .observer)
    try stage.join("s-again", .student, identity: "s")
  }

  @Test("the same user joining anew replaces the older place, or is refused where the operator wants that")
  func duplicates() throws {
    var stage = Stage()
    try stage.join("m", .mentor)
    try stage.join("s1", .student, identity: "s")
    let actions = try stage.join("s2", .student, identity: "s")
    #expect(actions.contains(.dismiss(participant: "s1", .replaced)))
    #expect(actions.told.map(\.event.name) == ["left s1 replaced", "joined s2"])

    stage.duplicates = .reject
    #expect(refusal { try stage.join("s3", .student, identity: "s") } == .alreadyJoined)
    _ = stage.room.connectionLost("s2", window: .seconds(60), at: stage.now)
    try stage.join("s3", .student, identity: "s")
    #expect(stage.room.roster["s2"] == nil, "a place whose connection is gone locks nobody out")
  }

  @Test("of two joins of one user under way the newer counts")
  func raceOfOne() throws {
    var stage = Stage()
    _ = try stage.reserve("s1", .student, identity: "s")
    _ = try stage.reserve("s2", .student, identity: "s")
    #expect(stage.room.complete("s1", at: stage.now) == nil)
    #expect(stage.room.complete("s2", at: stage.now) != nil)
    #expect(stage.room.roster.count == 1)
  }

  @Test("nobody is told of a join that could not be written down")
  func abandoned() throws {
    var stage = Stage()
    try stage.join("m", .mentor)
    let actions = try stage.reserve("s", .student)
    #expect(actions.told.isEmpty)
    #expect(stage.view("m").participants.isEmpty)
    #expect(refusal { try stage.room.chat(from: "s", text: "hi", to: nil, at: stage.now) } == .notJoined)
    #expect(stage.room.abandon("s", at: stage.now).told.isEmpty)
    #expect(stage.room.roster.count == 1)
  }

  @Test("a lost connection keeps its place for the window, then leaves with timeout")
  func window() throws {
    var stage = Stage()
    try stage.join("m", .mentor)
    try stage.join("s", .student)
    let lost = stage.room.connectionLost("s", window: .seconds(60), at: stage.now)
    #expect(lost.told.map(\.event.name) == ["updated s reconnecting"])
    #expect(stage.room.deadline == stage.now.instant + .seconds(60))
    stage.pass(.seconds(59))
    #expect(stage.room.expire(at: stage.now).told.isEmpty)
    let back = try stage.room.resume("s", secret: secret("new"), grant: nil, at: stage.now)
    #expect(back.told.map(\.event.name) == ["updated s active"])
    _ = stage.room.connectionLost("s", window: .seconds(60), at: stage.now)
    stage.pass(.seconds(60))
    #expect(stage.room.expire(at: stage.now).told.map(\.event.name) == ["left s timeout"])
    #expect(
      refusal { try stage.room.resume("s", secret: secret("x"), grant: nil, at: stage.now) } == .resumeExpired
    )
  }

  @Test("a resume is of the same user or not at all")
  func foreignResume() throws {
    var stage = Stage()
    try stage.join("s", .student)
    let other = grant("mallory", .mentor)
    #expect(
      refusal { try stage.room.resume("s", secret: secret("x"), grant: other, at: stage.now) } == .forbidden)
  }

  @Test("an empty room closes after its wait, and not while somebody waits in its lobby")
  func empty() throws {
    var stage = Stage { $0.emptyTimeout = .seconds(300) }
    #expect(stage.room.deadline == stage.now.instant + .seconds(300), "also if nobody ever comes")
    try stage.join("m", .mentor)
    #expect(stage.room.deadline == nil)
    _ = try stage.room.leave("m", at: stage.now)
    stage.room.options.lobby = true
    stage.pass(.seconds(200))
    _ = try stage.wait("s", .student)
    #expect(stage.room.deadline == nil)
    _ = try stage.room.leave("s", at: stage.now)
    stage.pass(.seconds(299))
    #expect(stage.room.expire(at: stage.now).facts.isEmpty)
    stage.pass(.seconds(1))
    #expect(stage.room.expire(at: stage.now).facts.map(\.name) == ["room.closed"])
    #expect(stage.room.phase == .ended(.empty))
    #expect(refusal { try stage.join("m", .mentor) } == .roomClosed)
  }

  @Test("ending a room tells everybody, closes every connection and pairs every joining with its leaving")
  func ending() throws {
    var stage = Stage { $0.lobby = true }
    try stage.join("m", .mentor)
    try stage.join("o", .observer, admitted: true)
    _ = try stage.wait("w", .student)
    let actions = stage.room.end(.ended, at: stage.now)
    #expect(actions.told.map(\.audience) == [.everyone, .one("w")])
    #expect(Set(actions.dismissed) == ["m", "o", "w"])
    #expect(
      actions.facts.map(\.name) == ["participant.left", "participant.left", "session.ended", "room.closed"])
    #expect(stage.room.end(.closedByAPI, at: stage.now).isEmpty)
  }

  @Test("a session runs from the first join until the room is empty, and counts the time both were connected")
  func session() throws {
    var stage = Stage()
    #expect(try stage.join("m", .mentor).facts.map(\.name).contains("session.started"))
    stage.pass(.seconds(10))
    try stage.join("s", .student)
    stage.pass(.seconds(100))
    _ = stage.room.connectionLost("s", window: .seconds(60), at: stage.now)
    stage.pass(.seconds(20))
    _ = try stage.room.resume("s", secret: secret("x"), grant: nil, at: stage.now)
    stage.pass(.seconds(5))
    try stage.join("o", .observer)
    _ = try stage.room.leave("s", at: stage.now)
    stage.pass(.seconds(50))
    _ = try stage.room.leave("o", at: stage.now)
    let facts = try stage.room.leave("m", at: stage.now).facts
    #expect(facts.map(\.name) == ["participant.left", "session.ended"])
    guard case .sessionEnded(let row) = facts[1] else { return }
    #expect(row.bothPresentMilliseconds == 105_000)
    let first = row.id
    #expect(
      try stage.join("m-2", .mentor, identity: "m").facts.contains { fact in
        if case .sessionStarted(let row) = fact { row.id != first } else { false }
      })
  }

  @Test("a booked lesson outlasts both going out for a moment, and its room waits for the lesson's start")
  func booked() throws {
    var stage = Stage { $0.emptyTimeout = .seconds(300) }
    let start = stage.now.time + .seconds(3600)
    stage.room.session = RoomSession(
      id: "s_booked",
      booking: Booking(mentor: .init(identity: "m"), student: .init(identity: "s"), startsAt: start),
      createdAt: stage.now.time)
    stage.room.isEmpty(from: stage.now)
    #expect(stage.room.deadline == stage.now.instant + .seconds(3900))
    try stage.join("m", .mentor)
    try stage.join("x", .student)
    stage.pass(.seconds(30))
    #expect(stage.room.session?.bothPresent(at: stage.now.time) == 0, "only the two who were booked count")
    _ = try stage.room.leave("x", at: stage.now)
    #expect(try stage.room.leave("m", at: stage.now).facts.map(\.name) == ["participant.left"])
    try stage.join("m2", .mentor, identity: "m")
    try stage.join("s", .student)
    stage.pass(.seconds(60))
    #expect(stage.room.session?.bothPresent(at: stage.now.time) == 60_000)
    #expect(stage.room.session?.id == "s_booked")
  }
}
