// Descriptions from which broken ones are made: sound, picture in layers, and a data channel, as browsers offer them.

import Wire

extension Parser {
  static let sdp: [Parser] = [
    Parser("sdp", [audio, video, audio + data]) { SDPFuzz.fuzz($0.span) },
    Parser(
      "candidate",
      ["candidate:1 1 udp 1677729535 2001:db8::1 46154 typ srflx raddr 0.0.0.0 rport 0 tcptype so"]
    ) {
      let text = String(decoding: $0, as: UTF8.self)
      guard let candidate = ICECandidate(text) else { return }
      precondition(ICECandidate(candidate.description) == candidate, "a candidate must survive its text")
      if let address = candidate.address {
        precondition(
          TransportAddress(host: address.host, port: address.port) == address, "so must its address")
      }
    },
  ]

  private static let audio = """
    v=0
    o=- 5756508674408365902 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 0
    a=extmap-allow-mixed
    a=ice-ufrag:YyIw
    a=ice-pwd:La6mBde3gAh9ktZX0UsgAOWX
    a=fingerprint:sha-1 49:FC:77:46:94:3D:EC:92:C7:07:6C:8F:19:CD:49:1F:0A:23:1F:02
    m=audio 57443 UDP/TLS/RTP/SAVPF 111 63 9
    c=IN IP4 127.0.0.1
    b=AS:64
    a=candidate:1 1 udp 2122194687 192.0.2.1 57443 typ host generation 0
    a=setup:actpass
    a=mid:0
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
    a=sendrecv
    a=msid:s t
    a=rtcp-mux
    a=rtpmap:111 opus/48000/2
    a=rtcp-fb:* transport-cc
    a=fmtp:111 minptime=10;useinbandfec=1
    a=rtpmap:63 red/48000/2
    a=fmtp:63 111/111
    a=ssrc:403763258 cname:VvyTawQUNQrieu/9

    """

  private static let video = """
    v=0
    o=- 1 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 1
    m=video 9 UDP/TLS/RTP/SAVPF 96 97 108
    a=mid:1
    a=extmap:3/sendonly urn:3gpp:video-orientation
    a=sendonly
    a=rtpmap:96 VP8/90000
    a=rtcp-fb:96 nack pli
    a=rtpmap:97 rtx/90000
    a=fmtp:97 apt=96
    a=rtpmap:108 H264/90000
    a=fmtp:108 packetization-mode=1;profile-level-id=42e01f
    a=rid:h send pt=96,108;max-width=1280
    a=rid:l send
    a=simulcast:send h;~l
    a=ssrc-group:FID 1 2
    a=ssrc:1 cname:a

    """

  private static let data = """
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    a=bundle-only
    a=sctp-port:5000
    a=max-message-size:262144

    """
}
