// When figures are due, and what had been counted when the window began.

import CSystem

struct FiguresKeeper {
  private let number: Int
  private(set) var due: Int64
  var lateness = LatencyHistogram()
  private var base = GeneratorCounts()
  private var last = GeneratorCounts()
  private var windowBegan: Int64
  private var lastSpan: Int64 = 0

  init(number: Int, at now: Int64) {
    self.number = number
    due = now + Limits.figuresNanoseconds
    windowBegan = now
  }

  mutating func begin(_ counts: GeneratorCounts, at now: Int64) {
    base = Self.withTime(counts)
    windowBegan = now
    lateness = LatencyHistogram()
  }

  mutating func take(_ counts: GeneratorCounts, isMeasuring: Bool, at now: Int64) -> GeneratorFigures {
    if now >= due { due = now + Limits.figuresNanoseconds }
    var figures = GeneratorFigures()
    figures.generator = number
    figures.total = Self.withTime(counts)
    // A window that has ended keeps its figures.
    if isMeasuring {
      last = figures.total - base
      lastSpan = now - windowBegan
    }
    figures.window = last
    figures.windowNanoseconds = lastSpan
    figures.lateness = lateness
    return figures
  }

  private static func withTime(_ counts: GeneratorCounts) -> GeneratorCounts {
    var counts = counts
    counts.cpuNanoseconds = Int(tandem_thread_cpu_nanoseconds())
    return counts
  }
}
