// What people in a room do with each other: chat, hands, consent, relayed descriptions.

import Access
import Testing
import Values

@testable import Sessions

@Suite("Talking, moderating and waiting in a room") struct ConversationTests {
  private func stage(_ options: (inout RoomOptions) -> Void = { _ in }) throws -> Stage {
    var stage = Stage(options)
    try stage.join("m", .mentor)
    try stage.join("s", .student, admitted: true)
    try stage.join("o", .observer, admitted: true)
    return stage
  }

  @Test("chat goes to all others, observers included, or to one alone")
  func chat() throws {
    let stage = try stage()
    let all = try stage.room.chat(from: "s", text: "hi", to: nil, at: stage.now)
    #expect(all.told.map(\.audience) == [.everyoneBut("s")])
    let one = try stage.room.chat(from: "s", text: "hi", to: "m", at: stage.now)
    #expect(one == [.tell(.chat(from: "s", text: "hi", to: "m", at: stage.now.time), .one("m"))])
    #expect(
      refusal { try stage.room.chat(from: "s", text: "hi", to: "nobody", at: stage.now) }
        == .unknownParticipant)
  }

  @Test("an observer reads and does not write; only moderators can write to one")
  func observers() throws {
    let stage = try stage()
    #expect(refusal { try stage.room.chat(from: "o", text: "hi", to: nil, at: stage.now) } == .forbidden)
    #expect(
      refusal { try stage.room.chat(from: "s", text: "hi", to: "o", at: stage.now) } == .unknownParticipant)
    #expect(try stage.room.chat(from: "m", text: "hi", to: "o", at: stage.now).count == 1)
  }

  @Test("an observer whose token lets it publish may write")
  func publishingObserver() throws {
    var stage = try stage()
    try stage.join("o2", .observer, rights: Rights(publish: true, subscribe: true))
    #expect(try stage.room.chat(from: "o2", text: "hi", to: nil, at: stage.now).count == 1)
  }

  @Test("a hand is raised once, and not by observers")
  func hand() throws {
    var stage = try stage()
    #expect(try stage.room.raiseHand("s", true).told.map(\.event) == [.hand(participant: "s", raised: true)])
    #expect(try stage.room.raiseHand("s", true).isEmpty)
    #expect(stage.view("m").participants.first?.handRaised == true)
    #expect(refusal { try stage.room.raiseHand("o", true) } == .forbidden)
  }

  @Test("consent is told to the others and kept with its time; withdrawing it likewise")
  func consent() throws {
    var stage = try stage()
    let given = try stage.room.consent("s", recording: true, ConsentTerms(), at: stage.now)
    #expect(given.told.count == 1)
    #expect(given.facts.map(\.name) == ["consent.given"])
    #expect(try stage.room.consent("s", recording: true, ConsentTerms(), at: stage.now).isEmpty)
    #expect(
      try stage.room.consent("s", recording: false, ConsentTerms(), at: stage.now).facts.map(\.name) == [
        "consent.withdrawn"
      ])
    #expect(try stage.room.consent("o", recording: true, ConsentTerms(), at: stage.now).told.isEmpty)
  }

  @Test("what direct paths need is relayed untouched, inside the room, between those who are announced")
  func relay() throws {
    let stage = try stage { $0.topology = .p2p }
    let tracks: JSON = [["mid": "0", "source": "camera"]]
    #expect(
      try stage.room.relay(.offer(sdp: "v=0\r\n…", tracks: tracks), from: "s", to: "m")
        == [.tell(.relayedOffer(from: "s", sdp: "v=0\r\n…", tracks: tracks), .one("m"))])
    let candidate: JSON = ["foundation": 1]
    #expect(
      try stage.room.relay(.candidate(candidate, mid: "0"), from: "m", to: "s")
        == [.tell(.relayedCandidate(from: "m", candidate: candidate, mid: "0"), .one("s"))])
    for receiver in ["o", "s", "p_elsewhere"] {
      #expect(
        refusal { try stage.room.relay(.answer(sdp: ""), from: "s", to: receiver) } == .unknownParticipant)
    }
    #expect(refusal { try stage.room.relay(.answer(sdp: ""), from: "o", to: "m") } == .forbidden)
  }

  @Test("a room whose media goes through the server relays nothing")
  func noRelay() throws {
    let stage = try stage()
    #expect(refusal { try stage.room.relay(.answer(sdp: ""), from: "s", to: "m") } == .forbidden)
  }

  @Test("only moderators moderate; who is kicked is out and banished")
  func moderation() throws {
    var stage = try stage()
    #expect(refusal { try stage.room.moderator("s") } == .forbidden)
    #expect(refusal { try stage.room.moderator("o") } == .forbidden)
    #expect(try stage.room.moderator("m").id == "m")
    let kicked = try stage.room.kick("s", at: stage.now)
    #expect(kicked.told.map(\.event.name) == ["left s kicked"])
    #expect(kicked.dismissed == ["s"])
    #expect(kicked.contains(.banish(identity: "s", issuedAtSeconds: 1)))
    #expect(refusal { try stage.room.kick("s", at: stage.now) } == .unknownParticipant)
    #expect(refusal { try stage.room.mute("m", track: "t_1", true, by: .operation) } == .unknownTrack)
    #expect(refusal { try stage.room.mute("s", track: "t_1", true, by: .operation) } == .unknownParticipant)
  }

  @Test("in the lobby only moderators know who waits, and only they let in")
  func lobby() throws {
    var stage = try stage { $0.lobby = true }
    let waiting = try stage.wait("w", .student)
    #expect(waiting.told.map(\.audience) == [.moderators])
    #expect(stage.room.listeners(of: .moderators) == ["m"])
    #expect(stage.view("m").waiting.map(\.id) == ["w"])
    #expect(stage.view("s").waiting.isEmpty && stage.view("s").participants.map(\.id) == ["m"])
    #expect(refusal { try stage.room.chat(from: "w", text: "hello?", to: nil, at: stage.now) } == .notJoined)
    stage.pass(.seconds(100_000))
    #expect(stage.room.expire(at: stage.now).told.isEmpty, "no passing of time lets anybody in")

    _ = try stage.room.admit("w", resume: secret("w"), session: "s_x", at: stage.now)
    #expect(stage.room.listeners(of: .everyone) == ["m", "s", "o"], "not before it is written down")
    #expect(stage.room.complete("w", at: stage.now)?.told.map(\.event.name) == ["joined w"])
    #expect(
      refusal { try stage.room.admit("w", resume: secret("w"), session: "s_x", at: stage.now) }
        == .unknownParticipant)
  }

  @Test("who is denied learns it and goes; the moderators see it go")
  func denied() throws {
    var stage = try stage { $0.lobby = true }
    _ = try stage.wait("w", .student)
    let actions = try stage.room.deny("w", at: stage.now)
    #expect(actions.told.map(\.audience) == [.one("w"), .moderators])
    #expect(actions.contains(.dismiss(participant: "w", .denied)))
    #expect(stage.room.waiting.isEmpty)
  }

  @Test("a moderator passes the lobby, also while all others wait")
  func moderatorPasses() throws {
    var stage = Stage { $0.lobby = true }
    _ = try stage.wait("w", .student)
    try stage.join("m", .mentor)
    #expect(stage.view("m").waiting.map(\.id) == ["w"])
  }

  @Test("the lobby has its own bound, and a full room lets nobody in from it")
  func lobbyBounds() throws {
    var stage = Stage {
      $0.lobby = true
      $0.maxParticipants = 3
    }
    try stage.join("m", .mentor)
    for number in 0..<Limits.waiting { _ = try stage.wait("w\(number)", .student) }
    #expect(refusal { try stage.wait("one more", .student) } == .roomFull)
    let again = try stage.wait("w0-again", .student, identity: "w0")
    #expect(again.contains(.dismiss(participant: "w0", .replaced)), "who comes anew takes its own place")
    for number in 1...2 {
      _ = try stage.room.admit("w\(number)", resume: secret("w"), session: "s_x", at: stage.now)
      _ = stage.room.complete("w\(number)", at: stage.now)
    }
    #expect(
      refusal { try stage.room.admit("w3", resume: secret("w"), session: "s_x", at: stage.now) } == .roomFull)
    #expect(stage.room.waiting.contains { $0.id == "w3" })
  }
}
