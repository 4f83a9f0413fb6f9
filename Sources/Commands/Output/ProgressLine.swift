// The line that shows long work: drawn over itself on a terminal, said every few seconds elsewhere.

import Control

@Control final class ProgressLine {
  private static let plainInterval = Duration.seconds(5)
  private static let barWidth = 20

  private let console: Console
  private let isQuiet: Bool
  private var lastPlain: ContinuousClock.Instant?
  private var hasLine = false

  init(_ console: Console, isQuiet: Bool = false) {
    self.console = console
    self.isQuiet = isQuiet
  }

  /// `share` is from 0 to 1.
  func show(_ share: Double, _ text: String) {
    guard !isQuiet else { return }
    if console.errorStyle.isOn {
      console.remarkInPlace("\(Self.bar(share)) \(text)")
      hasLine = true
      return
    }
    if let lastPlain, ContinuousClock.now - lastPlain < Self.plainInterval { return }
    lastPlain = .now
    console.remark(text)
  }

  func end() {
    if hasLine { console.remark("") }
    hasLine = false
  }

  static func bar(_ share: Double) -> String {
    let filled = min(barWidth, max(0, Int(share * Double(barWidth))))
    return "[" + String(repeating: "#", count: filled) + String(repeating: "·", count: barWidth - filled)
      + "]"
  }
}
