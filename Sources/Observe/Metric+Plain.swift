// Two kinds of metric that somebody else has counted already: a sum with its count, and one gauge a number.

import Synchronization

/// The sum and the count of durations, for their mean over any time.
package final class Summary: Metric {
  package let name: String
  package let help: String
  package var type: String { "summary" }
  private let sumNanoseconds = Atomic<Int>(0)
  private let count = Atomic<Int>(0)

  package init(_ name: String, _ help: String) {
    self.name = name
    self.help = help
  }

  package func add(nanoseconds: Int, count more: Int) {
    sumNanoseconds.add(nanoseconds, ordering: .relaxed)
    count.add(more, ordering: .relaxed)
  }

  package func samples(into text: inout String) {
    text += "\(name)_sum \(Double(sumNanoseconds.load(ordering: .relaxed)) / 1e9)\n"
    text += "\(name)_count \(count.load(ordering: .relaxed))\n"
  }
}

/// A gauge for each of a few numbered things, such as threads.
package final class NumberedGauge: Metric {
  package let name: String
  package let help: String
  package var type: String { "gauge" }
  private let label: String
  /// There is always a number zero.
  private let values = Mutex<[Double]>([0])

  package init(_ name: String, _ help: String, label: String) {
    self.name = name
    self.help = help
    self.label = label
  }

  package func set(_ value: Double, of number: Int) {
    values.withLock { values in
      while values.count <= number { values.append(0) }
      values[number] = value
    }
  }

  package func samples(into text: inout String) {
    for (number, value) in values.withLock({ $0 }).enumerated() {
      text += "\(name){\(label)=\"\(number)\"} \(Gauge.text(value))\n"
    }
  }
}
