// What a caller makes of streams that it receives: its own, sent back under another SSRC, with losses, repetitions and
// the wrong order put in between.

import Caller
import Crypto
import Link
import Structures
import Testing
import Wire

@Suite("A caller that listens")
struct ListeningTests {
  /// A booth whose mirror returns the caller's picture.
  private final class Hall {
    let booth = Booth()
    var returned = 0
    var kept: [UInt16: [UInt8]] = [:]
    var repeats: UInt16 = 0

    init() {
      booth.connect()
      booth.caller.add(CallerTests.video(), at: booth.now)
      booth.caller.expect(
        ExpectedStream(
          ssrc: 5_000, retransmissionSSRC: 5_001, isVideo: true, formats: [CallerTests.vp8],
          extensions: ExtensionMap(), source: 11))
    }

    /// Sends back what came since the last time, but for what is chosen to be lost.
    func giveBack(losing isLost: (Int) -> Bool = { _ in false }, twice: Bool = false) {
      while returned < booth.mirror.packets.count {
        var packet = booth.mirror.packets[returned]
        guard let header = try? RTPHeader(packet.span), header.ssrc == 2_000 else {
          returned += 1
          continue
        }
        var span = packet.mutableSpan
        span.rewriteSSRC(5_000)
        kept[header.sequence.value] = packet
        if !isLost(returned) {
          let bytes = booth.mirror.protect(packet)
          booth.deliver(bytes)
          if twice { booth.deliver(bytes) }
        }
        returned += 1
      }
    }

    /// The sequence numbers asked for since the last time.
    func wanted() -> [SequenceNumber] {
      var wanted: [SequenceNumber] = []
      for compound in booth.mirror.compounds {
        var packets = RTCPPackets()
        while let packet = try? packets.next(in: compound.span) {
          guard let feedback = try? Feedback(packet, in: compound.span), feedback.subject == .nack,
            feedback.media == 5_000
          else { continue }
          var lost = LostSequences(feedback)
          while let sequence = lost.next(in: compound.span) { wanted.append(sequence) }
        }
      }
      booth.mirror.compounds = []
      return wanted
    }

    func repeatPackets(_ wanted: [SequenceNumber]) {
      for sequence in wanted {
        guard let packet = kept[sequence.value], let header = try? RTPHeader(packet.span) else { continue }
        var slot = [UInt8](repeating: 0, count: 1_500)
        var span = slot.mutableSpan
        repeats += 1
        let count = RTX.wrap(
          packet.span, header, payloadType: 97, ssrc: 5_001, sequence: SequenceNumber(repeats), into: &span)
        booth.deliver(booth.mirror.protect(Array(slot[..<(count ?? 0)])))
      }
    }

    var figures: StreamFigures { booth.caller.figures(ssrc: 5_000) ?? StreamFigures() }
  }

  @Test("frames that arrive whole are counted, shown, and timed by their stamps")
  func whole() {
    let hall = Hall()
    for _ in 0..<50 {
      hall.booth.pass(milliseconds: 20)
      hall.giveBack()
    }
    let figures = hall.figures
    #expect((29...31).contains(figures.completeFrames) && figures.shownFrames == figures.completeFrames)
    #expect(
      figures.lost == 0 && figures.pictureBreaks == 0 && figures.wrongStamps == 0 && figures.foreign == 0)
    #expect(figures.keyFrames == 1 && figures.firstKeyFrame != nil)
    #expect(figures.latencyMaxNanoseconds <= 20_000_000 && figures.latencyCount == figures.received)
    #expect(hall.wanted().isEmpty)
  }

  @Test("what is missing is asked for, and counts as recovered when it comes")
  func recovers() {
    let hall = Hall()
    for _ in 0..<50 {
      hall.booth.pass(milliseconds: 20)
      hall.giveBack { $0 % 10 == 5 }
      hall.repeatPackets(hall.wanted())
    }
    let figures = hall.figures
    #expect(figures.recovered > 10 && figures.lost == 0 && figures.duplicated == 0)
    #expect(figures.shownFrames >= figures.completeFrames - 1 && figures.shownFrames >= 28)
  }

  @Test("what never comes is lost in the end, and a key frame is asked for")
  func givesUp() throws {
    let hall = Hall()
    for step in 0..<100 {
      hall.booth.pass(milliseconds: 20)
      hall.giveBack { $0 == 40 && step > 0 }
      if step == 60 { #expect(hall.wanted().count == 10) }
    }
    #expect(hall.figures.lost == 1 && hall.figures.keyFrameRequests > 0)
  }

  @Test(
    "a packet that comes twice is turned away by its protection, a repetition of what is there by its number")
  func duplicates() throws {
    let hall = Hall()
    hall.booth.pass(milliseconds: 100)
    hall.giveBack(twice: true)
    #expect(hall.booth.figures.replayed == hall.figures.received)
    let known = try #require(hall.kept.keys.first)
    hall.repeatPackets([SequenceNumber(known)])
    #expect(hall.figures.uselessRepeats == 1)
  }

  @Test("an SSRC that nobody announced is counted and nothing else")
  func unexpected() {
    let hall = Hall()
    hall.booth.caller.forget(ssrc: 5_000)
    hall.booth.pass(milliseconds: 100)
    hall.giveBack()
    #expect(hall.booth.figures.unexpected == hall.booth.mirror.headers(ssrc: 2_000).count)
  }

  @Test("bytes that are no packet, or nobody's, change nothing but counters")
  func garbage() {
    let hall = Hall()
    var state: UInt64 = 1
    for length in 0..<600 {
      var bytes = (0..<length % 200).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return UInt8(truncatingIfNeeded: state >> 40)
      }
      if !bytes.isEmpty { bytes[0] = [0, 22, 128, 200, 144][length % 5] }
      hall.booth.deliver(bytes)
    }
    #expect(hall.figures == StreamFigures())
    let isConnected = hall.booth.caller.isConnected
    #expect(isConnected)
  }
}

@Suite("A caller's descriptions")
struct DescriptionTests {
  @Test("an offer is read by the server's own reader, and its answer by the caller")
  func offerAndAnswer() throws {
    let fingerprint = Fingerprint(hash: "sha-256", digest: [UInt8](repeating: 7, count: 32))
    var offer = CallerOffer(
      credentials: ICECredentials(ufrag: "call", password: "callerpasswordof22chars"),
      fingerprint: fingerprint, canonicalName: "ana", audioSSRC: 1, videoSSRC: 2, videoRetransmissionSSRC: 3)
    offer.furtherVideo = 1
    offer.offersRedundancy = true
    let read = try SessionDescription(offer.text)
    #expect(read.media.map(\.mid) == ["0", "1", "2"] && read.bundle == ["0", "1", "2"])
    #expect(read.media[1].sourceGroups == [MediaSourceGroup("FID", [2, 3])])
    let preferences = MediaPreferences(
      codecs: [
        CodecPreference("opus", clockRate: 48_000, channels: 2),
        CodecPreference("red", clockRate: 48_000, channels: 2, variants: .redundancy),
        CodecPreference("VP8", feedback: ["nack", "nack pli", "ccm fir"]),
      ], retransmits: true,
      extensions: [CallerOffer.mid, CallerOffer.audioLevel, CallerOffer.transportSequence])
    let transport = AnswerTransport(
      credentials: ICECredentials(ufrag: "serv", password: "serverpasswordof22chars"),
      fingerprint: fingerprint,
      candidates: [ICECandidate(foundation: "1", priority: 1, host: "10.0.0.1", port: 5_000)])
    let track = SentTrack(
      stream: MediaStreamID(stream: "p", track: "t"), name: "p", ssrc: 77, retransmissionSSRC: 78)
    let media = try read.media.map { media in
      let accepted = try #require(AcceptedMedia(media, preferences))
      return media.answered(
        accepted, receives: true, track: media.kind == .video ? track : nil, transport: transport)
    }
    let text = read.answered(origin: .init(session: "2", version: 1), media: media, isLite: true).description
    let answer = try #require(ServerDescription(text))
    #expect(answer.credentials == transport.credentials && answer.fingerprints == [fingerprint])
    #expect(answer.remote?.address == TransportAddress(ipv4: 0x0A00_0001, port: 5_000))
    #expect(answer.lines.map(\.receives) == [true, true, false])
    #expect(answer.lines[0].stream == nil && answer.lines[0].extensions.audioLevel == 1)
    let stream = try #require(answer.lines[1].stream)
    #expect(stream.ssrc == 77 && stream.retransmissionSSRC == 78)
    #expect(answer.lines[1].media?.takesLossRequests == true && answer.lines[1].media?.retransmission == 97)
    let senders = offer.senders(answer, source: 9, audio: AudioLooks(), video: VideoLooks())
    #expect(senders.map(\.ssrc) == [1, 2] && senders[1].retransmissionSSRC == 3)
    #expect(senders[0].redundancy == 63 && senders[1].extensions.transportSequence == 3)
  }
}
