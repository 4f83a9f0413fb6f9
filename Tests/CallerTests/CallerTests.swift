// A caller against the smallest server there is: how it comes to be connected, what it sends, and what it makes of what
// it gets.

import Caller
import Crypto
import Link
import Structures
import Testing
import Wire

@Suite("A caller")
struct CallerTests {
  static func audio(redundancy: UInt8? = nil, _ looks: AudioLooks = AudioLooks()) -> SenderSetup {
    var extensions = ExtensionMap()
    extensions.mid = 4
    extensions.audioLevel = 1
    extensions.transportSequence = 3
    return SenderSetup(
      .audio(looks), source: 11, mid: StreamName("0"), ssrc: 1_000, payloadType: 111, redundancy: redundancy,
      extensions: extensions, canonicalName: "ana")
  }

  static func video(_ looks: VideoLooks = VideoLooks()) -> SenderSetup {
    var extensions = ExtensionMap()
    extensions.mid = 4
    extensions.transportSequence = 3
    return SenderSetup(
      .video(looks), source: 11, mid: StreamName("1"), ssrc: 2_000, retransmissionSSRC: 2_001,
      payloadType: 96, retransmission: 97, extensions: extensions, canonicalName: "ana")
  }

  static let vp8 = PayloadFormat(
    payloadType: 96, codec: .vp8, clockRate: 90_000, retransmission: 97, takesLossRequests: true,
    takesPictureLoss: true)

  @Test(
    "a caller gets keys after its first answered check, whatever protects its media",
    arguments: SRTPProfile.allCases, SRTPImplementation.allCases)
  func connects(profile: SRTPProfile, implementation: SRTPImplementation) {
    let booth = Booth(implementation, profile)
    booth.connect()
    #expect(booth.outlet.events == [.reachable(path: 0), .connected(profile)])
    booth.caller.add(Self.audio(), at: booth.now)
    booth.pass(milliseconds: 1_000)
    #expect((49...51).contains(booth.mirror.headers(ssrc: 1_000).count))
  }

  @Test("checks come every 50 ms until one is answered, then every two and a half seconds")
  func checks() {
    let booth = Booth()
    var lost = 0
    booth.loses = { _ in
      lost += 1
      return lost <= 5
    }
    booth.connect()
    booth.pass(milliseconds: 200)
    #expect(booth.mirror.checks == 0)
    booth.pass(milliseconds: 50)
    #expect(booth.mirror.checks == 1)
    booth.pass(milliseconds: 2_499)
    #expect(booth.mirror.checks == 1)
    booth.pass(milliseconds: 1)
    #expect(booth.mirror.checks == 2)
  }

  @Test("a caller that moves checks its new path at once and sends everything there")
  func moves() {
    let booth = Booth()
    booth.connect()
    booth.outlet.events = []
    booth.caller.move(to: 3, at: booth.now, into: &booth.outlet)
    #expect(booth.outlet.datagrams.map(\.path) == [3])
    booth.carry()
    #expect(booth.outlet.events == [.reachable(path: 3)])
  }

  @Test("a restart takes new names at once, and an answer under the old ones no longer counts")
  func restarts() {
    let booth = Booth()
    booth.connect()
    booth.outlet.events = []
    let new = ICECredentials(ufrag: "srv2", password: "another-password-22-char")
    booth.caller.restart(
      local: ICECredentials(ufrag: "cal2", password: "yet-another-password-22c"), remote: new,
      at: booth.now, into: &booth.outlet)
    booth.carry()
    #expect(booth.outlet.events.isEmpty)
    booth.mirror.credentials = new
    booth.pass(milliseconds: 50)
    #expect(booth.outlet.events == [.reachable(path: 0)])
  }

  @Test("another certificate than the description's ends the call")
  func fingerprint() {
    let booth = Booth()
    var remote = booth.mirror.remote
    remote.fingerprints[0].digest[0] ^= 1
    booth.caller.connect(to: remote, at: booth.now, into: &booth.outlet)
    booth.carry()
    #expect(booth.outlet.events == [.reachable(path: 0), .failed(.fingerprint)])
    let isConnected = booth.caller.isConnected
    #expect(!isConnected)
  }

  @Test("frames begin with a key frame, and one more comes for each request")
  func keyFrames() throws {
    let booth = Booth()
    booth.connect()
    booth.caller.add(Self.video(), at: booth.now)
    booth.pass(milliseconds: 500)
    #expect(booth.keyFramesSent == 1)
    booth.deliver(booth.mirror.compound { Feedback.writePictureLoss(sender: 1, media: 2_000, into: &$0) })
    booth.pass(milliseconds: 100)
    #expect(booth.keyFramesSent == 2)
    let full = [FullIntraRequests.Request(ssrc: 2_000, number: 5)]
    for _ in 0..<2 {
      booth.deliver(booth.mirror.compound { FullIntraRequests.write(sender: 1, full.span, into: &$0) })
      booth.pass(milliseconds: 100)
    }
    #expect(booth.keyFramesSent == 3)
    // Every picture's numbers follow those of the one before.
    var last: UInt16?
    for packet in booth.mirror.packets {
      let header = try RTPHeader(packet.span)
      guard header.ssrc == 2_000 else { continue }
      let descriptor = try VP8Descriptor(packet.span, header.payload)
      let picture = try #require(descriptor.pictureID)
      if last == nil { #expect(descriptor.isKeyFrame && descriptor.size?.width == 1_280) }
      if let last {
        #expect(picture == (descriptor.isFrameStart ? (last + 1) & 0x7FFF : last))
      }
      last = picture
    }
  }

  @Test("a packet that is asked for again comes as a retransmission with the same payload")
  func repeats() throws {
    let booth = Booth()
    booth.connect()
    booth.caller.add(Self.video(), at: booth.now)
    booth.pass(milliseconds: 300)
    let original = try #require(booth.mirror.packets.first { (try? RTPHeader($0.span))?.ssrc == 2_000 })
    let header = try RTPHeader(original.span)
    let wanted = [header.sequence]
    booth.deliver(
      booth.mirror.compound { LostSequences.write(sender: 1, media: 2_000, wanted.span, into: &$0) })
    booth.carry()
    var again = try #require(booth.mirror.packets.last)
    let repeated = try RTPHeader(again.span)
    #expect(repeated.ssrc == 2_001 && repeated.payloadType == 97)
    var span = again.mutableSpan
    let start = try #require(RTX.unwrap(&span, repeated, payloadType: 96, ssrc: 2_000))
    let unwrapped = Array(again[start...])
    let restored = try RTPHeader(unwrapped.span)
    #expect(restored.sequence == header.sequence && restored.timestamp == header.timestamp)
    #expect(restored.marker == header.marker && restored.payload.count == header.payload.count)
    #expect(PayloadStamp(unwrapped.span, restored.payload, at: restored.payload.lowerBound + 16)?.number == 0)
  }

  @Test("sound has its level in the header, goes quiet with DTX, and carries copies where that is agreed")
  func sound() throws {
    let booth = Booth()
    booth.connect()
    var looks = AudioLooks()
    looks.talk = (500, 500)
    booth.caller.add(Self.audio(redundancy: 63, looks), at: booth.now)
    booth.pass(milliseconds: 2_000)
    var loud = 0
    var quiet = 0
    for packet in booth.mirror.packets {
      let header = try RTPHeader(packet.span)
      guard header.ssrc == 1_000 else { continue }
      let walk = try #require(HeaderExtensions(header))
      let level = try #require(walk.find(1, in: packet.span).flatMap { AudioLevel(packet.span, $0) })
      let red = try REDPayload(packet.span, header.payload)
      let opus = try OpusPayload(packet.span, red.primary.data)
      #expect(opus.isDiscontinuous == (level.decibelsBelowFullScale == 127))
      #expect(opus.sampleCount == 960)
      if opus.isDiscontinuous { quiet += 1 } else { loud += 1 }
    }
    #expect((45...56).contains(loud) && (2...6).contains(quiet))
  }

  @Test("reports come each second, with sound and picture under one name")
  func reports() throws {
    let booth = Booth()
    booth.connect()
    booth.caller.add(Self.audio(), at: booth.now)
    booth.caller.add(Self.video(), at: booth.now)
    booth.pass(milliseconds: 3_000)
    var facts: [UInt32: SenderFacts] = [:]
    for compound in booth.mirror.compounds {
      var packets = RTCPPackets()
      while let packet = try packets.next(in: compound.span) {
        if let report = try Report(packet, in: compound.span) { facts[report.ssrc] = report.facts }
      }
    }
    #expect(facts[1_000].map { (100...150).contains($0.packetCount) } == true)
    #expect(facts[2_000] != nil)
  }
}
