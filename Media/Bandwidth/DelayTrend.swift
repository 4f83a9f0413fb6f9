// Whether a queue grows on the way to a receiver: packets that were sent together are a group, and groups that arrive further
// and further apart than they were sent pile up somewhere. A line is laid through their delays; what counts as steep adapts
// to the jitter of the link.

struct DelayTrend {
  enum Verdict { case normal, growing, draining }

  private struct Group {
    var firstSent: Int64
    var lastSent: Int64
    var lastArrived: Int64
  }

  private var current: Group?
  private var previous: Group?

  private var delay = 0.0
  private var smoothed = 0.0
  private var firstArrived: Int64 = 0
  private var times = InlineArray<20, Double>(repeating: 0)
  private var delays = InlineArray<20, Double>(repeating: 0)
  private var next = 0
  private var groupCount = 0

  private var threshold = Limits.thresholdMilliseconds
  private var judgedAt: Int64?
  private var steepFor = -1.0
  private var steepCount = 0
  private var slopeBefore = 0.0
  private(set) var verdict = Verdict.normal
  /// How much the delay of one group differs from that of the one before.
  private(set) var jitterMilliseconds = 0.0

  /// Times in microseconds, each on its own clock. In the order of sending; what comes late is passed over.
  mutating func packet(sent: Int64, arrived: Int64) {
    guard var group = current else {
      current = Group(firstSent: sent, lastSent: sent, lastArrived: arrived)
      return
    }
    guard sent >= group.firstSent else { return }
    if abs(arrived - group.lastArrived) > Limits.clockJumpMicroseconds {
      self = DelayTrend(threshold: threshold)
      current = Group(firstSent: sent, lastSent: sent, lastArrived: arrived)
      return
    }
    if sent - group.firstSent <= Limits.groupMicroseconds {
      group.lastSent = max(group.lastSent, sent)
      group.lastArrived = max(group.lastArrived, arrived)
      current = group
      return
    }
    if let previous { compare(previous, group) }
    previous = group
    current = Group(firstSent: sent, lastSent: sent, lastArrived: arrived)
  }

  init() {}

  private init(threshold: Double) { self.threshold = threshold }

  private mutating func compare(_ before: Group, _ after: Group) {
    let sentApart = Double(after.lastSent - before.lastSent) / 1_000
    let arrivedApart = Double(after.lastArrived - before.lastArrived) / 1_000
    // Overtaken by the group behind it.
    guard arrivedApart >= 0 else { return }
    if groupCount == 0 { firstArrived = after.lastArrived }
    groupCount = min(groupCount + 1, Limits.trendCertainty)
    let change = arrivedApart - sentApart
    let deviation = min(abs(change), Limits.jitterOutlier) - jitterMilliseconds
    jitterMilliseconds += Limits.jitterSmoothing * deviation
    delay += change
    smoothed = Limits.delaySmoothing * smoothed + (1 - Limits.delaySmoothing) * delay
    times[next] = Double(after.lastArrived - firstArrived) / 1_000
    delays[next] = smoothed
    next = (next + 1) % Limits.trendGroups
    let isWhole = groupCount >= Limits.trendGroups
    judge(isWhole ? slope() : 0, sentApart, at: after.lastArrived)
  }

  /// Of the line with the least squares.
  private func slope() -> Double {
    var (meanTime, meanDelay) = (0.0, 0.0)
    for index in 0..<Limits.trendGroups {
      meanTime += times[index]
      meanDelay += delays[index]
    }
    meanTime /= Double(Limits.trendGroups)
    meanDelay /= Double(Limits.trendGroups)
    var (above, below) = (0.0, 0.0)
    for index in 0..<Limits.trendGroups {
      let time = times[index] - meanTime
      above += time * (delays[index] - meanDelay)
      below += time * time
    }
    return below > 0 ? above / below : 0
  }

  private mutating func judge(_ slope: Double, _ sentApart: Double, at arrived: Int64) {
    let trend = Double(groupCount) * slope * Limits.trendGain
    if trend > threshold {
      steepFor = steepFor < 0 ? sentApart / 2 : steepFor + sentApart
      steepCount += 1
      if steepFor > Limits.overuseMilliseconds, steepCount > 1, slope >= slopeBefore {
        steepFor = 0
        steepCount = 0
        verdict = .growing
      }
    } else {
      steepFor = -1
      steepCount = 0
      verdict = trend < -threshold ? .draining : .normal
    }
    slopeBefore = slope
    adapt(to: abs(trend), at: arrived)
  }

  private mutating func adapt(to trend: Double, at arrived: Int64) {
    let passed = Double(min(100_000, max(0, arrived - (judgedAt ?? arrived)))) / 1_000
    judgedAt = arrived
    guard trend <= threshold + Limits.thresholdOutlier else { return }
    let speed = trend < threshold ? Limits.thresholdDown : Limits.thresholdUp
    threshold += speed * (trend - threshold) * passed
    threshold = min(max(threshold, Limits.thresholdRange.lowerBound), Limits.thresholdRange.upperBound)
  }

  /// What follows a decrease is judged for itself.
  mutating func settle() { if verdict == .growing { verdict = .normal } }
}
