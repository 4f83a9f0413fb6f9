// What is fuzzed, each with inputs that are right, from which the wrong ones are made.

import API
import Access
import Configuration
import Values
import Web

struct Parser: Sendable {
  let name: String
  let seeds: [[UInt8]]
  /// One of so many cases is tried: for what costs a hundred times as much as reading.
  let oneIn: Int
  let run: @Sendable ([UInt8]) -> Void

  init(
    _ name: String, _ seeds: [String] = [], bytes: [[UInt8]] = [], oneIn: Int = 1,
    _ run: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.name = name
    self.oneIn = oneIn
    self.seeds = seeds.map { Array($0.utf8) } + bytes
    self.run = run
  }

  static let all: [Parser] =
    values + web + access + stun + sdp + rtp + crypto + [
      Parser("yaml", [yaml]) { YAMLDocument.fuzz($0.span) },
      Parser("message", messages) { MessageFuzz.message($0.span) },
    ]

  private static let values: [Parser] = [
    Parser(
      "json", [#"{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{"c":{}}}"#, "[[[[[]]]]]", "\"text\""]
    ) {
      JSON.fuzz($0.span)
    },
    Parser("timestamp", ["2026-11-21T09:00:00.250+01:00", "1969-12-31T23:59:59Z"]) {
      if let time = Timestamp(rfc3339: String(decoding: $0, as: UTF8.self)) {
        precondition(Timestamp(rfc3339: time.rfc3339) == time, "a time must survive its text")
      }
    },
    Parser("base64", ["Zm9vYmFyLV8", "Zg==", "YWJj"]) {
      let text = String(decoding: $0, as: UTF8.self)
      if let bytes = Base64.decode(text) {
        precondition(Base64.decode(Base64.encode(bytes)) == bytes, "bytes must survive their text")
      }
    },
  ]

  private static let web: [Parser] = [
    Parser(
      "head",
      [
        "GET /v1/rooms/a%2Fb?limit=3&cursor=%20 HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n\r\n",
        "POST /v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}",
        "PUT / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n",
        "GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
      ]
    ) { WebFuzz.requestHead($0.span) },
    Parser("body", ["5\r\nhello\r\n0\r\n\r\n", "a;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"]) {
      WebFuzz.body($0.span)
    },
    Parser(
      "frames", [],
      bytes: [
        [0x81, 0x85, 1, 2, 3, 4] + zip(Array("hello".utf8), [1, 2, 3, 4, 1]).map { $0 ^ $1 },
        [0x01, 0x81, 0, 0, 0, 0, 0x61, 0x89, 0x80, 0, 0, 0, 0, 0x80, 0x81, 0, 0, 0, 0, 0x62],
        [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8], [0x82, 0xFE, 0x01, 0x00, 9, 9, 9, 9],
        [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      ]
    ) { WebFuzz.frames($0.span) },
    Parser(
      "proxy", ["PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n", "PROXY UNKNOWN\r\n"],
      bytes: [
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
          + [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x67, 1, 0xBB]
      ]
    ) { WebFuzz.proxyHeader($0.span) },
    Parser(
      "negotiation",
      [
        "bytes=0-99", "bytes=-5", "gzip;q=0.5, br", "W/\"a\", \"b\"", "Sat, 21 Nov 2026 09:00:00 GMT",
        "10.0.0.0/8",
      ]
    ) { WebFuzz.negotiation($0.span) },
  ]

  private static let access: [Parser] = [
    Parser("token", [token]) { TokenParser.fuzz($0.span) },
    Parser(
      "jwks",
      [
        #"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","use":"sig","alg":"ES256","#
          + #""x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},"#
          + #"{"kty":"OKP","crv":"Ed25519","kid":"2","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#
      ]
    ) { JWKSet.fuzz($0.span) },
  ]

  private static let token = TokenMint.token(
    TokenClaims(
      subject: "ana", expiresAtSeconds: 1_900_000_000, issuedAtSeconds: 1_899_990_000, issuer: "k",
      name: "Ana",
      tandem: .init(room: "algebra", role: .mentor)), keyID: "k", secret: Array("secret".utf8))

  private static let yaml = """
    http:
      port: 7080
      corsOrigins: ["https://a.example", https://b.example]
      tls: {certificate: /etc/a.pem, key: /etc/a.key}
    access:
      keys:
        - id: one
          secret: "a secret of some length"
    log: {level: info, levels: [web=debug]}
    """

  private static let messages = [
    #"{"type":"join","id":1,"token":"eyJ","room":"a","attributes":{"a":[1]},"lastSeq":7}"#,
    #"{"type":"offer","id":"x","to":"p_1","sdp":"v=0\r\n","tracks":[{"mid":"0","source":"camera"}]}"#,
    #"{"type":"moderate","action":"kick","participant":"p_1"}"#,
    #"{"type":"chat","id":-3,"text":"\ud83d\ude00"}"#,
  ]
}
