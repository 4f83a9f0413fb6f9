// One load test from the first join to the last leave: people join by the ramp, what is to be measured is held for a
// while, and the figures of it come back.

import Caller
package import Control
import Generator

/// How a run goes, while it goes.
package struct LoadProgress: Sendable {
  package enum Phase: String, Sendable { case joining, settling, holding, leaving }

  package var phase = Phase.joining
  /// Of the whole run, from 0 to 1.
  package var share = 0.0
  package var total = 0
  package var joined = 0
  package var hearing = 0
  package var failed = 0
  /// Packets of media in the last second, all generators.
  package var sentPerSecond = 0
  package var receivedPerSecond = 0
  package var lossShare = 0.0
  package var latency99Nanoseconds: Int64?
}

@Control package final class LoadRun {
  private let plan: LoadPlan
  private let context: LoadContext
  private let people: [any LoadParticipant]
  private let sample: @Control () async -> ServerSample?
  private let progress: @Control (LoadProgress) -> Void
  private var next = 0
  private var isEnded = false
  private var phase = LoadProgress.Phase.joining
  /// Who roams and who reconnects: the same for the same seed.
  private var chance: Chance
  private var owedRoams = 0.0
  private var owedReconnects = 0.0
  private var lastShown: (at: Int64, sent: Int, received: Int)?

  /// `sample` reads the server's own figures, where they can be had.
  package init(
    _ context: LoadContext, sample: @escaping @Control () async -> ServerSample?,
    progress: @escaping @Control (LoadProgress) -> Void,
    make: @Control (ParticipantPlan) -> any LoadParticipant
  ) {
    plan = context.plan
    self.context = context
    self.sample = sample
    self.progress = progress
    people = plan.people().map { make($0) }
    chance = Chance(seed: plan.seed)
    context.tally.begin(people.count)
  }

  /// Ends it early: all leave, and what was measured so far is reported.
  package func end() { isEnded = true }

  package func run() async -> LoadResult {
    let idle = await sample()
    let began = context.nowNanoseconds
    await joinAll(since: began)
    let joinedIn = context.nowNanoseconds - began
    await settle()
    let before = await sample()
    context.sendAll(.measure(true))
    await hold()
    context.sendAll(.measure(false))
    let after = await sample()
    await collectFigures()
    phase = .leaving
    show(1)
    var result = LoadResult(plan: plan, tally: context.tally.snapshot, figures: context.figures)
    result.joinNanoseconds = joinedIn
    result.wasEndedEarly = isEnded
    result.server = ServerLoad(idle: idle, before: before, after: after)
    for person in people { person.leave() }
    await Self.pause(.milliseconds(200))
    context.stop()
    return result
  }

  // MARK: Phases

  private func joinAll(since began: Int64) async {
    let ramp = plan.ramp.nanoseconds
    let total = people.count
    while !isEnded {
      let elapsed = context.nowNanoseconds - began
      let due = ramp == 0 ? total : min(total, Int(Double(elapsed) / Double(ramp) * Double(total)) + 1)
      while next < due {
        people[next].join()
        next += 1
      }
      showSometimes(Double(next) / Double(total) * 0.2)
      if next == total { break }
      await Self.pause(.milliseconds(Limits.tickMilliseconds))
    }
    // The last ones need a moment.
    let deadline = context.nowNanoseconds + Limits.joinPatience.nanoseconds
    while !isEnded, context.nowNanoseconds < deadline, !isSettled {
      showSometimes(0.2)
      await Self.pause(.milliseconds(20))
    }
  }

  /// Everybody is where they can be: those without anybody to hear are connected.
  private var isSettled: Bool {
    let tally = context.tally
    return tally[.waiting] + tally[.joining] + tally[.joined] == 0
      && (tally[.connected] == 0 || plan.participants == 1 || plan.audio == .off && plan.video == .off
        || tally[.connected] <= plan.rooms && plan.sendersPerRoom == 1)
  }

  private func settle() async {
    phase = .settling
    let deadline = context.nowNanoseconds + plan.settle.nanoseconds
    while !isEnded, context.nowNanoseconds < deadline {
      showSometimes(0.2)
      await Self.pause(.milliseconds(50))
    }
  }

  private func hold() async {
    phase = .holding
    let began = context.nowNanoseconds
    let span = plan.hold.nanoseconds
    var last = began
    while !isEnded, context.nowNanoseconds - began < span {
      let now = context.nowNanoseconds
      let minutes = Double(now - last) / 60e9
      last = now
      owedRoams += minutes * plan.roaming * Double(people.count)
      owedReconnects += minutes * plan.reconnects * Double(people.count)
      while owedRoams >= 1 {
        owedRoams -= 1
        people.randomElement(using: &chance)?.roam()
      }
      while owedReconnects >= 1 {
        owedReconnects -= 1
        people.randomElement(using: &chance)?.reconnect()
      }
      showSometimes(0.2 + 0.8 * Double(now - began) / Double(max(1, span)))
      await Self.pause(.milliseconds(50))
    }
  }

  private func collectFigures() async {
    let deadline = context.nowNanoseconds + Limits.figuresPatience.nanoseconds
    while !context.figures.allSatisfy(\.isFinal), context.nowNanoseconds < deadline {
      await Self.pause(.milliseconds(10))
    }
  }

  private static func pause(_ time: Duration) async {
    var timer: Timer?
    await withCheckedContinuation { continuation in
      timer = Timer(after: time) { continuation.resume() }
    }
    timer?.cancel()
  }

  // MARK: Progress

  private func showSometimes(_ share: Double) {
    let now = context.nowNanoseconds
    guard lastShown.map({ now - $0.at >= Limits.progressMilliseconds * 1_000_000 }) ?? true else { return }
    show(share)
  }

  private func show(_ share: Double) {
    let now = context.nowNanoseconds
    var shown = LoadProgress()
    shown.phase = phase
    shown.share = share
    shown.total = people.count
    shown.joined = context.tally.count(from: .joined)
    shown.hearing = context.tally[.hearing]
    shown.failed = context.tally[.failed]
    let totals = context.figures.reduce(GeneratorCounts()) { $0 + $1.total }
    if let lastShown, now > lastShown.at {
      let seconds = Double(now - lastShown.at) / 1e9
      shown.sentPerSecond = Int(Double(totals.sentPackets - lastShown.sent) / seconds)
      shown.receivedPerSecond = Int(Double(totals.received - lastShown.received) / seconds)
    }
    lastShown = (now, totals.sentPackets, totals.received)
    let window = context.figures.reduce(GeneratorCounts()) { $0 + $1.window }
    shown.lossShare = LoadResult.lossShare(window)
    var latency = LatencyHistogram()
    for figures in context.figures { latency.add(figures.latency) }
    shown.latency99Nanoseconds = latency.percentile(0.99)
    progress(shown)
  }
}

extension Duration {
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
