// What of an offer is taken: formats by their variants, their retransmission, extensions, layers.

import Testing
import Wire

@Suite("Negotiation") struct NegotiationTests {
  private func media(_ lines: String, kind: String = "video", formats: String) throws -> MediaDescription {
    let text = "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nm=\(kind) 9 UDP/TLS/RTP/SAVPF \(formats)\na=mid:0\n\(lines)"
    return try SessionDescription(text).media[0]
  }

  private func h264(_ profiles: [H264Profile]) -> CodecPreference {
    CodecPreference("H264", variants: .h264(profiles: profiles, packetizationModes: ["1"]))
  }

  @Test(
    "an H.264 profile is the same in each of its spellings",
    arguments: [
      ("42e01f", H264Profile.constrainedBaseline), ("42C02A", .constrainedBaseline),
      ("4d801f", .constrainedBaseline), ("58c01f", .constrainedBaseline), ("42001f", .baseline),
      ("42A01F", .baseline), ("4d001f", .main), ("4d401f", .main), ("640c1f", .constrainedHigh),
      ("64001f", .high), ("f4001f", .predictiveHigh444),
    ])
  func profiles(text: String, profile: H264Profile) {
    #expect(H264Profile(profileLevelID: text) == profile)
    #expect(H264Profile(profileLevelID: nil) == .baseline)
    #expect(H264Profile(profileLevelID: "42e01") == nil)
    #expect(H264Profile(profileLevelID: "42e01x") == nil)
    #expect(H264Profile(profileLevelID: "000000") == nil)
  }

  @Test("of Chromium's nine ways to say H.264 we take the one we named, with its RTX and its own level")
  func h264() throws {
    let video = try SDPCaptures.offer("chromium-audio-video").media[1]
    let wishes = MediaPreferences(codecs: [h264([.constrainedBaseline])], retransmits: true, extensions: [])
    let accepted = try #require(AcceptedMedia(video, wishes))
    #expect(accepted.formats.map(\.codec.payloadType) == [108])
    #expect(accepted.formats[0].retransmission?.payloadType == 109)
    #expect(accepted.formats[0].codec.parameters["profile-level-id"] == "42e01f")
    #expect(accepted.formats[0].codec.parameters["level-asymmetry-allowed"] == "1")
    let more = MediaPreferences(
      codecs: [h264([.main, .constrainedBaseline])], retransmits: false, extensions: [])
    #expect(AcceptedMedia(video, more)?.formats.map(\.codec.payloadType) == [108, 116])
    #expect(AcceptedMedia(video, more)?.formats[0].retransmission == nil)
  }

  @Test("VP9 without a profile is profile 0, and nothing in common is a refusal")
  func vp9() throws {
    let offer = try media(
      "a=rtpmap:98 VP9/90000\na=rtpmap:99 VP9/90000\na=fmtp:99 profile-id=2\n", formats: "98 99")
    func taken(_ values: [String]) -> [UInt8]? {
      let codec = CodecPreference("vp9", variants: .profiles(key: "profile-id", values: values, absent: "0"))
      return AcceptedMedia(offer, MediaPreferences(codecs: [codec], retransmits: true, extensions: []))?
        .formats
        .map(\.codec.payloadType)
    }
    #expect(taken(["0"]) == [98])
    #expect(taken(["2"]) == [99])
    #expect(taken(["0", "2"]) == [98, 99])
    #expect(taken(["1"]) == nil)
  }

  @Test("Opus keeps the client's parameters and gets ours; redundancy only over what is taken")
  func opus() throws {
    let lines =
      "a=rtpmap:111 opus/48000/2\na=fmtp:111 minptime=10;useinbandfec=0\na=rtcp-fb:111 transport-cc\n"
      + "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\na=rtpmap:64 red/48000/2\na=fmtp:64 111/9\n"
    let offer = try media(lines, kind: "audio", formats: "63 64 111 9")
    let accepted = try #require(AcceptedMedia(offer, SDPCaptures.audio))
    #expect(accepted.formats.map(\.codec.payloadType) == [111, 63])
    #expect(accepted.formats[0].codec.parameters.description == "minptime=10;useinbandfec=1")
    #expect(accepted.formats[0].codec.feedback == ["transport-cc"])
    let alone = try media("a=rtpmap:63 red/48000/2\na=fmtp:63 9/9\n", kind: "audio", formats: "63 9")
    #expect(AcceptedMedia(alone, SDPCaptures.audio) == nil)
    let mono = try media("a=rtpmap:111 opus/48000\n", kind: "audio", formats: "111")
    #expect(AcceptedMedia(mono, SDPCaptures.audio) == nil)
  }

  @Test("extensions keep the client's ids, seen from our side; long ids need its word")
  func extensions() throws {
    let lines =
      "a=rtpmap:96 VP8/90000\na=extmap:3/sendonly urn:a\na=extmap:16 urn:b\na=extmap:15 urn:c\n"
      + "a=extmap:4/inactive urn:d\na=extmap:5 urn:e\na=extmap:6 urn:e\n"
    let wishes = MediaPreferences(
      codecs: [CodecPreference("VP8")], retransmits: true,
      extensions: ["urn:e", "urn:d", "urn:c", "urn:b", "urn:a"])
    func ids(_ lines: String, allowsMixed: Bool = false) throws -> [UInt8]? {
      AcceptedMedia(try media(lines, formats: "96"), wishes, allowsMixed: allowsMixed)?.extensions.map(\.id)
    }
    #expect(try ids(lines) == [5, 3])
    #expect(try ids(lines + "a=extmap-allow-mixed\n") == [5, 16, 3])
    #expect(try ids(lines, allowsMixed: true) == [5, 16, 3])
    let accepted = try #require(AcceptedMedia(try media(lines, formats: "96"), wishes))
    #expect(accepted.extensions.map(\.direction) == [nil, .recvonly])
  }

  @Test(
    "layers are mirrored as far as their formats are taken, the first alternative of each, up to our bound")
  func layers() throws {
    let lines =
      "a=rtpmap:96 VP8/90000\na=rtpmap:98 H265/90000\na=rid:a send pt=98\na=rid:b send pt=96,98;max-width=640\n"
      + "a=rid:c send\na=rid:d send\na=rid:e recv\na=simulcast:send a,b;~c;d recv e\n"
    let offer = try media(lines, formats: "96 98")
    let accepted = try #require(AcceptedMedia(offer, SDPCaptures.video))
    var answer = offer.answered(accepted, receives: true, track: nil, transport: SDPCaptures.transport)
    #expect(
      answer.description(of: "a=rid:") == [
        "a=rid:b recv pt=96;max-width=640", "a=rid:c recv", "a=rid:d recv",
      ])
    #expect(answer.description(of: "a=simulcast:") == ["a=simulcast:recv b;~c;d"])
    #expect(answer.direction == .recvonly)
    var wishes = SDPCaptures.video
    wishes.layers = 2
    #expect(AcceptedMedia(offer, wishes)?.simulcast?.receive.count == 2)
    wishes.layers = 1
    #expect(AcceptedMedia(offer, wishes)?.simulcast == nil)
    answer = offer.answered(accepted, receives: false, track: nil, transport: SDPCaptures.transport)
    #expect(answer.rids.isEmpty && answer.simulcast == nil)
    #expect(answer.direction == .inactive)
  }

  @Test("a direction is what both want")
  func directions() {
    #expect(MediaDirection.sendrecv.answered(sending: true, receiving: true) == .sendrecv)
    #expect(MediaDirection.sendonly.answered(sending: true, receiving: true) == .recvonly)
    #expect(MediaDirection.recvonly.answered(sending: true, receiving: true) == .sendonly)
    #expect(MediaDirection.recvonly.answered(sending: false, receiving: true) == .inactive)
    #expect(MediaDirection.inactive.answered(sending: true, receiving: true) == .inactive)
    #expect(DTLSSetup.answered(nil) == .passive)
    #expect(DTLSSetup.answered(.passive) == .active)
  }

  @Test("candidates stand in the first m-line of the bundle, and where there is none")
  func candidates() throws {
    let offer = try SDPCaptures.offer("chromium-screen-later")
    let answer = SDPCaptures.answer(offer)
    #expect(answer.media.map(\.candidates.count) == [2, 0, 0])
    var unbundled = offer
    unbundled.groups = []
    #expect(SDPCaptures.answer(unbundled).media.map(\.candidates.count) == [2, 2, 2])
    #expect(SDPCaptures.answer(unbundled).bundle.isEmpty)
  }
}
