// The line that shows a load test at work: drawn over itself on a terminal, a line every few seconds elsewhere.

import Control
import LoadTest

@Control final class LoadTestProgress {
  private static let plainInterval = Duration.seconds(5)
  private static let barWidth = 20

  private let console: Console
  private let isQuiet: Bool
  private var lastPlain: ContinuousClock.Instant?
  private var hasLine = false

  init(_ console: Console, isQuiet: Bool) {
    self.console = console
    self.isQuiet = isQuiet
  }

  func show(_ progress: LoadProgress) {
    guard !isQuiet else { return }
    if console.errorStyle.isOn {
      console.remarkInPlace(bar(progress.share) + " " + Self.text(progress))
      hasLine = true
      return
    }
    if let lastPlain, ContinuousClock.now - lastPlain < Self.plainInterval { return }
    lastPlain = .now
    console.remark(Self.text(progress))
  }

  func end() {
    if hasLine { console.remark("") }
  }

  private func bar(_ share: Double) -> String {
    let filled = min(Self.barWidth, max(0, Int(share * Double(Self.barWidth))))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: "·", count: Self.barWidth - filled) + "]"
  }

  static func text(_ progress: LoadProgress) -> String {
    var parts = [
      progress.phase.rawValue, "\(progress.joined)/\(progress.total) joined",
      "\(progress.hearing) hear media",
      "\(progress.sentPerSecond) packets/s sent, \(progress.receivedPerSecond) received",
    ]
    if progress.failed > 0 { parts.append("\(progress.failed) FAILED") }
    if let latency = progress.latency99Nanoseconds {
      parts.append("loss \(LoadText.percent(progress.lossShare))")
      parts.append("p99 \(LoadText.time(latency))")
    }
    return parts.joined(separator: " · ")
  }
}
