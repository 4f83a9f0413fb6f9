// The way in: which packet it claims to be, whether that was had before, whether it is authentic, and only then
// what is remembered of it. After a failure the bytes are worth nothing: GCM decrypts before it knows.

import COpenSSL

extension SRTPSession {
  /// Reads a packet where it lies and returns how long it is without its tag.
  package mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int {
    try packet.withUnsafeMutableBufferPointer { packet throws(SRTPFailure) in try readRTP(packet) }
  }

  private mutating func readRTP(
    _ packet: UnsafeMutableBufferPointer<UInt8>
  ) throws(SRTPFailure) -> Int {
    guard let start = packet.baseAddress else { throw .malformed }
    let header = try SRTPLayout.rtpHeader(start, packet.count)
    let plainCount = packet.count - profile.tagByteCount
    guard plainCount >= header else { throw .malformed }
    let source = SRTPLayout.uint32(start, at: 8)
    let position = received.position(of: source)
    var index = UInt64(SRTPLayout.sequence(start))
    if let position {
      guard let likely = received.index(of: SRTPLayout.sequence(start), at: position) else { throw .limit }
      index = likely
      try received.check(index, at: position)
    } else if received.isFull {
      throw .limit
    }
    let isAuthentic: Bool
    if profile.isAEAD {
      isAuthentic = rtpIn.open(
        source: source, index: index, authentic: UnsafeBufferPointer(start: start, count: header),
        start + header, plainCount - header, tag: start + plainCount)
    } else {
      let round = UInt32(truncatingIfNeeded: index >> 16)
      isAuthentic = rtpIn.withCode(start, plainCount, roundCounter: round) { code in
        CRYPTO_memcmp(code, start + plainCount, profile.tagByteCount) == 0
      }
      if isAuthentic {
        rtpIn.begin(source: source, index: index)
        rtpIn.crypt(start + header, plainCount - header, to: start + header)
      }
    }
    guard isAuthentic else { throw .authentication }
    if let position { received.accept(index, at: position) } else { received.insert(source, first: index) }
    return plainCount
  }

  /// Reads a compound packet where it lies and returns how long it is without tag and index.
  package mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>) throws(SRTPFailure) -> Int {
    try packet.withUnsafeMutableBufferPointer { packet throws(SRTPFailure) in try readRTCP(packet) }
  }

  private mutating func readRTCP(
    _ packet: UnsafeMutableBufferPointer<UInt8>
  ) throws(SRTPFailure) -> Int {
    let header = SRTPLayout.fixedRTCPHeader
    let plainCount = packet.count - profile.rtcpOverheadByteCount
    guard let start = packet.baseAddress, plainCount >= header, start[0] >> 6 == 2 else { throw .malformed }
    // With AEAD the index is last, with AES-CM the tag is.
    let trailerOffset = profile.isAEAD ? packet.count - 4 : plainCount
    let trailer = SRTPLayout.uint32(start, at: trailerOffset)
    let isEncrypted = trailer >> 31 == 1
    let index = UInt64(trailer & 0x7FFF_FFFF)
    let source = SRTPLayout.uint32(start, at: 4)
    let position = receivedReports.position(of: source)
    if let position {
      try receivedReports.check(index, at: position)
    } else if receivedReports.isFull {
      throw .limit
    }
    let isAuthentic: Bool
    if profile.isAEAD {
      // What is not encrypted is authenticated whole, the tag lying between it and the index.
      let readable = isEncrypted ? header : plainCount
      isAuthentic = SRTPLayout.withAuthentic(start, readable, andTrailer: trailer.bigEndian) { authentic in
        rtcpIn.open(
          source: source, index: index, authentic: authentic, start + readable, plainCount - readable,
          tag: start + plainCount)
      }
    } else {
      isAuthentic = rtcpIn.withCode(start, plainCount + 4) { code in
        CRYPTO_memcmp(code, start + plainCount + 4, profile.tagByteCount) == 0
      }
      if isAuthentic && isEncrypted {
        rtcpIn.begin(source: source, index: index)
        rtcpIn.crypt(start + header, plainCount - header, to: start + header)
      }
    }
    guard isAuthentic else { throw .authentication }
    if let position {
      receivedReports.accept(index, at: position)
    } else {
      receivedReports.insert(source, first: index)
    }
    return plainCount
  }
}
