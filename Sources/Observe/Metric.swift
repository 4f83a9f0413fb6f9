// Counters, gauges and histograms that any thread may touch without a lock, and their Prometheus text
// (exposition format 0.0.4). The list of all of them is Metrics.swift.

import Synchronization

package protocol Metric: Sendable {
  var name: String { get }
  var help: String { get }
  var type: String { get }
  func samples(into text: inout String)
}

package final class Counter: Metric {
  package let name: String
  package let help: String
  package var type: String { "counter" }
  private let labels: String
  private let value = Atomic<Int>(0)

  /// `labels` as they stand in the text, for instance `{direction="in"}`. Never a room, a user or an address.
  package init(_ name: String, _ help: String, labels: String = "") {
    self.name = name
    self.help = help
    self.labels = labels
  }
  package func add(_ count: Int = 1) { value.add(count, ordering: .relaxed) }
  package var current: Int { value.load(ordering: .relaxed) }
  package func samples(into text: inout String) { text += "\(name)\(labels) \(current)\n" }
}

package final class Gauge: Metric {
  package let name: String
  package let help: String
  package let type: String
  private let labels: String
  private let bits = Atomic<UInt64>(0)

  /// `counts`: the value only grows, though others count it (the kernel's CPU time), so readers may take its rate.
  package init(
    _ name: String, _ help: String, labels: String = "", initially: Double = 0, counts: Bool = false
  ) {
    self.name = name
    self.help = help
    self.labels = labels
    type = counts ? "counter" : "gauge"
    bits.store(initially.bitPattern, ordering: .relaxed)
  }
  package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
  package func set(_ value: Int) { set(Double(value)) }
  package func add(_ change: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let result = bits.weakCompareExchange(
        expected: old, desired: (Double(bitPattern: old) + change).bitPattern, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }
  package var current: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
  package func samples(into text: inout String) { text += "\(name)\(labels) \(Self.text(current))\n" }

  static func text(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? String(value)
  }
}

package final class Histogram: Metric {
  package let name: String
  package let help: String
  package var type: String { "histogram" }
  private let labels: String
  private let bounds: [Double]
  private let counts: [Cell]
  private let sumMicro = Atomic<Int>(0)

  /// An atomic that an array can hold.
  private final class Cell: Sendable { let value = Atomic<Int>(0) }

  /// For durations in seconds, from a tenth of a millisecond to ten seconds.
  package static let seconds: [Double] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  package init(_ name: String, _ help: String, labels: String = "", bounds: [Double] = Histogram.seconds) {
    self.name = name
    self.help = help
    self.labels = labels
    self.bounds = bounds
    counts = (0...bounds.count).map { _ in Cell() }
  }

  package func observe(_ value: Double) {
    let index = bounds.firstIndex { value <= $0 } ?? bounds.count
    counts[index].value.add(1, ordering: .relaxed)
    sumMicro.add(Int(max(0, min(value, 1e9)) * 1e6), ordering: .relaxed)
  }

  package func observe(_ duration: Duration) {
    observe(Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18)
  }

  package func samples(into text: inout String) {
    let inner = labels.isEmpty ? "" : labels.dropFirst().dropLast() + ","
    var total = 0
    for (index, bound) in bounds.enumerated() {
      total += counts[index].value.load(ordering: .relaxed)
      text += "\(name)_bucket{\(inner)le=\"\(Gauge.text(bound))\"} \(total)\n"
    }
    total += counts[bounds.count].value.load(ordering: .relaxed)
    text += "\(name)_bucket{\(inner)le=\"+Inf\"} \(total)\n"
    text += "\(name)_sum\(labels) \(Double(sumMicro.load(ordering: .relaxed)) / 1e6)\n"
    text += "\(name)_count\(labels) \(total)\n"
  }
}
