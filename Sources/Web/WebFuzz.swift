// The ways into Web's readers for a fuzzer: any bytes at all. Each traps if a promise of its reader is broken.

package enum WebFuzz {
  package static func requestHead(_ bytes: Span<UInt8>) { RequestHead.fuzz(bytes) }
  package static func body(_ bytes: Span<UInt8>) { BodyReader.fuzz(bytes) }
  package static func frames(_ bytes: Span<UInt8>) { FrameReader.fuzz(bytes) }
  package static func proxyHeader(_ bytes: Span<UInt8>) { ProxyHeader.fuzz(bytes) }
  package static func negotiation(_ bytes: Span<UInt8>) { NegotiationFuzz.fuzz(bytes) }
}
