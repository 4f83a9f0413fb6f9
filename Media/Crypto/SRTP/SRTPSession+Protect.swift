// The way out: each packet is protected where it lies, or on its way from the history into the slot that it is sent
// from.

extension SRTPSession {
  /// Protects the packet at the start of the slot and returns how long it is now. The slot has room for
  /// `rtpOverheadByteCount` more; `headerCount` is the fixed header with sources and extension.
  @discardableResult
  package mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int
  ) throws(SRTPFailure) -> Int {
    let nothing: [UInt8] = []
    return try protectRTP(&slot, headerCount: headerCount, count: count, appending: nothing.span)
  }

  /// The same for a packet whose end is still elsewhere: what was written into the slot, which is at least the header,
  /// is followed by `rest`, encrypted on the way and not copied first.
  @discardableResult
  package mutating func protectRTP(
    _ slot: inout MutableSpan<UInt8>, headerCount: Int, count: Int, appending rest: Span<UInt8>
  ) throws(SRTPFailure) -> Int {
    let plainCount = count + rest.count
    precondition(headerCount >= 12 && count >= headerCount, "a packet begins with its header")
    precondition(slot.count >= plainCount + profile.tagByteCount, "no room for the tag of a packet")
    return try slot.withUnsafeMutableBufferPointer { slot throws(SRTPFailure) in
      guard let start = slot.baseAddress else { throw .malformed }
      let source = SRTPLayout.uint32(start, at: 8)
      let position = sent.position(of: source)
      let index = try nextIndex(SRTPLayout.sequence(start), position)
      rest.withUnsafeBufferPointer { rest in
        let body = start + headerCount
        if profile.isAEAD {
          rtpOut.seal(
            source: source, index: index, authentic: UnsafeBufferPointer(start: start, count: headerCount),
            body, count - headerCount, rest: rest, tag: start + plainCount)
        } else {
          rtpOut.begin(source: source, index: index)
          rtpOut.crypt(body, count - headerCount, to: body)
          if let from = rest.baseAddress { rtpOut.crypt(from, rest.count, to: start + count) }
          rtpOut.withCode(start, plainCount, roundCounter: UInt32(truncatingIfNeeded: index >> 16)) { code in
            (start + plainCount).update(from: code, count: profile.tagByteCount)
          }
        }
      }
      sentPackets += 1
      if let position { sent.accept(index, at: position) } else { sent.insert(source, first: index) }
      return plainCount + profile.tagByteCount
    }
  }

  private func nextIndex(_ sequence: UInt16, _ position: Int?) throws(SRTPFailure) -> UInt64 {
    guard sentPackets < Limits.packetsOfAKey else { throw .limit }
    guard let position else {
      guard !sent.isFull else { throw .limit }
      return UInt64(sequence)
    }
    guard let index = sent.index(of: sequence, at: position) else { throw .limit }
    do { try sent.check(index, at: position) } catch {
      guard error == .replay && allowsRepeats else { throw error }
    }
    return index
  }

  /// Protects the compound packet at the start of the slot, which has room for `rtcpOverheadByteCount` more, and
  /// returns how long it is now.
  @discardableResult
  package mutating func protectRTCP(
    _ slot: inout MutableSpan<UInt8>, count: Int
  ) throws(SRTPFailure) -> Int {
    let header = SRTPLayout.fixedRTCPHeader
    precondition(count >= header, "a report begins with its header")
    precondition(slot.count >= count + profile.rtcpOverheadByteCount, "no room for the tag of a report")
    guard nextReportIndex < Limits.reportsOfAKey else { throw .limit }
    let index = nextReportIndex
    try slot.withUnsafeMutableBufferPointer { slot throws(SRTPFailure) in
      guard let start = slot.baseAddress else { throw .malformed }
      let source = SRTPLayout.uint32(start, at: 4)
      let trailer = (0x8000_0000 | index).bigEndian
      if profile.isAEAD {
        UnsafeMutableRawPointer(start + count + 16).storeBytes(of: trailer, as: UInt32.self)
        SRTPLayout.withAuthentic(start, header, andTrailer: trailer) { authentic in
          rtcpOut.seal(
            source: source, index: UInt64(index), authentic: authentic, start + header, count - header,
            rest: UnsafeBufferPointer(start: nil, count: 0), tag: start + count)
        }
      } else {
        rtcpOut.begin(source: source, index: UInt64(index))
        rtcpOut.crypt(start + header, count - header, to: start + header)
        UnsafeMutableRawPointer(start + count).storeBytes(of: trailer, as: UInt32.self)
        rtcpOut.withCode(start, count + 4) { code in
          (start + count + 4).update(from: code, count: profile.tagByteCount)
        }
      }
    }
    nextReportIndex += 1
    return count + profile.rtcpOverheadByteCount
  }
}
