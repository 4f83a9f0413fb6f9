// Writes transport-wide feedback: which packets arrived, and when, in as few chunks as looking a little ahead finds.

/// A packet that arrived: its endless number on the transport, and when, in quarters of a millisecond of our clock.
package struct TransportArrival: Equatable, Sendable {
  package var count: Int64
  package var ticks: Int64

  package init(count: Int64, ticks: Int64) {
    self.count = count
    self.ticks = ticks
  }
}

package enum TransportFeedbackWriter {
  package struct Written: Equatable, Sendable {
    package let byteCount: Int
    /// How many of the arrivals are told; the rest belongs into the next feedback.
    package let arrivalCount: Int
    /// The number after the last one told of: where the next feedback begins.
    package let nextCount: Int64
  }

  /// Tells of the packets from `firstCount` on; those without an arrival are lost so far. Arrivals come in the order
  /// of their numbers, without two of the same, none before `firstCount`. Stops early where room, the 16 bits of the
  /// count or the 16 bits of a time end. Nil when nothing can be told.
  package static func write(
    sender: UInt32, media: UInt32, number: UInt8, from firstCount: Int64, _ arrivals: Span<TransportArrival>,
    into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Written? {
    guard !arrivals.isEmpty, arrivals[0].count >= firstCount else { return nil }
    let reference = arrivals[0].ticks >> 8
    var symbols = Symbols(next: firstCount, ticks: reference * ArrivalTicks.perReference)
    symbols.end = tellable(symbols, arrivals)
    while symbols.end > 0 {
      let byteCount = layOut(symbols, arrivals, into: &out, at: nil)
      let total = Feedback.write(
        .transportFeedback, format: 15, sender: sender, media: media,
        controlByteCount: (8 + byteCount + 3) / 4 * 4, into: &out, at: offset)
      guard let total else {
        symbols.end = symbols.end * 3 / 4
        continue
      }
      let nextCount = arrivals[symbols.end - 1].count + 1
      out.store(UInt16(truncatingIfNeeded: firstCount), at: offset + 12)
      out.store(UInt16(nextCount - firstCount), at: offset + 14)
      out.store(UInt32(truncatingIfNeeded: reference) << 8 | UInt32(number), at: offset + 16)
      _ = layOut(symbols, arrivals, into: &out, at: offset + 20)
      for index in offset + 20 + byteCount..<offset + total { out[index] = 0 }
      return Written(byteCount: total, arrivalCount: symbols.end, nextCount: nextCount)
    }
    return nil
  }

  /// How many arrivals have times and numbers that can be said relative to the ones before them.
  private static func tellable(_ symbols: Symbols, _ arrivals: Span<TransportArrival>) -> Int {
    var ticks = symbols.ticks
    for index in arrivals.indices {
      let arrival = arrivals[index]
      if arrival.count - symbols.next >= 0xFFFF { return index }
      if index > 0, arrival.count <= arrivals[index - 1].count { return index }
      if Int16(exactly: arrival.ticks - ticks) == nil { return index }
      ticks = arrival.ticks
    }
    return arrivals.count
  }

  /// The statuses one by one. A copy looks ahead.
  private struct Symbols {
    var next: Int64
    var ticks: Int64
    var index = 0
    var end = 0

    /// The status of the next packet with the time it took since the last; nil behind the last arrival.
    mutating func pop(_ arrivals: Span<TransportArrival>) -> (symbol: TransportFeedback.Symbol, delta: Int64)?
    {
      guard index < end else { return nil }
      defer { next += 1 }
      guard arrivals[index].count == next else { return (.lost, 0) }
      let delta = arrivals[index].ticks - ticks
      ticks = arrivals[index].ticks
      index += 1
      return ((0...255).contains(delta) ? .small : .large, delta)
    }
  }

  /// How many bytes chunks and times take; writes them as well when told where.
  private static func layOut(
    _ symbols: Symbols, _ arrivals: Span<TransportArrival>, into out: inout MutableSpan<UInt8>,
    at offset: Int?
  ) -> Int {
    var rest = symbols
    var chunkByteCount = 0
    while rest.index < rest.end {
      let (bits, count) = chunk(rest, arrivals)
      if let offset { out.store(bits, at: offset + chunkByteCount) }
      chunkByteCount += 2
      for _ in 0..<count { _ = rest.pop(arrivals) }
    }
    rest = symbols
    var byteCount = chunkByteCount
    while let (symbol, delta) = rest.pop(arrivals) {
      if let offset, symbol == .small { out[offset + byteCount] = UInt8(delta) }
      if let offset, symbol == .large {
        out.store(UInt16(truncatingIfNeeded: delta), at: offset + byteCount)
      }
      byteCount += symbol.deltaByteCount
    }
    return byteCount
  }

  /// The chunk that tells most of what comes next, and of how many packets it tells.
  private static func chunk(_ symbols: Symbols, _ arrivals: Span<TransportArrival>) -> (UInt16, Int) {
    var ahead = symbols
    var run = 0
    var runSymbol: TransportFeedback.Symbol?
    var isRunning = true
    var seen = 0
    var hasLarge = false
    var oneBit: UInt16 = 0x8000
    var twoBits: UInt16 = 0xC000
    while seen < 14 || (isRunning && run < 0x1FFF), let (symbol, _) = ahead.pop(arrivals) {
      isRunning = isRunning && (runSymbol ?? symbol) == symbol
      runSymbol = runSymbol ?? symbol
      if isRunning { run += 1 }
      if seen < 14 {
        hasLarge = hasLarge || symbol == .large
        oneBit |= UInt16(symbol.rawValue & 1) << UInt16(13 - seen)
      }
      if seen < 7 { twoBits |= UInt16(symbol.rawValue) << UInt16(12 - seen * 2) }
      seen += 1
    }
    if run == seen || run >= 14 || hasLarge && run >= 7 {
      return (UInt16(runSymbol?.rawValue ?? 0) << 13 | UInt16(run), run)
    }
    return hasLarge ? (twoBits, min(seen, 7)) : (oneBit, min(seen, 14))
  }

  static func fuzz(_ arrivals: [TransportArrival]) {
    guard let first = arrivals.first else { return }
    var bytes = [UInt8](repeating: 0, count: 1_200)
    var out = bytes.mutableSpan
    let written = write(
      sender: 1, media: 2, number: 3, from: first.count, arrivals.span, into: &out)
    guard let written else { preconditionFailure("the first arrival fits") }
    var packets = RTCPPackets()
    bytes.removeSubrange(written.byteCount...)
    guard let packet = try? packets.next(in: bytes.span),
      let feedback = try? Feedback(packet, in: bytes.span),
      let parsed = try? TransportFeedback(feedback, in: bytes.span)
    else { preconditionFailure("what was written can be read") }
    var statuses = parsed.statuses
    // The reference time has 24 bits; times are compared from the first on.
    var origin: Int64?
    var index = 0
    while let status = statuses.next(in: bytes.span) {
      guard let ticks = status.arrivalTicks else { continue }
      origin = origin ?? ticks
      precondition(ticks - (origin ?? 0) == arrivals[index].ticks - first.ticks, "and tells the same times")
      index += 1
    }
    precondition(index == written.arrivalCount, "of the same packets")
  }
}
