// The parsers under libFuzzer: `make fuzz PARSER=json SECONDS=60`. Built only by that target (see Package.swift);
// libFuzzer brings `main`. What it finds becomes a test of the parser's own target.

import Access
import Configuration
import Crypto
import Glibc
import Values
import Wire

@testable import Web

/// Every parser of bytes from outside; each may refuse what it gets, none may fail.
private let parsers: [String: @Sendable (Span<UInt8>) -> Void] = [
  "body": { BodyReader.fuzz($0) },
  "dtls": { DTLSFuzz.fuzz($0) },
  "frames": { FrameReader.fuzz($0) },
  "head": { RequestHead.fuzz($0) },
  "json": { JSON.fuzz($0) },
  "jwks": { JWKSet.fuzz($0) },
  "negotiation": { NegotiationFuzz.fuzz($0) },
  "payload": { PayloadFuzz.run($0) },
  "proxy": { ProxyHeader.fuzz($0) },
  "rtcp": { RTCPPackets.fuzz($0) },
  "rtp": { RTPHeader.fuzz($0) },
  "sdp": { SDPFuzz.fuzz($0) },
  "srtp": { SRTPFuzz.fuzz($0) },
  "stun": { STUNFuzz.fuzz($0) },
  "token": { TokenParser.fuzz($0) },
  "yaml": { YAMLDocument.fuzz($0) },
]

private let chosen: @Sendable (Span<UInt8>) -> Void = {
  let name = getenv("PARSER").map { String(cString: $0) } ?? ""
  if let parser = parsers[name] { return parser }
  print("PARSER must be one of \(parsers.keys.sorted().joined(separator: ", "))")
  fflush(nil)
  _exit(2)
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  chosen(Span(_unsafeElements: UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
