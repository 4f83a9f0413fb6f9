// Durations and sizes as operators write them: 250ms, 60s, 5m, 1h, 7d; 512, 256KiB, 2GB. Called for every source
// of settings, and by the command line for its own flags.

package enum Quantity {
  private static let durationUnits: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]
  private static let byteUnits: [(name: String, count: Int)] = [
    ("B", 1), ("KB", 1000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20), ("GB", 1_000_000_000),
    ("GiB", 1 << 30), ("TB", 1_000_000_000_000), ("TiB", 1 << 40),
  ]

  /// A number with a unit, several in a row (`1h30m`), or `0`.
  package static func duration(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    var rest = Substring(text)
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      guard let (number, unit, after) = part(rest),
        let milliseconds = durationUnits.first(where: { $0.name == unit })?.milliseconds
      else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
      let (sum, overflowOfSum) = total.addingReportingOverflow(product)
      guard !overflow, !overflowOfSum else { return nil }
      total = sum
      rest = after
    }
    return .milliseconds(total)
  }

  /// A number, alone or with a unit.
  package static func bytes(_ text: String) -> Int? {
    guard let (number, unit, rest) = part(Substring(text)), rest.isEmpty else { return nil }
    guard let count = unit.isEmpty ? 1 : byteUnits.first(where: { $0.name == unit })?.count else {
      return nil
    }
    let (product, overflow) = Int(number).multipliedReportingOverflow(by: count)
    return overflow ? nil : product
  }

  /// The largest unit that divides it, or two: `5m`, `90s`, `1h30m`.
  package static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    guard milliseconds != 0 else { return "0" }
    for unit in durationUnits.reversed() where milliseconds % unit.milliseconds == 0 {
      return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
    return "\(milliseconds)ms"
  }

  package static func text(bytes: Int) -> String {
    for unit in byteUnits.reversed()
    where unit.name.count != 2 && bytes >= unit.count && bytes % unit.count == 0 {
      return unit.count == 1 ? "\(bytes)" : "\(bytes / unit.count)\(unit.name)"
    }
    return "\(bytes)"
  }

  /// Digits, then letters.
  private static func part(_ text: Substring) -> (number: Int64, unit: Substring, rest: Substring)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
    guard let number = Int64(digits) else { return nil }
    return (number, unit, text.dropFirst(digits.count + unit.count))
  }
}
