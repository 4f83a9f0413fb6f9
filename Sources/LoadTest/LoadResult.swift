// What came of a load test, as numbers; which of the stated bounds it missed.

package import Generator

/// The tally at the end.
package struct LoadTallySnapshot: Sendable {
  package var joinedCount = 0
  package var connectToJoined = LatencyHistogram()
  package var joined = LatencyHistogram()
  package var connected = LatencyHistogram()
  package var firstMedia = LatencyHistogram()
  package var announced = LatencyHistogram()
  package var reconnected = LatencyHistogram()
  package var roamed = LatencyHistogram()
  package var roams = 0
  package var reconnects = 0
  package var failures: [String: Int] = [:]
  package var explanations: [String: String] = [:]
}

extension LoadTally {
  var snapshot: LoadTallySnapshot {
    var snapshot = LoadTallySnapshot()
    snapshot.joinedCount = count(from: .joined)
    snapshot.connectToJoined = connectToJoined
    snapshot.joined = joined
    snapshot.connected = connected
    snapshot.firstMedia = firstMedia
    snapshot.announced = announced
    snapshot.reconnected = reconnected
    snapshot.roamed = roamed
    snapshot.roams = roams
    snapshot.reconnects = reconnects
    snapshot.failures = failures
    snapshot.explanations = explanations
    return snapshot
  }
}

package struct LoadResult: Sendable {
  package let plan: LoadPlan
  package let tally: LoadTallySnapshot
  /// All generators together, in the window.
  package let window: GeneratorCounts
  package let windowNanoseconds: Int64
  package let latency: LatencyHistogram
  package let jitter: LatencyHistogram
  package let lateness: LatencyHistogram
  package let droppedByGenerator: Int
  package var joinNanoseconds: Int64 = 0
  package var server: ServerLoad?
  package var wasEndedEarly = false

  init(plan: LoadPlan, tally: LoadTallySnapshot, figures: [GeneratorFigures]) {
    self.plan = plan
    self.tally = tally
    window = figures.reduce(GeneratorCounts()) { $0 + $1.window }
    windowNanoseconds = figures.map(\.windowNanoseconds).max() ?? 0
    var (latency, jitter, lateness) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
    for generator in figures {
      latency.add(generator.latency)
      jitter.add(generator.jitter)
      lateness.add(generator.lateness)
    }
    self.latency = latency
    self.jitter = jitter
    self.lateness = lateness
    droppedByGenerator = figures.reduce(0) { $0 + $1.droppedByKernel }
  }

  package var seconds: Double { Double(windowNanoseconds) / 1e9 }
  package var failureCount: Int { tally.failures.values.reduce(0, +) }

  /// Packets that never came, not counting those lost on purpose that were repaired.
  package var lossShare: Double { Self.lossShare(window) }

  static func lossShare(_ counts: GeneratorCounts) -> Double {
    let lost = max(0, counts.lost + counts.missing)
    return counts.received + lost == 0 ? 0 : Double(lost) / Double(counts.received + lost)
  }

  /// Server CPU over packets of media that went out.
  package var cpuMicrosecondsPerPacket: Double? {
    guard let server, window.received > 0 else { return nil }
    return Double(server.cpuNanoseconds) / 1e3 / Double(window.received)
  }

  package var bytesPerParticipant: Double? {
    guard let grown = server?.grownBytes, tally.joinedCount > 0 else { return nil }
    return Double(grown) / Double(tally.joinedCount)
  }

  /// Why the figures say nothing about the server; nil if they do.
  package var doubt: String? {
    if let late = lateness.percentile(0.99), late > Limits.tolerableLatenessNanoseconds {
      return
        "the generator itself was overloaded: its own work was up to \(late / 1_000_000) ms late; take fewer "
        + "participants, more --threads, or a machine of its own"
    }
    if droppedByGenerator > 0 {
      return "the generator's socket had no room for \(droppedByGenerator) datagrams; raise net.core.rmem_max"
    }
    return nil
  }
}

package struct LoadBounds: Sendable {
  package var join99: Duration?
  package var firstMedia99: Duration?
  package var latency99: Duration?
  package var loss: Double?
  package var failures: Int?

  package init() {}

  /// Each bound that was missed, as a sentence.
  package func missed(by result: LoadResult) -> [String] {
    var missed: [String] = []
    func check(_ name: String, _ bound: Duration?, _ histogram: LatencyHistogram) {
      guard let bound else { return }
      guard let reached = histogram.percentile(0.99) else {
        missed.append("\(name): nothing was measured")
        return
      }
      if reached > bound.nanoseconds {
        missed.append(
          "\(name): \(LoadText.time(reached)) at the 99th percentile, at most \(LoadText.time(bound.nanoseconds)) allowed"
        )
      }
    }
    check("join", join99, result.tally.joined)
    check("first media", firstMedia99, result.tally.firstMedia)
    check("one-way latency", latency99, result.latency)
    if let loss, result.lossShare > loss {
      missed.append("loss: \(LoadText.percent(result.lossShare)), at most \(LoadText.percent(loss)) allowed")
    }
    if let failures, result.failureCount > failures {
      missed.append("failures: \(result.failureCount), at most \(failures) allowed")
    }
    return missed
  }
}
