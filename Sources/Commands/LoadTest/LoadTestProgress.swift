// What a load test says of itself while it runs.

import LoadTest

enum LoadTestProgress {
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
