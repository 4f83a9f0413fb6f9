// Tables with a bound: what is dropped when they are full.

import Testing

@testable import Access

@Suite("Tables with a bound") struct BoundedTableTests {
  /// The same rules, the slow and obvious way.
  private struct Model {
    let capacity: Int
    var entries: [Int: (deadline: Int, value: Int)] = [:]

    mutating func set(_ key: Int, _ value: Int, deadline: Int, at now: Int, freed: Int?) -> Bool {
      if entries[key] == nil, entries.count >= capacity {
        guard let freed, let entry = entries[freed], entry.deadline <= now,
          entry.deadline == entries.values.map(\.deadline).min()
        else { return false }
        entries[freed] = nil
      }
      entries[key] = (deadline, value)
      return true
    }
  }

  @Test(
    "whatever is set, taken out and left to expire, it holds what it should",
    arguments: 1...30 as ClosedRange<UInt64>)
  func model(seed: UInt64) {
    var random = Seeded(seed)
    let capacity = Int.random(in: 1...12, using: &random)
    var table = BoundedTable<Int, Int, Int>(capacity: capacity)
    var model = Model(capacity: capacity)
    var now = 0
    for step in 0..<400 {
      now += Int.random(in: 0...2, using: &random)
      let key = Int.random(in: 0..<20, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        table.remove(key)
        model.entries[key] = nil
      case 1:
        table.removeAll(endingAtOrBefore: now)
        model.entries = model.entries.filter { $0.value.deadline > now }
      default:
        let deadline = now + Int.random(in: -3...15, using: &random)
        let freed = table.earliest?.key
        #expect(
          table.set(key, step, deadline: deadline, at: now)
            == model.set(key, step, deadline: deadline, at: now, freed: freed))
      }
      #expect(table.count == model.entries.count && table.count <= capacity)
      #expect(table.earliest?.deadline == model.entries.values.map(\.deadline).min())
      for key in 0..<20 {
        #expect(table[key]?.value == model.entries[key]?.value)
        #expect(table[key]?.deadline == model.entries[key]?.deadline)
      }
    }
  }
}
