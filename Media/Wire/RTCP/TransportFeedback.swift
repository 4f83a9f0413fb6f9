// When each packet of a transport arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01): read from receivers for
// the estimate of their downlink, written to publishers for theirs by `TransportFeedbackWriter`.

/// Arrivals are told in quarters of a millisecond.
package enum ArrivalTicks {
  package static let microseconds: Int64 = 250
  /// The reference time counts 64 ms.
  static let perReference: Int64 = 256
}

package struct TransportFeedback: Equatable, Sendable {
  package struct Status: Equatable, Sendable {
    package let sequence: SequenceNumber
    /// On the receiver's clock, since the moment its 24-bit reference time counts from; nil for what did not arrive.
    package let arrivalTicks: Int64?
  }

  /// Two bits, as in chunks of seven.
  enum Symbol: UInt8 {
    case lost, small, large

    var deltaByteCount: Int { Int(rawValue) }
  }

  package let firstSequence: SequenceNumber
  package let statusCount: Int
  /// Counts 64 ms; 24 bits with a sign, so that it is round after twelve days.
  package let referenceTime: Int32
  /// The number of this feedback among the sender's, round after 256: a gap is a lost one.
  package let feedbackNumber: UInt8
  private let chunks: Int
  private let deltas: Int

  /// Checks that there is a chunk for every packet and a time for every one that arrived, so that walking cannot fail.
  package init?(_ feedback: Feedback, in bytes: Span<UInt8>) throws(RTCPMalformed) {
    guard feedback.subject == .transportWide else { return nil }
    guard feedback.control.count >= 8 else { throw .truncated }
    let start = feedback.control.lowerBound
    firstSequence = SequenceNumber(bytes.uint16(at: start))
    statusCount = Int(bytes.uint16(at: start + 2))
    referenceTime = Int32(bitPattern: bytes.uint24(at: start + 4) << 8) >> 8
    feedbackNumber = bytes[start + 7]
    chunks = start + 8
    var offset = chunks
    var seen = 0
    var deltaByteCount = 0
    while seen < statusCount {
      guard offset + 2 <= feedback.control.upperBound else { throw .truncated }
      let chunk = Chunk(bytes.uint16(at: offset))
      let count = min(chunk.count, statusCount - seen)
      guard let byteCount = chunk.deltaByteCount(of: count) else { throw .content }
      deltaByteCount += byteCount
      seen += count
      offset += 2
    }
    deltas = offset
    guard offset + deltaByteCount <= feedback.control.upperBound else { throw .truncated }
  }

  package var statuses: Statuses {
    Statuses(
      chunkOffset: chunks, deltaOffset: deltas, sequence: firstSequence, remaining: statusCount,
      ticks: Int64(referenceTime) * ArrivalTicks.perReference)
  }

  /// One packet after the other, in the order of their numbers.
  package struct Statuses: Sendable {
    fileprivate var chunkOffset: Int
    fileprivate var deltaOffset: Int
    fileprivate var sequence: SequenceNumber
    fileprivate var remaining: Int
    fileprivate var ticks: Int64
    private var chunk = Chunk(0)
    private var position = 0

    fileprivate init(
      chunkOffset: Int, deltaOffset: Int, sequence: SequenceNumber, remaining: Int, ticks: Int64
    ) {
      self.chunkOffset = chunkOffset
      self.deltaOffset = deltaOffset
      self.sequence = sequence
      self.remaining = remaining
      self.ticks = ticks
    }

    package mutating func next(in bytes: Span<UInt8>) -> Status? {
      guard remaining > 0 else { return nil }
      while position == chunk.count {
        chunk = Chunk(bytes.uint16(at: chunkOffset))
        chunkOffset += 2
        position = 0
      }
      let symbol = chunk.symbol(position)
      position += 1
      remaining -= 1
      defer { sequence = sequence + 1 }
      switch symbol {
      case .small:
        ticks += Int64(bytes[deltaOffset])
        deltaOffset += 1
      case .large:
        ticks += Int64(Int16(bitPattern: bytes.uint16(at: deltaOffset)))
        deltaOffset += 2
      case .lost, nil: return Status(sequence: sequence, arrivalTicks: nil)
      }
      return Status(sequence: sequence, arrivalTicks: ticks)
    }
  }

  /// Sixteen bits that speak of one packet to 8,191.
  struct Chunk {
    private let bits: UInt16

    init(_ bits: UInt16) { self.bits = bits }

    private var isRun: Bool { bits & 0x8000 == 0 }
    private var hasTwoBits: Bool { bits & 0x4000 != 0 }

    var count: Int { isRun ? Int(bits & 0x1FFF) : hasTwoBits ? 7 : 14 }

    /// Nil for the value that means nothing.
    func symbol(_ index: Int) -> Symbol? {
      let value =
        isRun
        ? bits >> 13 & 3 : hasTwoBits ? bits >> UInt16(12 - index * 2) & 3 : bits >> UInt16(13 - index) & 1
      return Symbol(rawValue: UInt8(value))
    }

    /// How many bytes of times the first so many packets have; nil when one of them is of no kind.
    func deltaByteCount(of count: Int) -> Int? {
      if isRun { return symbol(0).map { $0.deltaByteCount * count } }
      var sum = 0
      for index in 0..<count {
        guard let symbol = symbol(index) else { return nil }
        sum += symbol.deltaByteCount
      }
      return sum
    }
  }

  static func fuzz(_ bytes: Span<UInt8>, _ feedback: Feedback) {
    guard let parsed = try? TransportFeedback(feedback, in: bytes) else { return }
    var statuses = parsed.statuses
    var arrivals: [TransportArrival] = []
    var count: Int64 = 0
    while let status = statuses.next(in: bytes) {
      if let ticks = status.arrivalTicks { arrivals.append(TransportArrival(count: count, ticks: ticks)) }
      count += 1
    }
    precondition(count == parsed.statusCount, "each packet has its status")
    TransportFeedbackWriter.fuzz(arrivals)
  }
}
