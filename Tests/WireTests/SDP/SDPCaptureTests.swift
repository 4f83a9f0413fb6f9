// The captured offers: read, written, and answered.

import Glibc
import Testing
import Wire

@Suite("Descriptions of real clients") struct SDPCaptureTests {
  @Test("each is read, and says the same when it is written and read again", arguments: SDPCaptures.names)
  func survives(name: String) throws {
    let offer = try SDPCaptures.offer(name)
    let text = offer.description
    #expect(try SessionDescription(text) == offer)
    #expect(try SessionDescription(text).description == text)
    #expect(offer.media.allSatisfy { $0.isRejected || $0.mid != nil })
    #expect(offer.media.allSatisfy { $0.isRejected || offer.bundle.contains($0.mid ?? "") })
    for media in offer.media where !media.isRejected {
      #expect(media.credentials != nil)
      #expect(media.fingerprints.first?.digest.count == 32)
      #expect(media.setup == .actpass)
      // A second description may come before the second gathering, and GStreamer sends its candidates one by one.
      let isLater = name.hasSuffix("-later") || name.hasSuffix("-restart") || name.hasPrefix("gstreamer")
      #expect(isLater || !media.candidates.isEmpty)
      let lines = SDPCaptures.text(name).split(separator: "\r\n").count { $0.hasPrefix("a=rtpmap:") }
      #expect(lines >= media.codecs.count)
      if media.kind != .application { #expect(media.codecs.count == media.formats.count) }
    }
    // LF alone and spaces at the ends are the same description.
    let sloppy = SDPCaptures.text(name).split(separator: "\r\n").joined(separator: " \n")
    #expect(try SessionDescription(sloppy) == offer)
  }

  @Test("Chromium's sound and picture are all there")
  func chromium() throws {
    let offer = try SDPCaptures.offer("chromium-audio-video")
    #expect(offer.origin.version == 2)
    #expect(offer.bundle == ["0", "1"])
    #expect(offer.allowsMixedExtensions)
    let audio = offer.media[0]
    #expect(audio.kind == .audio)
    #expect(audio.codec(111)?.parameters.description == "minptime=10;useinbandfec=1")
    #expect(audio.codec(111)?.channels == 2)
    #expect(audio.codec(63)?.parameters.description == "111/111")
    #expect(audio.candidates.count == 8)
    #expect(audio.candidates[0].address?.description == "127.0.0.1:57443")
    #expect(audio.candidates[4].tcpRole == .active)
    #expect(audio.direction == .sendrecv)
    #expect(audio.isMultiplexed)
    let video = offer.media[1]
    #expect(video.codec(96)?.feedback == ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"])
    #expect(video.codec(97)?.associatedPayloadType == 96)
    #expect(video.extensions.count == 11)
    #expect(video.sourceGroups == [MediaSourceGroup("FID", [2_549_911_278, 294_158_411])])
    #expect(video.sources[1].name == "VvyTawQUNQrieu/9")
    #expect(video.sources[0].stream == video.streams.first)
  }

  @Test("simulcast has its layers, from both browsers", arguments: ["chromium", "firefox"])
  func simulcast(browser: String) throws {
    let offer = try SDPCaptures.offer("\(browser)-simulcast")
    let video = offer.media[1]
    #expect(video.rids.map(\.name) == ["h", "m", "l"])
    #expect(video.simulcast?.send == ["h", "m", "l"].map { [Simulcast.Layer($0)] })
    let answer = SDPCaptures.answer(offer).media[1]
    #expect(answer.direction == .recvonly)
    #expect(answer.rids.allSatisfy { !$0.sends })
    #expect(answer.description(of: "a=simulcast:") == ["a=simulcast:recv h;m;l"])
    #expect(answer.sources.isEmpty)
  }

  @Test("a screen, a restart and a stop are what has changed")
  func later() throws {
    for browser in ["chromium", "firefox"] {
      #expect(try SDPCaptures.offer("\(browser)-screen-later").media.map(\.kind) == [.audio, .video, .video])
      let stopped = try SDPCaptures.offer("\(browser)-stopped")
      #expect(stopped.media.map(\.isRejected) == [false, true])
      let answer = SDPCaptures.answer(stopped)
      #expect(answer.bundle == ["0"])
      #expect(answer.media[1].isRejected)
      let recvonly = try SDPCaptures.offer("\(browser)-recvonly")
      #expect(SDPCaptures.answer(recvonly).media.map(\.direction) == [.sendonly, .sendonly])
      let data = try SDPCaptures.offer("\(browser)-data")
      #expect(data.media[1].sctpPort == 5_000)
      #expect(data.media[1].formats == ["webrtc-datachannel"])
    }
    #expect(try SDPCaptures.offer("firefox-data").media[1].largestMessageByteCount == 1_073_741_823)
    let gone = try SDPCaptures.offer("firefox-audio-video").media[0]
    #expect(gone.fingerprints == (try SDPCaptures.offer("firefox-audio-video").fingerprints))
  }

  @Test("the answers are byte for byte those that the browsers took", arguments: SDPCaptures.names)
  func answers(name: String) throws {
    let text = SDPCaptures.answer(try SDPCaptures.offer(name)).description
    if getenv("TANDEM_WRITE_FILES") != nil { SDPCaptures.write(text, as: "\(name).answer") }
    #expect(text == SDPCaptures.text("\(name).answer"))
    let read = try SessionDescription(text)
    #expect(read.description == text)
    #expect(read.isICELite)
  }

  @Test("an offer of ours is what the browsers answered, and their answers are understood")
  func ours() throws {
    let text = SDPCaptures.ours.description
    if getenv("TANDEM_WRITE_FILES") != nil { SDPCaptures.write(text, as: "ours") }
    #expect(text == SDPCaptures.text("ours"))
    for browser in ["chromium", "firefox"] {
      let answer = try SDPCaptures.offer("\(browser)-to-ours")
      #expect(answer.media.map(\.direction) == [.recvonly, .recvonly])
      #expect(answer.media.map(\.setup) == [.active, .active])
      #expect(answer.media.map { $0.codecs.first?.payloadType } == [111, 96])
      #expect(answer.media[1].codec(97)?.associatedPayloadType == 96)
      #expect(answer.bundle == ["0", "1"])
    }
  }

  @Test(
    "no name and no address of the machine that made them is in the captures", arguments: SDPCaptures.names)
  func anonymous(name: String) throws {
    for media in try SDPCaptures.offer(name).media {
      for candidate in media.candidates {
        let address = try #require(candidate.address)
        let isDocumentation = address.host.hasPrefix("192.0.2.") || address.host.hasPrefix("2001:db8::")
        #expect(isDocumentation || address.isLoopback, "\(candidate)")
      }
    }
  }

  @Test("cut off anywhere, a description is read or refused", arguments: ["aiortc-data", "firefox-stopped"])
  func truncation(name: String) {
    let bytes = SDPCaptures.bytes(name)
    for count in stride(from: 0, to: bytes.count, by: 1) {
      _ = try? SessionDescription(bytes.span.extracting(..<count))
    }
  }

  @Test(
    "broken descriptions are read or refused, and what is read can be answered",
    arguments: 1...3 as ClosedRange<UInt64>)
  func fuzz(seed: UInt64) {
    var random = SeededBytes(seed: seed)
    let seeds = ["aiortc-data", "firefox-stopped", "aiortc-audio-video"].map(SDPCaptures.bytes)
    for _ in 0..<100 { SDPFuzz.fuzz(random.broken(seeds).span) }
  }
}

extension MediaDescription {
  /// The lines of the m-line that begin so.
  func description(of start: String) -> [String] {
    var session = SessionDescription(origin: .init(session: "1", version: 1))
    session.media = [self]
    return session.description.split(separator: "\r\n").filter { $0.hasPrefix(start) }.map(String.init)
  }
}
