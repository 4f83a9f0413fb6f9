// What can go wrong in a negotiation, and what is said of it.

import Access
import Control
import Link
import Testing
import Values
import Wire

@testable import Sessions

@Suite("Descriptions that can't be, and offers that cross", .timeLimit(.minutes(1)))
struct NegotiationEdgeTests {
  init() { Control.runInBackground() }

  @Control private func refusal(_ house: MediaHouse, _ caller: Caller, _ offer: MediaOffer) -> Refusal? {
    do throws(Refusal) {
      _ = try house.rooms.offer(caller.seat, offer)
      return nil
    } catch { return error }
  }

  @Test("a description that can't be is refused with its line, and changes nothing")
  @Control func bad() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    let good = ana.peer.offer()
    let before = house.negotiation(of: ana)
    func change(_ from: String, _ to: String) -> String { good.sdp.replacing(from, with: to) }
    let wrong: [(String, String)] = [
      ("v=0\r\nnonsense", "line 2: a line is a letter"),
      (change("a=rtcp-mux\r\n", ""), "line 7: rtcp-mux is missing"),
      (change("a=group:BUNDLE 11 12", "a=group:BUNDLE 11"), "is not in the BUNDLE group"),
      (change("a=group:BUNDLE 11 12\r\n", ""), "is not in the BUNDLE group"),
      (
        good.sdp.split(separator: "\r\n").filter { !$0.hasPrefix("a=fingerprint") }.joined(separator: "\r\n"),
        "the fingerprint is missing"
      ),
      (
        good.sdp.split(separator: "\r\n").filter { !$0.hasPrefix("a=ice-") }.joined(separator: "\r\n"),
        "ice-ufrag and ice-pwd are missing"
      ),
      (change("a=setup:actpass", "a=setup:holdconn"), "holdconn opens no connection"),
      (change("a=setup:actpass", "a=setup:sideways"), "setup is active, passive"),
      (
        change("a=mid:11", "a=mid:13").replacing("BUNDLE 11", with: "BUNDLE 13"),
        "line 7: this m-line was \"11\" before"
      ),
      (
        good.sdp.components(before: "m=video").replacing("BUNDLE 11 12", with: "BUNDLE 11"),
        "an m-line is missing"
      ),
    ]
    for (sdp, expected) in wrong {
      let refusal = refusal(house, ana, MediaOffer(sdp: sdp))
      #expect(
        refusal?.code == .badSDP && refusal?.message.contains(expected) == true,
        "\(refusal?.message ?? "taken")")
    }
    let two = change("a=mid:12\r\n", "a=mid:12\r\n").lastReplacing("a=ice-ufrag:u1aa", "a=ice-ufrag:other")
    #expect(refusal(house, ana, MediaOffer(sdp: two))?.message.contains("one transport for all") == true)
    for tracks in [
      [("99", TrackView.Source.camera)], [("11", .camera)], [("11", .microphone), ("11", .microphone)],
    ] {
      let offer = MediaOffer(sdp: good.sdp, tracks: tracks.map { .init(mid: $0.0, source: $0.1) })
      #expect(refusal(house, ana, offer)?.code == .badSDP)
    }
    house.rooms.settled(ana.seat)
    let after = house.negotiation(of: ana)
    #expect(before?.lines == after?.lines && before?.version == after?.version && before?.peer == after?.peer)
    #expect(refusal(house, ana, good) == nil)
    await house.house.close()
  }

  @Test("a join whose offer can't be is refused, and takes no place")
  @Control func badJoin() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let caller = try house.caller()
    let request = JoinRequest(room: "room", offer: MediaOffer(sdp: "v=0"))
    #expect(
      await refusalOf {
        try await house.rooms.join(request, grant: grant("b", .student), connection: caller)
      } == .badSDP)
    house.settle()
    #expect(ana.names.filter { !$0.hasPrefix("added") } == [])
    await house.house.close()
  }

  @Test("offers that cross: the client's is answered, the server's is made again behind the answer")
  @Control func glare() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join(sending: [.microphone])
    house.settle()
    // Ben's coming makes the server offer to Ana, who has just offered her screen.
    ana.peer.add(.screen)
    ana.offer()
    let ben = try await house.join()
    #expect(house.negotiation(of: ana)?.pending != nil)
    ana.send()
    #expect(house.negotiation(of: ana)?.pending == nil || house.negotiation(of: ana)?.version ?? 0 > 2)
    house.settle()
    #expect(house.problems() == [])
    #expect(ana.refusals == [] && ben.peer.incoming.count == 2)
    // One that is refused has made the client deaf all the same.
    _ = try await house.join()
    #expect(house.negotiation(of: ana)?.pending != nil)
    ana.inbox.removeAll { if case .event(.offer) = $0 { true } else { false } }
    #expect(refusal(house, ana, MediaOffer(sdp: "v=0"))?.code == .badSDP)
    house.rooms.settled(ana.seat)
    house.settle()
    #expect(house.problems() == [])
    await house.house.close()
  }

  @Test("answers to nothing, and answers that don't fit, are refused; the offer still stands")
  @Control func answers() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    #expect(
      await refusalOf { try house.rooms.answer(ana.seat, sdp: ana.peer.offer().sdp) } == .badSDP, "actpass")
    let answer = ana.peer.offer().sdp.replacing("a=setup:actpass", with: "a=setup:active")
    #expect(await refusalOf { try house.rooms.answer(ana.seat, sdp: answer) } == .invalidMessage)
    ana.peer.hasOffered = false
    _ = try await house.join()
    let short = answer.components(before: "m=video").replacing("BUNDLE 11 12", with: "BUNDLE 11")
    #expect(await refusalOf { try house.rooms.answer(ana.seat, sdp: short) } == .badSDP)
    #expect(house.negotiation(of: ana)?.pending != nil)
    house.settle()
    #expect(house.problems() == [])
    await house.house.close()
  }

  @Test("a track that the client would not take is not offered to it again, until it asks")
  @Control func declined() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    house.settle()
    ana.peer.lines[1].receives = false
    ana.offer()
    house.settle()
    let ben = try await house.join()
    house.settle()
    // Her m-line for pictures takes none, so one was added; she stops that as well.
    #expect(ana.peer.lines.count == 3 && ana.peer.incoming.count == 2)
    ana.peer.lines[2].receives = false
    ana.offer()
    house.settle()
    #expect(ana.peer.lines.count == 3 && ana.peer.incoming.count == 1)
    let picture = house.negotiation(of: ben)?.tracks.last?.id ?? ""
    try house.rooms.subscribe(ana.seat, track: picture, TrackWish(quality: .low))
    house.settle()
    #expect(ana.peer.lines.count == 4 && ana.peer.incoming.count == 2)
    #expect(house.negotiation(of: ana)?.lines.last?.sent?.setup.wish == LayerWish(.low))
    await house.house.close()
  }

  @Test("each captured offer of a real client is answered in its own words", arguments: captures)
  @Control func captured(name: String) async throws {
    let house = try await MediaHouse()
    let ana = try await house.join("firefox")
    house.settle()
    let offer = try SessionDescription(Captures.text(name))
    let caller = Caller(house, "captured", try ModelPeer("chromium", number: 1))
    let request = JoinRequest(room: "room", offer: MediaOffer(sdp: Captures.text(name)))
    guard
      case .joined(let seat, let view) = try await house.rooms.join(
        request, grant: grant("captured", .student), connection: caller)
    else { return }
    let answer = try SessionDescription(view.answer?.sdp ?? "")
    #expect(answer.media.count == offer.media.count)
    for (offered, answered) in zip(offer.media, answer.media) {
      #expect(answered.mid == offered.mid && answered.kind == offered.kind)
      if offered.kind == .application { #expect(answered.isRejected) }
      if answered.isRejected { continue }
      #expect(Set(answered.formats).isSubset(of: offered.formats), "its own numbers")
      #expect(answered.setup == .passive)
      #expect(answered.rids.map(\.name) == (offered.simulcast == nil ? [] : offered.rids.map(\.name)))
      #expect(answered.simulcast?.receive == offered.simulcast?.send)
      #expect(answered.codecs.first?.isNamed(offered.kind == .audio ? "opus" : "VP8") == true)
      for item in answered.extensions {
        #expect(offered.extensions.contains { $0.uri == item.uri && $0.id == item.id })
      }
      if answered.direction.sends { #expect(answered.streams.first?.stream == ana.seat.participant) }
    }
    let receiving = offer.media.filter { !$0.isRejected && $0.direction.receives && $0.kind != .application }
    #expect(view.answer?.tracks.count == min(2, receiving.count))
    let sending = offer.media.filter { !$0.isRejected && $0.direction.sends && $0.kind != .application }
    #expect(view.answer?.published.map(\.mid) == sending.compactMap(\.mid))
    house.settle()
    try house.rooms.leave(seat)
    #expect(house.worker.faults == [] && ana.peer.faults == [])
    await house.house.close()
  }

  static let captures = [
    "aiortc-audio-video", "aiortc-recvonly", "chromium-audio-video", "chromium-ice-restart",
    "chromium-recvonly", "chromium-screen-later", "chromium-simulcast", "chromium-stopped",
    "firefox-audio-video", "firefox-ice-restart", "firefox-recvonly", "firefox-screen-later",
    "firefox-simulcast", "firefox-stopped", "gstreamer-audio-video",
  ]
}

extension String {
  /// Up to the first line that begins so.
  fileprivate func components(before start: String) -> String {
    ranges(of: start).first.map { String(self[..<$0.lowerBound]) } ?? self
  }

  fileprivate func lastReplacing(_ text: String, _ other: String) -> String {
    guard let range = ranges(of: text).last else { return self }
    var copy = self
    copy.replaceSubrange(range, with: other)
    return copy
  }
}
