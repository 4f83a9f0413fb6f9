// Negotiation in rooms, as callers live it.

import Access
import Control
import Link
import Testing
import Values
import Wire

@testable import Sessions

@Suite("Negotiating with the server", .timeLimit(.minutes(1))) struct NegotiationTests {
  init() { Control.runInBackground() }

  @Test(
    "two who both offer sound and picture see each other: the later one in the answer, the earlier one by one offer"
  )
  @Control func two() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let ben = try await house.join("firefox")
    guard case .answer(let answer)? = ben.inbox.first else { throw Refusal(.internal, "no answer") }
    #expect(answer.tracks.map(\.mid) == ["11", "12"] || answer.tracks.map(\.mid) == ["0", "1"])
    #expect(answer.published.map(\.mid) == ["0", "1"])
    #expect(Set(answer.tracks.map(\.participant)) == [ana.seat.participant])
    house.settle()
    #expect(house.problems() == [])
    #expect(ana.names.filter { $0.hasPrefix("server offer") } == ["server offer 2"])
    #expect(!ben.names.contains { $0.hasPrefix("server offer") })
    #expect(ana.peer.lines.count == 2 && ben.peer.lines.count == 2, "the same m-lines carry both ways")
    #expect(
      ben.names.filter { $0.hasPrefix("added") }.count == 2, "one's own tracks are announced to oneself")
    await house.house.close()
  }

  @Test("a join says who it is, what it publishes and where others' tracks come, in one round trip")
  @Control func joined() async throws {
    let house = try await MediaHouse()
    _ = try await house.join()
    let caller = try house.caller(sending: [.microphone, .camera])
    let request = JoinRequest(room: "room", offer: caller.peer.offer())
    guard
      case .joined(_, let view) = try await house.rooms.join(
        request, grant: grant("late", .student), connection: caller)
    else { return }
    #expect(view.me.tracks.map(\.source) == [.microphone, .camera])
    #expect(view.me.tracks.map(\.id) == view.answer?.published.map(\.track))
    #expect(view.me.tracks.map(\.codec) == ["opus", "VP8"])
    #expect(view.participants.first?.tracks.map(\.id) == view.answer?.tracks.map(\.track))
    let answer = try SessionDescription(view.answer?.sdp ?? "")
    #expect(answer.isICELite && answer.bundle == ["11", "12"] && answer.media.allSatisfy(\.isMultiplexed))
    #expect(answer.media.first?.candidates.map(\.host) == ["192.0.2.10"])
    #expect(answer.media.map(\.direction) == [.sendrecv, .sendrecv])
    #expect(answer.media.first?.streams.first?.stream == view.participants.first?.id)
    #expect(answer.media.first?.codecs.first?.parameters["useinbandfec"] == "1")
    await house.house.close()
  }

  @Test(
    "a worker is told all of a peer in order: who it is, what it sends, what it gets",
    arguments: ["aiortc", "chromium"])
  @Control func commands(browser: String) async throws {
    let house = try await MediaHouse()
    _ = try await house.join()
    let before = house.worker.commands.count
    let ben = try await house.join(browser)
    let told = house.worker.commands[before...].prefix(5).map { "\($0)".prefix { $0 != "(" } }
    #expect(told == ["connect", "publish", "publish", "subscribe", "subscribe"])
    guard case .connect(let peer, let setup) = house.worker.commands[before] else { return }
    #expect(setup.remote == ben.peer.credentials && !setup.startsHandshake)
    #expect(setup.fingerprints.count == 1)
    #expect(house.negotiation(of: ben)?.local == setup.local)
    for subscription in house.worker.received(by: peer) {
      #expect(subscription.extensions.mid != 0 || browser == "aiortc")
      #expect(
        !subscription.payloads.isEmpty && subscription.canonicalName == house.callers[0].seat.participant)
    }
    await house.house.close()
  }

  @Test("three and four have more to see than they offered m-lines for: the server offers the rest")
  @Control func four() async throws {
    let house = try await MediaHouse()
    for browser in ["chromium", "firefox", "aiortc", "chromium"] {
      _ = try await house.join(browser)
      house.settle()
      #expect(house.problems() == [])
    }
    #expect(house.callers.map(\.peer.lines.count) == [6, 6, 6, 6])
    try house.callers.removeFirst().leave()
    house.settle()
    #expect(house.problems() == [])
    #expect(house.callers.map(\.peer.lines.count) == [6, 6, 6], "m-lines stay for the next")
    for _ in 0..<5 {
      _ = try await house.join("firefox")
      house.settle()
      #expect(house.problems() == [])
      #expect(house.callers.map(\.peer.lines.count) == [6, 6, 6, 6], "those of who has left are used again")
      try house.callers.removeLast().leave()
      house.settle()
    }
    await house.house.close()
  }

  @Test("who only listens gets what it has no words for, under numbers of the server's")
  @Control func listener() async throws {
    let house = try await MediaHouse()
    _ = try await house.join("firefox")
    let caller = try house.caller("aiortc")
    caller.peer.add(.microphone, sends: false)
    try await caller.join(.observer, offering: true)
    house.callers.append(caller)
    house.settle()
    #expect(house.problems() == [])
    #expect(caller.peer.lines.map(\.mid) == ["11", "s1"])
    #expect(caller.peer.lines.last?.words.codecs.first.map { $0.name } == "VP8")
    #expect(
      caller.peer.lines.last?.words.codecs.contains { $0.payloadType == 96 } == false,
      "that is Opus in aiortc")
    await house.house.close()
  }

  @Test("an observer gets all, publishes nothing, and nobody hears of it")
  @Control func observer() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let eve = try await house.join("chromium", .observer)
    house.settle()
    #expect(eve.peer.incoming.count == 2)
    #expect(house.negotiation(of: eve)?.tracks == [])
    #expect(!ana.names.contains { $0.contains(eve.seat.participant) || $0.hasPrefix("server offer") })
    house.rooms.mediaHappened(
      .speakers(
        house.rooms.rooms["room"]?.room.place?.room ?? RoomHandle(0),
        [
          SpeakerLevel(
            peer: house.negotiation(of: eve)?.peer ?? PeerHandle(0), track: TrackHandle(0), levelDecibels: -20
          ),
          SpeakerLevel(
            peer: house.negotiation(of: ana)?.peer ?? PeerHandle(0), track: TrackHandle(0), levelDecibels: -30
          ),
        ]))
    house.settle()
    #expect(eve.names.last == "speakers [\"\(ana.seat.participant)\"]")
    await house.house.close()
  }

  @Test(
    "tokens that allow less: without the right to publish nothing is taken, without the right to subscribe nothing sent"
  )
  @Control func rights() async throws {
    let house = try await MediaHouse()
    _ = try await house.join()
    for rights in [Rights(subscribe: true), Rights(publish: true)] {
      let caller = try house.caller(sending: [.microphone, .camera])
      let request = JoinRequest(room: "room", offer: caller.peer.offer())
      guard
        case .joined(_, let view) = try await house.rooms.join(
          request, grant: grant("x\(rights.publish)", .student, rights: rights), connection: caller)
      else { return }
      let directions = try SessionDescription(view.answer?.sdp ?? "").media.map(\.direction)
      #expect(directions == (rights.publish ? [.recvonly, .recvonly] : [.sendonly, .sendonly]))
      #expect(view.me.tracks.count == (rights.publish ? 2 : 0))
    }
    await house.house.close()
  }

  @Test("a new ufrag is an ICE restart: new credentials on our side too, and all else goes on")
  @Control func restart() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    _ = try await house.join()
    house.settle()
    let before = house.negotiation(of: ana)
    ana.peer.restartICE()
    ana.offer()
    house.settle()
    let after = house.negotiation(of: ana)
    #expect(before?.peer == after?.peer && before?.local != after?.local)
    #expect(before?.tracks == after?.tracks && house.problems() == [])
    await house.house.close()
  }

  @Test(
    "another certificate is another PeerConnection: the old peer ends, its tracks are replaced, and stay muted"
  )
  @Control func replaced() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let ben = try await house.join()
    house.settle()
    let before = house.negotiation(of: ana)
    try house.rooms.muteOwn(ana.seat, track: before?.tracks.first?.id ?? "", muted: true)
    ana.peer = try ModelPeer("chromium", number: 77)
    ana.peer.add(.microphone)
    ana.peer.add(.camera)
    ana.offer()
    house.settle()
    let after = house.negotiation(of: ana)
    #expect(before?.peer != after?.peer && house.worker.peerCount == 2)
    #expect(after?.tracks.map(\.isMuted) == [true, false])
    #expect(ben.names.filter { $0.hasPrefix("removed") }.count == 2)
    #expect(house.problems() == [] && ben.peer.lines.count == 2)
    await house.house.close()
  }

  @Test("an offer of the server's that was unanswered when the connection broke is made again")
  @Control func resume() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    _ = try await house.join()
    #expect(ana.inbox.contains { if case .event(.offer) = $0 { true } else { false } })
    try await ana.dropAndResume()
    house.settle()
    #expect(house.problems() == [])
    #expect(ana.names.filter { $0.hasPrefix("server offer") }.count == 1, "it is not among what was missed")
    // Nothing is renegotiated by a resume alone.
    let before = house.worker.commands.count
    try await ana.dropAndResume()
    house.settle()
    #expect(house.worker.commands.count == before)
    await house.house.close()
  }

  @Test("after a restart of the server a resume with an offer brings the media back in one round trip")
  @Control func resumedAnew() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let ben = try await house.join()
    house.settle()
    let before = house.negotiation(of: ana)?.tracks.map(\.id) ?? []
    house.rooms.mediaHappened(.failed(house.negotiation(of: ana)?.peer ?? PeerHandle(0), .closed))
    house.settle()
    ana.peer = try ModelPeer("firefox", number: 90)
    ana.peer.add(.microphone)
    ana.peer.add(.camera)
    try await ana.dropAndResume(offering: true)
    let replies = ana.inbox.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }
    guard let answer = replies.first else { throw Refusal(.internal, "no answer") }
    #expect(answer.tracks.map(\.participant) == [ben.seat.participant, ben.seat.participant])
    #expect(Set(answer.published.map(\.track)).isDisjoint(with: before))
    house.settle()
    #expect(house.problems() == [])
    await house.house.close()
  }
}
