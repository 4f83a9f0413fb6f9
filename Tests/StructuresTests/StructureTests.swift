// The containers of the media plane against plain ones of the standard library.

import Testing

@testable import Structures

private struct Number: IndexKey {
  var value: UInt64
  var words: (UInt64, UInt64) { (value, 0) }
}

private final class Tally { var alive = 0 }

private struct Owner: ~Copyable {
  let tally: Tally
  var value: Int
  init(_ tally: Tally, _ value: Int) {
    self.tally = tally
    self.value = value
    tally.alive += 1
  }
  deinit { tally.alive -= 1 }
}

@Suite("Tables and slabs")
struct StructureTests {
  @Test(
    "a table holds what a dictionary holds, whatever is added and removed",
    arguments: 1...20 as ClosedRange<UInt64>)
  func table(seed: UInt64) {
    var random = Seeded(state: seed)
    var table = IndexTable<Number>(seed: (random.next(), random.next()))
    var model: [UInt64: Int32] = [:]
    for _ in 0..<5_000 {
      let key = random.next() % 300
      if random.next() % 3 == 0 {
        #expect(table.remove(Number(value: key)) == model.removeValue(forKey: key))
      } else {
        let index = Int32(random.next() % 1_000)
        table.insert(Number(value: key), index)
        model[key] = index
      }
      let other = random.next() % 300
      #expect(table[Number(value: other)] == model[other])
      #expect(table.count == model.count)
    }
  }

  @Test("a slab frees each owner exactly once, on removal or with itself")
  func slab() {
    let tally = Tally()
    do {
      var slab = Slab<Owner>()
      for index in 0..<1_000 { slab.insert(Owner(tally, index), at: Int32(index)) }
      #expect(slab.count == 1_000 && tally.alive == 1_000)
      for index in stride(from: Int32(0), to: 1_000, by: 2) { _ = slab.remove(index) }
      #expect(slab.count == 500 && tally.alive == 500)
      #expect(!slab.contains(2) && slab.contains(3) && !slab.contains(-1) && !slab.contains(5_000))
      slab.with(3) { $0.value += 10 }
      #expect(slab.read(3) { $0.value } == 13)
    }
    #expect(tally.alive == 0)
  }

  @Test("a number comes back only after it was given back")
  func numbers() {
    var numbers = Numbers()
    #expect([numbers.take(), numbers.take(), numbers.take()] == [0, 1, 2])
    numbers.giveBack(1)
    #expect(numbers.usedCount == 2)
    #expect(numbers.take() == 1 && numbers.take() == 3)
  }
}
