// Which formats of two clients are the same, and the bounds of one negotiation, without any room.

import Access
import Link
import Testing
import Wire

@testable import Sessions

@Suite("Formats of two ends") struct CodecMatchTests {
  private func format(_ number: UInt8, _ name: String, _ parameters: String = "", rtx: UInt8? = nil)
    -> AcceptedMedia.Format
  {
    let isAudio = name == "opus" || name == "red"
    return AcceptedMedia.Format(
      codec: Codec(
        payloadType: number, name: name, clockRate: isAudio ? 48_000 : 90_000, channels: isAudio ? 2 : 1,
        parameters: FormatParameters(parameters)),
      retransmission: rtx.map { Codec(payloadType: $0, name: "rtx", clockRate: 90_000) })
  }

  @Test("numbers differ, formats are the same; profiles and packetization modes tell them apart")
  func video() {
    let chromium = [
      format(96, "VP8", rtx: 97),
      format(108, "H264", "packetization-mode=1;profile-level-id=42e01f", rtx: 109),
      format(114, "H264", "packetization-mode=0;profile-level-id=42e01f"), format(98, "VP9", "profile-id=0"),
      format(100, "VP9", "profile-id=2"),
    ]
    let firefox = [
      format(126, "H264", "packetization-mode=1;profile-level-id=42e00d"), format(120, "vp8", rtx: 124),
      format(121, "VP9"),
    ]
    #expect(
      CodecMatch.payloads(from: chromium, to: firefox) == [
        PayloadMapping(from: 96, to: 120, retransmission: 124), PayloadMapping(from: 108, to: 126),
        PayloadMapping(from: 98, to: 121),
      ])
    #expect(CodecMatch.payloads(from: [format(45, "AV1")], to: firefox) == [])
  }

  @Test("redundancy passes only where both number alike what is in it")
  func redundancy() {
    let chromium = [format(111, "opus"), format(63, "red", "111/111")]
    let alike = [format(111, "opus"), format(64, "red", "111/111")]
    let other = [format(109, "opus"), format(63, "red", "109/109")]
    #expect(CodecMatch.payloads(from: chromium, to: alike).map(\.to) == [111, 64])
    #expect(CodecMatch.payloads(from: chromium, to: other).map(\.to) == [109])
    #expect(
      CodecMatch.payloads(from: chromium, to: [format(63, "red", "111/111")]) == [], "nothing to stand on")
  }

  @Test("the configured order is the answer's, and unknown names are passed over")
  func order() {
    var options = MediaOptions()
    options.videoCodecs = ["av1", "Theora", "H264", "VP8"]
    #expect(options.terms.video.codecs.map(\.name) == ["AV1", "H264", "VP8"])
    #expect(options.terms.audio.codecs.map(\.name) == ["opus", "red"])
    #expect(options.terms.video.layers == 3)
  }

  @Test("one PeerConnection has a bounded number of m-lines; what is over waits for a free one")
  func bound() throws {
    var names = MediaNames()
    let place = MediaPlace(
      worker: 0, room: names.room(), candidates: [], fingerprint: FakeWorker.fingerprint,
      terms: MediaOptions().terms)
    var negotiation = Negotiation(participant: "p_me", place: place, names: &names)
    var peer = try ModelPeer("chromium", number: 1)
    peer.add(.microphone, sends: false)
    let offered = peer.offer()
    _ = try negotiation.offer(
      OfferedSession(offered.sdp, offered.tracks), publishes: true, wanted: [], names: &names)
    negotiation.isHeld = false
    let formats = [format(111, "opus")]
    let tracks = (0..<100).map { number in
      Track(
        id: "t_\(number)", owner: "p_\(number)", kind: .audio, mid: "0", source: .microphone, codec: "opus",
        formats: formats,
        setup: TrackSetup(
          track: names.track(), isVideo: false, mid: nil, formats: formats.map(PayloadFormat.init),
          extensions: ExtensionMap()))
    }
    let proposal = negotiation.propose(tracks, names: &names)
    #expect(proposal?.places.count == 64)
    #expect(try SessionDescription(proposal?.sdp ?? "").media.count == 64)
    let lines = negotiation.lines.count
    negotiation.dropProposal()
    #expect(lines == 64 && negotiation.lines.count == 1, "a dropped offer leaves no m-line behind")
  }
}
