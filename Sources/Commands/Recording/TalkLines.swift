// A conversation drawn in a terminal: one line of time for each person, and what the analysis says of them.

import Values

enum TalkLines {
  /// From nothing to talk all the time, in eighths.
  private static let blocks = Array(" ▁▂▃▄▅▆▇█")
  private static let leastColumns = 20

  static func lines(_ analysis: JSON, width: Int, style: Style) -> [String] {
    let speakers = analysis["speakers"]?.array ?? []
    let length = analysis["durationMilliseconds"]?.integer ?? 0
    guard !speakers.isEmpty, length > 0 else { return [] }
    let names = speakers.map { Printable.plain($0["name"]?.string ?? $0.text("identity")) }
    let nameWidth = names.reduce(0) { max($0, TextWidth.columns(of: $1)) }
    let columns = max(leastColumns, width - nameWidth - 10)
    var lines: [String] = []
    for (speaker, name) in zip(speakers, names) {
      let share = Int(((speaker["share"]?.double ?? 0) * 100).rounded())
      let drawn = row(
        of: speaker.text("identity"), analysis["segments"]?.array ?? [], length: length, columns: columns)
      let percent = "\(share) %"
      lines.append(
        style.bold(TextWidth.padded(name, to: nameWidth)) + "  " + style.green(drawn) + "  "
          + String(repeating: " ", count: max(0, 5 - percent.count)) + percent)
    }
    let end = Amount.clock(length)
    let scale = "0:00" + String(repeating: " ", count: max(1, columns - 4 - end.count)) + end
    lines.append(style.dim(String(repeating: " ", count: nameWidth + 2) + scale))
    lines.append("")
    for (speaker, name) in zip(speakers, names) { lines.append("\(name): \(words(speaker))") }
    return lines
  }

  static func row(of identity: String, _ segments: [JSON], length: Int64, columns: Int) -> String {
    var talked = Array(repeating: 0.0, count: columns)
    let step = Double(length) / Double(columns)
    for segment in segments where segment["identity"]?.string == identity {
      guard let start = segment["start"]?.double, let end = segment["end"]?.double, end > start else {
        continue
      }
      let (first, last) = (Int(start / step), min(columns - 1, Int(end / step)))
      guard first >= 0, first <= last else { continue }
      for column in first...last {
        talked[column] += min(end, Double(column + 1) * step) - max(start, Double(column) * step)
      }
    }
    return String(
      talked.map { time in
        // Whoever said anything at all is to be seen.
        let eighths = Int((time / step * 8).rounded(.up))
        return blocks[min(8, max(0, eighths))]
      })
  }

  private static func words(_ speaker: JSON) -> String {
    var parts = [
      "talked \(Amount.clock(speaker["talkMilliseconds"]?.integer ?? 0))",
      "\(speaker.text("turns")) turns, the longest \(Amount.clock(speaker["longestTurnMilliseconds"]?.integer ?? 0))",
      "interrupted \(speaker.text("interruptions")) times",
    ]
    if let response = speaker["responseMilliseconds"]?.integer {
      parts.append("answers after \(response) ms")
    }
    return parts.joined(separator: " · ")
  }
}
