// What a description may not be, told with the line; and what it may be although nobody sends it so today.

import Testing
import Wire

@Suite("Reading descriptions") struct SDPReaderTests {
  private static let head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
  private static let media = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"

  private static func problem(_ text: String) -> String? {
    do throws(SDPError) {
      _ = try SessionDescription(text)
      return nil
    } catch { return "\(error)" }
  }

  @Test(
    "an error names the line and what is wrong with it",
    arguments: [
      ("", "line 1: a description begins with v=0"),
      ("hello", "line 1: a line is a letter, an equals sign and a value"),
      ("v=1\r\n", "line 1: a description begins with v=0"),
      ("v=0\r\n", "line 1: the o= line is missing"),
      (
        "v=0\r\no=- 1 x IN IP4 0.0.0.0\r\n",
        "line 2: o= needs a name, a session, a version in digits, and an address"
      ),
      (head + "m=video\r\n", "line 5: m= needs a kind, a port, a transport and formats"),
      (
        head + "m=video 65536 UDP/TLS/RTP/SAVPF 96\r\n",
        "line 5: m= needs a kind, a port, a transport and formats"
      ),
      (
        head + "m=video 9 UDP/TLS/RTP/SAVPF 128\r\n",
        "line 5: a payload type is a number from 0 to 127 that the m-line lists"
      ),
      (head + "m=video 9 RTP/AVP 96 96\r\n", "line 5: the m-line lists this payload type twice"),
      (head + media + "\r\na=mid:a b\r\n", "line 7: mid is a token of at most 32 bytes"),
      (head + media + "a=mid:0\r\n" + media + "a=mid:0\r\n", "line 7: another m-line has the same mid"),
      (
        head + "a=group:BUNDLE 0 1\r\n" + media + "a=mid:0\r\n",
        "line 5: group names mids that no m-line has, or one of them twice"
      ),
      (head + "a=group:BUNDLE 0 0\r\n", "line 5: group names mids that no m-line has, or one of them twice"),
      (head + media + "a=ice-ufrag:abc\r\n", "line 6: ice-ufrag has 4 to 256 letters, digits, + and /"),
      (head + media + "a=ice-pwd:short\r\n", "line 6: ice-pwd has 22 to 256 letters, digits, + and /"),
      (head + media + "a=ice-ufrag:abcd\r\n" + media, "line 5: ice-ufrag and ice-pwd come together"),
      (head + "a=ice-ufrag:abcd\r\n", "line 1: ice-ufrag and ice-pwd come together"),
      (
        head + media + "a=fingerprint:sha-256 AA:BB\r\n",
        "line 6: fingerprint needs a hash and as many pairs of hexadecimal digits as it has bytes"
      ),
      (head + media + "a=setup:maybe\r\n", "line 6: setup is active, passive, actpass or holdconn"),
      (head + media + "a=rtpmap:96 VP8\r\n", "line 6: rtpmap needs a payload type, a name and a clock rate"),
      (
        head + media + "a=rtpmap:x VP8/90000\r\n",
        "line 6: rtpmap needs a payload type, a name and a clock rate"
      ),
      (head + media + "a=fmtp:96\r\n", "line 6: fmtp needs a payload type and parameters"),
      (head + media + "a=rtcp-fb:96\r\n", "line 6: rtcp-fb needs a payload type, or *, and a kind"),
      (
        head + media + "a=extmap:0 urn:a\r\n",
        "line 6: extmap needs an id from 1 to 255 that is not taken, and a name"
      ),
      (
        head + media + "a=extmap:1 urn:a\r\na=extmap:1 urn:b\r\n",
        "line 7: extmap needs an id from 1 to 255 that is not taken, and a name"
      ),
      (head + media + "a=ssrc:x cname:a\r\n", "line 6: ssrc needs a number and an attribute"),
      (head + media + "a=ssrc-group:FID 1 x\r\n", "line 6: ssrc-group needs a meaning and numbers"),
      (head + media + "a=msid:a b c\r\n", "line 6: msid needs a stream and at most one track"),
      (
        head + media + "a=rid:h,m send\r\n",
        "line 6: rid needs a name of letters and digits that is not taken, and send or recv"
      ),
      (
        head + media + "a=simulcast:send h;h\r\n",
        "line 6: simulcast needs send or recv, and rids that are there"
      ),
      (
        head + media + "a=simulcast:send h\r\n",
        "line 5: simulcast needs send or recv, and rids that are there"
      ),
      (head + media + "a=sctp-port:70000\r\n", "line 6: a number is out of its range"),
      (head + "b=AS\r\n", "line 5: b= needs a type, a colon and a number"),
      (head + media + "a=mid:0\u{7}\r\n", "line 6: the line is not UTF-8, or has control characters"),
      (head + media + "a=mid:0\ra=mid:1\r\n", "line 6: the line is not UTF-8, or has control characters"),
    ])
  func errors(text: String, expected: String) {
    #expect(Self.problem(text) == expected)
  }

  @Test("bytes that are no text are refused with their line")
  func encoding() {
    let bytes = Array(Self.head.utf8) + [0x61, 0x3D, 0xFF, 0xFE]
    #expect(throws: SDPError(line: 5, problem: .text)) { try SessionDescription(bytes.span) }
  }

  @Test("what is too much is refused before it costs anything")
  func bounds() {
    let clock = ContinuousClock()
    let took = clock.measure {
      let line = String(repeating: "a", count: 1 << 20)
      #expect(Self.problem(Self.head + "a=" + line) == "line 1: the description is longer than 256 KiB")
      #expect(
        Self.problem(Self.head + "a=" + line.prefix(5_000)) == "line 5: the line is longer than 4096 bytes")
      let many = String(repeating: "m=audio 9 X 0\n", count: 10_000)
      #expect(Self.problem(Self.head + many) == "line 261: there are more than 256 m-lines")
      let lines = String(repeating: "a=x\n", count: 10_000)
      #expect(Self.problem(Self.head + lines) == "line 8193: there are more than 8192 lines")
      let sources = (0..<100).map { "a=ssrc:\($0) cname:a\n" }.joined()
      #expect(
        Self.problem(Self.head + Self.media + sources)
          == "line 70: there are too many attributes of this kind")
      let candidates = (0..<200).map { "a=candidate:\($0) 1 udp 1 192.0.2.1 1 typ host\n" }.joined()
      #expect(
        Self.problem(Self.head + Self.media + candidates)
          == "line 134: there are too many attributes of this kind")
      let formats = (0..<128).map { "a=rtpmap:\($0) x/1\n" }.joined()
      let all = (0..<128).map(String.init).joined(separator: " ")
      let feedback = (0..<33).map { "a=rtcp-fb:* f\($0)\n" }.joined()
      #expect(
        Self.problem(Self.head + "m=video 9 RTP/AVP \(all)\n" + formats + feedback)
          == "line 5: there are too many attributes of this kind")
    }
    #expect(took < .seconds(3))
  }

  @Test("odd spacing, unknown lines and attributes in any order are understood")
  func tolerance() throws {
    let text = """
      v=0
      o=-  1 2  IN IP4 0.0.0.0
      s=
      e=someone@example.org
      t=0 0
      a=something:new
      a=group:BUNDLE  v \t
      a=ICE-LITE

      b=AS: 500
      m=video  0  UDP/TLS/RTP/SAVPF  96   97 98
      i=a title
      k=clear:x
      b=TIAS:1000000
      a=fmtp:97 apt = 96
      a=bundle-only
      a=rtcp-fb:* nack
      a=rtcp-fb:96 nack
      a=rtcp-fb:96 nack   pli
      a=rtpmap:97 RTX/90000
      a=rtpmap:96 vp8/90000/1
      a=rtpmap:55 unlisted/90000
      a=fmtp:96 Max-FR=30; max-fs=12288 ;
      a=candidate:1 1 sctp 1 192.0.2.1 1 typ host
      a=candidate:1 1 UDP 1 host.local 1 typ host generation 0 ufrag x
      a=mid:v
      a=ssrc:5
      a=unknown
      """
    let description = try SessionDescription(text)
    #expect(description.bundle == ["v"])
    let media = description.media[0]
    #expect(!media.isRejected)
    #expect(media.codecs.count == 2)
    #expect(media.codecs[0].isNamed("VP8"))
    #expect(media.codecs[0].feedback == ["nack", "nack pli"])
    #expect(media.codecs[0].parameters["max-fr"] == "30")
    #expect(media.codecs[0].parameters.description == "Max-FR=30;max-fs=12288")
    #expect(media.codecs[1].associatedPayloadType == 96)
    #expect(media.candidates.map(\.host) == ["host.local"])
    #expect(media.candidates[0].address == nil)
    #expect(media.bandwidths == [Bandwidth(type: "TIAS", amount: 1_000_000)])
    #expect(media.sources.map(\.ssrc) == [5])
    #expect(try SessionDescription(description.description).media == description.media)
  }

  @Test("a trickled candidate is read as it comes, and written as it was")
  func candidates() throws {
    let text = "candidate:842163049 1 udp 1677729535 192.0.2.1 46154 typ srflx raddr 0.0.0.0 rport 0"
    #expect(ICECandidate(text)?.description == text)
    #expect(ICECandidate("a=" + text)?.kind == .serverReflexive)
    #expect(ICECandidate(text + " generation 0 network-cost 999")?.relatedPort == 0)
    let tcp = "candidate:1 1 tcp 1518283007 2001:db8::1 443 typ host tcptype passive"
    #expect(ICECandidate(tcp)?.description == tcp)
    #expect(ICECandidate(tcp)?.address?.description == "[2001:db8::1]:443")
    for broken in [
      "", "candidate:", "candidate:1 1 udp 1 h 1 typ", "candidate:1 0 udp 1 h 1 typ host", text + "\r\na=x",
    ] {
      #expect(ICECandidate(broken) == nil)
    }
  }
}
