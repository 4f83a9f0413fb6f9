// What the readers of this floor need beyond the checked getters: numbers with a fraction, and short lists of names.

import Values

extension Fields {
  func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws(InvalidField) -> Double? {
    guard let value = self[name] else { return nil }
    guard let number = value.double, number.isFinite else { throw invalid(name, "must be a number") }
    guard range.contains(number) else {
      throw invalid(name, "must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func strings(_ name: String, atMost count: Int, length: ClosedRange<Int>) throws(InvalidField) -> [String] {
    guard let value = self[name] else { return [] }
    guard let elements = value.array else { throw invalid(name, "must be an array") }
    guard elements.count <= count else { throw invalid(name, "must have at most \(count) elements") }
    var result: [String] = []
    for (index, element) in elements.enumerated() {
      guard let text = element.string, length.contains(text.utf8.count) else {
        throw invalid(
          "\(name)[\(index)]", "must be a string of \(length.lowerBound) to \(length.upperBound) bytes")
      }
      result.append(text)
    }
    return result
  }

  /// Each name once: of two entries nobody could say which counts.
  func unique<Element>(
    _ name: String, _ list: [Element], by key: (Element) -> String
  ) throws(InvalidField) -> [Element] {
    var seen: Set<String> = []
    for (index, element) in list.enumerated() where !seen.insert(key(element)).inserted {
      throw invalid("\(name)[\(index)]", "names \(key(element)) a second time")
    }
    return list
  }
}
