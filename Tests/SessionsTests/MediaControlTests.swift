// What is done to tracks, and what workers tell: mutes, wishes, speakers, quality, failures, headroom.

import Access
import Control
import Link
import Observe
import Synchronization
import Testing
import Values
import Wire

@testable import Sessions

@Suite("Tracks and workers", .timeLimit(.minutes(1))) struct MediaControlTests {
  init() { Control.runInBackground() }

  @Control private func refusal(_ body: () throws -> Void) -> Refusal.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? Refusal)?.code }
  }

  @Test("a mute is enforced by the worker and told to all; moderators silence and can't let be heard")
  @Control func mute() async throws {
    let house = try await MediaHouse()
    let mentor = try await house.join("chromium", .mentor)
    let student = try await house.join()
    house.settle()
    let track = house.negotiation(of: student)?.tracks.first
    let id = track?.id ?? ""
    let own = { (muted: Bool) in try house.rooms.muteOwn(student.seat, track: id, muted: muted) }
    try own(true)
    try own(true)
    #expect(house.worker.commands.count { $0 == .mute(track?.handle ?? TrackHandle(0), true) } == 1)
    house.settle()
    #expect(mentor.tracks[id]?.muted == true && student.tracks[id]?.muted == true)
    try own(false)
    let moderate = { (caller: Caller, muted: Bool) async throws in
      try await house.rooms.moderate(
        caller.seat, .mute(participant: student.seat.participant, track: id, muted: muted))
    }
    try await moderate(mentor, true)
    #expect(await refusalOf { try await moderate(mentor, false) } == .forbidden)
    #expect(await refusalOf { try await moderate(student, true) } == .forbidden)
    house.settle()
    #expect(mentor.tracks[id]?.muted == true)
    try await house.rooms.mute(
      room: "room", participant: student.seat.participant, track: id, muted: false, by: Operator("key"))
    house.settle()
    #expect(mentor.tracks[id]?.muted == false)
    try await moderate(mentor, true)
    try own(false)
    let other = house.negotiation(of: mentor)?.tracks.first?.id ?? ""
    #expect(refusal { try house.rooms.muteOwn(student.seat, track: other, muted: true) } == .unknownTrack)
    #expect(try house.rooms.show("room").participants.flatMap(\.tracks).allSatisfy { !$0.muted })
    await house.house.close()
  }

  @Test("a wish for a track reaches the worker, also one that comes before the track does")
  @Control func subscribe() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let ben = try await house.join()
    house.settle()
    let track = house.negotiation(of: ben)?.tracks.last?.id ?? ""
    try house.rooms.subscribe(ana.seat, track: track, TrackWish(quality: .off, maxHeight: 180))
    guard case .wish(_, let wish)? = house.worker.commands.last else { throw Refusal(.internal, "no wish") }
    #expect(wish == LayerWish(.off, heightMax: 180))
    #expect(house.negotiation(of: ana)?.wishes[track]?.maxHeight == 180)
    let own = house.negotiation(of: ana)?.tracks.last?.id ?? ""
    for unknown in [own, "t_nobody"] {
      #expect(
        refusal { try house.rooms.subscribe(ana.seat, track: unknown, TrackWish(quality: .low)) }
          == .unknownTrack)
    }
    _ = try await house.join()
    let coming = house.negotiation(of: house.callers[2])?.tracks.last?.id ?? ""
    try house.rooms.subscribe(ana.seat, track: coming, TrackWish(quality: .low))
    house.settle()
    let agreed = house.negotiation(of: ana)?.lines.first { $0.sent?.track == coming }?.sent
    #expect(agreed?.setup.wish == LayerWish(.low))
    try ben.leave()
    #expect(house.negotiation(of: ana)?.wishes.keys.sorted() == [coming])
    await house.house.close()
  }

  @Test(
    "who speaks and how good connections are is told to who listens, of these only the newest to a slow reader"
  )
  @Control func momentary() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    guard let peer = house.negotiation(of: ana)?.peer, let room = house.rooms.rooms["room"]?.room.place?.room
    else { return }
    let loud = SpeakerLevel(peer: peer, track: TrackHandle(1), levelDecibels: -23)
    house.rooms.mediaHappened(.speakers(room, [loud]))
    house.rooms.mediaHappened(
      .quality([PeerQuality(peer: peer, lossUp: 0.02, lossDown: 0.01, roundTripMilliseconds: 150)]))
    house.rooms.mediaHappened(.quality([PeerQuality(peer: PeerHandle(99), lossUp: 1)]))
    #expect(ana.keys.suffix(2) == ["speakers", "quality"])
    house.settle()
    #expect(ana.names.suffix(2) == ["speakers [\"\(ana.seat.participant)\"]", "quality [4.4]"])
    // Not told again to who comes back, and not counted while nobody hears it.
    house.rooms.connectionLost(ana.seat, ana)
    house.rooms.mediaHappened(.speakers(room, []))
    try await ana.dropAndResume()
    house.settle()
    #expect(!ana.names.suffix(1).contains { $0.hasPrefix("speakers") })
    await house.house.close()
  }

  @Test("a turn lasts through pauses, until somebody else talks; shares are of all that was said")
  func talkShares() {
    typealias Heard = RoomTalk.Heard
    var talk = RoomTalk()
    talk.take([Heard(identity: "ana", milliseconds: 1_000, isTalking: true)])
    talk.take([Heard(identity: "ana", milliseconds: 500, isTalking: false)])
    talk.take([Heard(identity: "ana", milliseconds: 1_500, isTalking: true)])
    #expect(talk.share(of: "ana", as: "p_1")?.turnMilliseconds == 3_000)
    #expect(talk.share(of: "ben", as: "p_2") == nil)
    talk.take([Heard(identity: "ben", milliseconds: 1_000, isTalking: true)])
    let ana = talk.share(of: "ana", as: "p_3")
    #expect(ana == TalkShare(participant: "p_3", milliseconds: 3_000, turnMilliseconds: 0, share: 0.75))
    #expect(talk.share(of: "ben", as: "p_2")?.turnMilliseconds == 1_000)
  }

  @Test(
    "scores go from 5 down to 1",
    arguments: [
      (PeerQuality(peer: PeerHandle(1)), 5.0), (PeerQuality(peer: PeerHandle(1), lossDown: 0.2), 1.0),
      (PeerQuality(peer: PeerHandle(1), roundTripMilliseconds: 350), 4.0),
      (PeerQuality(peer: PeerHandle(1), lossUp: 0.05, jitterMilliseconds: 50), 3.0),
      (PeerQuality(peer: PeerHandle(1), lossUp: 1, roundTripMilliseconds: 5_000), 1.0),
    ])
  func score(quality: PeerQuality, expected: Double) { #expect(quality.score == expected) }

  @Test("who is lost to the worker keeps its place, and may offer anew")
  @Control func failed() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let ben = try await house.join()
    house.settle()
    let peer = house.negotiation(of: ana)?.peer ?? PeerHandle(0)
    house.rooms.mediaHappened(.failed(peer, .silence))
    house.rooms.mediaHappened(.failed(peer, .silence))
    house.settle()
    #expect(ben.peer.incoming.isEmpty && ben.names.filter { $0.hasPrefix("removed") }.count == 2)
    #expect(try house.rooms.show("room").participants.map(\.tracks.count) == [0, 2])
    ana.peer = try ModelPeer("firefox", number: 50)
    ana.peer.add(.microphone)
    ana.offer()
    house.settle()
    #expect(house.problems() == [] && ben.peer.incoming.count == 1)
    // Its old connection tells of its end late: nothing happens to the new one.
    house.rooms.mediaHappened(.failed(peer, .closed))
    #expect(house.negotiation(of: ana)?.tracks.count == 1)
    await house.house.close()
  }

  @Test("the codec that really comes is told, once")
  @Control func codec() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    let handle = house.negotiation(of: ana)?.tracks.last?.handle ?? TrackHandle(0)
    house.rooms.mediaHappened(.receiving(handle, .vp8))
    house.rooms.mediaHappened(.receiving(handle, .h264))
    house.rooms.mediaHappened(.receiving(TrackHandle(0), .h264))
    house.settle()
    #expect(ana.names.filter { $0.hasPrefix("track ") }.count == 1)
    #expect(try house.rooms.show("room").participants.first?.tracks.last?.codec == "H264")
    await house.house.close()
  }

  @Test("the join time is measured where there was something to send, once")
  @Control func joinTime() async throws {
    let house = try await MediaHouse()
    func count() -> String? {
      var text = ""
      Metrics.joinDuration.samples(into: &text)
      return text.split(separator: "\n").last.map(String.init)
    }
    let ana = try await house.join()
    let ben = try await house.join()
    #expect(house.rooms.outlets[ana.seat.participant]?.joinAsked == nil)
    #expect(house.rooms.outlets[ben.seat.participant]?.joinAsked != nil)
    let before = count()
    let peer = house.negotiation(of: ben)?.peer ?? PeerHandle(0)
    house.rooms.mediaHappened(.firstMedia(peer))
    house.rooms.mediaHappened(.firstMedia(peer))
    #expect(count() != before && house.rooms.outlets[ben.seat.participant]?.joinAsked == nil)
    await house.house.close()
  }

  @Test("without headroom new peers are refused with a time to try again, and those who are in go on")
  @Control func headroom() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    var figures = WorkerFigures()
    figures.load = 0.95
    house.rooms.mediaHappened(.figures(worker: 0, figures))
    let caller = try house.caller(sending: [.microphone])
    for room in ["room", "another"] {
      let request = JoinRequest(room: room, offer: caller.peer.offer())
      do {
        _ = try await house.rooms.join(request, grant: grant("b", .student), connection: caller)
        Issue.record("there is no headroom")
      } catch {
        #expect(error.code == .unavailable && error.retryAfter != nil)
      }
    }
    ana.peer.add(.screen)
    ana.offer()
    house.settle()
    #expect(ana.refusals == [] && house.negotiation(of: ana)?.tracks.count == 3)
    figures.load = 0.2
    house.rooms.mediaHappened(.figures(worker: 0, figures))
    _ = try await house.join()
    await house.house.close()
  }

  @Test("commands that a full mailbox turned away are sent in their order once there is room")
  @Control func full() async throws {
    let house = try await MediaHouse()
    house.worker.books.withLock { $0.isFull = true }
    let ana = try await house.join()
    #expect(house.worker.commands.isEmpty)
    #expect(await refusalOf { try await house.join() } == .unavailable, "who can't be told of takes no place")
    house.worker.books.withLock { $0.isFull = false }
    house.rooms.mediaHappened(.figures(worker: 0, WorkerFigures()))
    #expect(house.worker.commands.count == 3 && house.worker.faults == [])
    try ana.leave()
    #expect(house.worker.peerCount == 0)
    await house.house.close()
  }

  @Test("rooms share a worker until it is busy, and go to the one with the least to do from there on")
  @Control func spread() async throws {
    let workers = [FakeWorker(), FakeWorker()]
    let plane = MediaPlane(
      workers: workers.enumerated().map { number, worker in
        MediaWorker(number: number, candidates: [], fingerprint: FakeWorker.fingerprint) { worker.send($0) }
      })
    let house = try await House(media: plane)
    for room in ["a", "b", "c", "d"] {
      if room == "c" {
        #expect(workers.map(\.peerCount) == [4, 0])
        var busy = WorkerFigures()
        busy.load = 0.5
        plane.took(busy, of: 0)
      }
      for number in 0..<2 {
        var peer = try ModelPeer("chromium", number: UInt32(number))
        peer.add(.microphone)
        let request = JoinRequest(room: room, offer: peer.offer())
        _ = try await house.rooms.join(
          request, grant: grant("\(room)\(number)", .student), connection: Client(house.codebook))
      }
    }
    #expect(workers.map(\.peerCount) == [4, 4])
    for worker in workers { #expect(worker.faults == []) }
    try await house.rooms.close("a", by: Operator("key"))
    #expect(workers.map(\.peerCount).sorted() == [2, 4])
    await house.close()
  }

  @Test(
    "where no media is forwarded, or where it goes directly, an offer to the server is refused and says why")
  @Control func refused() async throws {
    let plain = try await House()
    let peer = try ModelPeer("chromium", number: 1)
    let offer = MediaOffer(sdp: Captures.text("chromium-audio-video"))
    let ana = try await plain.join("a")
    #expect(refusal { _ = try plain.rooms.offer(ana.seat, offer) } == .unavailable)
    try plain.rooms.candidate(ana.seat)
    await plain.close()
    let house = try await MediaHouse { $0.room.topology = .p2p }
    let caller = Caller(house, "b", peer)
    try await caller.join(offering: false)
    #expect(refusal { _ = try house.rooms.offer(caller.seat, offer) } == .forbidden)
    await house.house.close()
  }

  @Test("after a restart of the process there is no media, and the next offer begins anew")
  @Control func restarted() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    let next = try await house.house.restarted()
    #expect(try next.rooms.show("room").participants.map(\.tracks) == [[]])
    #expect(ana.names.contains("added \(ana.seat.participant) microphone"))
    await next.close()
  }
}
