// A moment of the calendar (milliseconds since 1970, UTC) and its RFC 3339 text. For what is written down;
// whatever measures a wait uses ContinuousClock.Instant, which no clock adjustment can move.

package struct Timestamp: Sendable, Hashable, Comparable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  package init(seconds: Int64) { self.milliseconds = seconds * 1000 }

  package var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
  package static func + (time: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds + wait.milliseconds)
  }
  package static func - (time: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds - wait.milliseconds)
  }
  package static func - (left: Timestamp, right: Timestamp) -> Duration {
    .milliseconds(left.milliseconds - right.milliseconds)
  }

  /// `2026-11-21T09:00:00Z`, with milliseconds only where there are any.
  package var rfc3339: String {
    let (days, ofDay) = seconds.quotientAndRemainder(flooredBy: 86_400)
    let (year, month, day) = Self.civil(fromDays: days)
    let fraction = milliseconds - seconds * 1000
    var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
    text += "\(Self.padded(ofDay / 3600, 2)):\(Self.padded(ofDay / 60 % 60, 2)):\(Self.padded(ofDay % 60, 2))"
    if fraction != 0 { text += ".\(Self.padded(fraction, 3))" }
    return text + "Z"
  }

  /// Takes any offset and any number of fraction digits; what is finer than a millisecond is dropped.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var result: Int64 = 0
      for byte in bytes[range] {
        guard byte &- UInt8(ascii: "0") < 10 else { return nil }
        result = result * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      return result
    }
    func character(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      character(4) == UInt8(ascii: "-"), character(7) == UInt8(ascii: "-"),
      character(10) | 0x20 == UInt8(ascii: "t"), character(13) == UInt8(ascii: ":"),
      character(16) == UInt8(ascii: ":"),
      (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if character(index) == UInt8(ascii: ".") {
      index += 1
      var scale: Int64 = 100
      let start = index
      while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 {
        fraction += Int64(bytes[index] - UInt8(ascii: "0")) * scale
        scale /= 10
        index += 1
      }
      guard index > start else { return nil }
    }
    var offsetSeconds: Int64 = 0
    switch character(index) {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): index += 1
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard let hours = number(index + 1..<index + 3), let minutes = number(index + 4..<index + 6),
        character(index + 3) == UInt8(ascii: ":"), hours < 24, minutes < 60
      else { return nil }
      offsetSeconds = (hours * 3600 + minutes * 60) * (character(index) == UInt8(ascii: "-") ? -1 : 1)
      index += 6
    default: return nil
    }
    guard index == bytes.count else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offsetSeconds
    self.init(milliseconds: seconds * 1000 + fraction)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March, so that
  /// the leap day is a year's last.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, ofEra) = shifted.quotientAndRemainder(flooredBy: 400)
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, ofEra) = (days + 719_468).quotientAndRemainder(flooredBy: 146_097)
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * ofYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, ofYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func quotientAndRemainder(flooredBy divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

extension Duration {
  package var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
