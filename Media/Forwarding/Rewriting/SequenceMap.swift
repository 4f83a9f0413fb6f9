// Which number each packet of a source has for one receiver, so that what is left out (pauses, mutes, probes) and a
// change of the source leave no gap. A stretch is a run of the source that is shifted by the same amount; a few are
// kept, so that late packets find their place and what a receiver asks for again is found in the source.

/// A run of one source, and by how much each number in it is shifted.
struct Stretch: Equatable {
  /// Grows with each start of the source, so that numbers of before are never taken for numbers of after.
  var epoch: UInt32
  /// Endless counts of the source.
  var first: Int64
  var last = Int64.max
  var sequenceShift: Int64
  var timestampShift: UInt32
  var pictureShift: UInt16 = 0
  var layerShift: UInt8 = 0
  /// Of the dependency descriptor.
  var frameShift: UInt16 = 0

  func contains(_ count: Int64) -> Bool { count >= first && count <= last }
}

struct SequenceMap {
  /// The stretch that goes on; nil before the first packet.
  private(set) var current: Stretch?
  /// Earlier ones: a ring, written at `turn`.
  private var past: [Stretch] = []
  private var turn = 0
  /// The highest number that is given, or kept for a packet that is late.
  private(set) var newestOut: Int64
  /// The newest packet of the source that was looked at since the stretch's source began.
  private(set) var newestSource = Int64.min

  /// `first` is the number of the first packet.
  init(first: Int64) { newestOut = first - 1 }

  /// Where a packet belongs; nil for one that was left out, or is older than what is remembered.
  func stretch(of count: Int64, epoch: UInt32) -> Stretch? {
    guard let current else { return nil }
    if current.epoch == epoch, count >= current.first { return current }
    var index = 0
    while index < past.count {
      if past[index].epoch == epoch, past[index].contains(count) { return past[index] }
      index += 1
    }
    return nil
  }

  /// The packet of the source that went out under that number.
  func source(of out: Int64) -> (stretch: Stretch, count: Int64)? {
    guard let current, out <= newestOut else { return nil }
    let count = out - current.sequenceShift
    if count >= current.first { return (current, count) }
    var index = 0
    while index < past.count {
      let count = out - past[index].sequenceShift
      if past[index].contains(count) { return (past[index], count) }
      index += 1
    }
    return nil
  }

  /// The endless number that a receiver means by its 16 bits.
  func out(nearest sequence: UInt16) -> Int64 {
    newestOut + Int64(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: newestOut)))
  }

  /// A packet goes out at its place.
  mutating func pass(_ count: Int64, _ stretch: Stretch) {
    newestOut = max(newestOut, count + stretch.sequenceShift)
    if stretch.epoch == current?.epoch { newestSource = max(newestSource, count) }
  }

  /// Goes on with this packet of the source under the next number, whatever came in between.
  mutating func begin(
    epoch: UInt32, at count: Int64, timestampShift: UInt32, pictureShift: UInt16 = 0,
    layerShift: UInt8 = 0, frameShift: UInt16 = 0
  ) -> Stretch {
    close(at: newestSource)
    let stretch = Stretch(
      epoch: epoch, first: count, sequenceShift: newestOut + 1 - count, timestampShift: timestampShift,
      pictureShift: pictureShift, layerShift: layerShift, frameShift: frameShift)
    current = stretch
    newestSource = count - 1
    return stretch
  }

  /// Leaves a packet out. False if a number is already kept for it, because a later packet went out: then something
  /// has to take its place. `pictures`: how many are left out with it, and closed up to by the numbers of the next ones.
  mutating func skip(_ count: Int64, epoch: UInt32, pictures: UInt16 = 0) -> Bool {
    guard var stretch = current, stretch.epoch == epoch else { return true }
    if count >= stretch.first {
      guard count > newestSource else { return false }
      // The numbers up to here stay kept for packets that may be late.
      newestOut = max(newestOut, count - 1 + stretch.sequenceShift)
      close(at: count - 1)
      stretch.first = count + 1
      stretch.sequenceShift -= 1
      stretch.pictureShift &-= pictures
      current = stretch
      newestSource = count
      return true
    }
    // Nothing was sent in the new stretch yet, and the one before ends with this packet: it ends earlier.
    let isEmpty = newestSource < stretch.first
    guard isEmpty,
      let before = past.indices.last(where: { past[$0].epoch == epoch && past[$0].last == count }),
      past[before].last + past[before].sequenceShift == newestOut
    else { return self.stretch(of: count, epoch: epoch) == nil }
    past[before].last -= 1
    newestOut -= 1
    stretch.sequenceShift -= 1
    stretch.pictureShift &-= pictures
    current = stretch
    return true
  }

  private mutating func close(at last: Int64) {
    guard var stretch = current, last >= stretch.first else { return }
    stretch.last = last
    if past.count < Limits.stretchesPerSubscription {
      past.append(stretch)
    } else {
      past[turn] = stretch
    }
    turn = (turn + 1) % Limits.stretchesPerSubscription
  }
}
