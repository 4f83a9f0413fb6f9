// Amounts as people read them.

enum Amount {
  /// `4:05`, `1:02:09`.
  static func clock(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1_000
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
  }
}
