// Owners that are no copyable values, each under a small number that others keep instead of a reference: arrays refuse
// them. A number is given again only after its owner has left. Memory grows in chunks that never move.
// Public and inlinable, since the compiler specialises nothing else across targets.

public struct Slab<Element: ~Copyable>: ~Copyable {
  @inlinable static var chunkCount: Int { 256 }

  /// Initialised where `isTaken` says so, and nowhere else.
  @usableFromInline var chunks: [UnsafeMutablePointer<Element>] = []
  @usableFromInline var isTaken: [Bool] = []
  @usableFromInline var ownerCount = 0
  @inlinable public var count: Int { ownerCount }

  @inlinable public init() {}

  @inlinable deinit {
    for index in isTaken.indices where isTaken[index] { place(index).deinitialize(count: 1) }
    for chunk in chunks { chunk.deallocate() }
  }

  /// How many numbers have memory: every number in use is below.
  @inlinable public var capacity: Int { isTaken.count }

  @inline(__always)
  @inlinable public func contains(_ index: Int32) -> Bool {
    index >= 0 && Int(index) < isTaken.count && isTaken[Int(index)]
  }

  /// Puts an owner under a number that is free.
  @inlinable public mutating func insert(_ element: consuming Element, at index: Int32) {
    precondition(index >= 0 && !contains(index), "this number is taken, or none at all")
    while Int(index) >= isTaken.count {
      chunks.append(.allocate(capacity: Self.chunkCount))
      isTaken.append(contentsOf: repeatElement(false, count: Self.chunkCount))
    }
    place(Int(index)).initialize(to: element)
    isTaken[Int(index)] = true
    ownerCount += 1
  }

  /// Takes it out; it is freed with the result.
  @inlinable public mutating func remove(_ index: Int32) -> Element? {
    guard contains(index) else { return nil }
    ownerCount -= 1
    isTaken[Int(index)] = false
    return place(Int(index)).move()
  }

  /// Works on one in place. Traps if nobody has this number: whoever keeps a number drops it with the owner.
  @inline(__always)
  @inlinable public mutating func with<Result: ~Copyable>(
    _ index: Int32, _ body: (inout Element) -> Result
  ) -> Result {
    precondition(contains(index), "a number without an owner")
    return body(&place(Int(index)).pointee)
  }

  /// The same without changing it.
  @inline(__always)
  @inlinable public func read<Result: ~Copyable>(_ index: Int32, _ body: (borrowing Element) -> Result)
    -> Result
  {
    precondition(contains(index), "a number without an owner")
    return body(place(Int(index)).pointee)
  }

  @inline(__always)
  @inlinable
  func place(_ index: Int) -> UnsafeMutablePointer<Element> {
    chunks[index / Self.chunkCount] + index % Self.chunkCount
  }
}

/// Numbers from zero up for the owners of slabs: what was given back comes first, so that slabs stay small.
package struct Numbers: Sendable {
  private var free: [Int32] = []
  private var next: Int32 = 0

  package init() {}

  package var usedCount: Int { Int(next) - free.count }

  package mutating func take() -> Int32 {
    if let number = free.popLast() { return number }
    next += 1
    return next - 1
  }

  package mutating func giveBack(_ number: Int32) { free.append(number) }
}
