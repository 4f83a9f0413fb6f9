// Memory for packets that may be asked for again, shared by all publications of a worker: slots of two sizes in chunks
// that are added as they are needed, up to a bound. Whoever keeps a slot gives it back; `History` does.

/// A place in the pool.
package struct PacketSlot: Equatable, Sendable {
  /// Doubled; odd for the large ones.
  fileprivate let place: Int32

  fileprivate init(index: Int32, isLarge: Bool) { place = index << 1 | (isLarge ? 1 : 0) }

  fileprivate var isLarge: Bool { place & 1 == 1 }
  fileprivate var index: Int { Int(place >> 1) }
}

package struct PacketPool: ~Copyable {
  /// Slots of one size.
  private struct Shelf {
    let slotBytes: Int
    var chunks: [[UInt8]] = []
    var free: [Int32] = []

    init(slotBytes: Int) { self.slotBytes = slotBytes }

    var chunkBytes: Int { slotBytes * Limits.chunkSlots }

    mutating func grow() {
      let first = Int32(chunks.count * Limits.chunkSlots)
      chunks.append(Array(repeating: 0, count: chunkBytes))
      free.reserveCapacity(chunks.count * Limits.chunkSlots)
      for index in (first..<first + Int32(Limits.chunkSlots)).reversed() { free.append(index) }
    }
  }

  private var small = Shelf(slotBytes: Limits.smallSlotBytes)
  private var large = Shelf(slotBytes: Limits.largeSlotBytes)
  private let byteMax: Int

  /// Held of the heap, whether in use or not.
  package private(set) var heldBytes = 0
  package private(set) var usedCount = 0
  /// Packets that were not kept because nothing was free, and those larger than any slot.
  package private(set) var fullCount = 0
  package private(set) var oversizeCount = 0

  package init(byteMax: Int) { self.byteMax = byteMax }

  package init() { self.init(byteMax: Limits.poolBytes) }

  /// Copies a packet into a slot; nil when there is none for it.
  package mutating func keep(_ packet: Span<UInt8>) -> PacketSlot? {
    guard packet.count <= large.slotBytes else {
      oversizeCount += 1
      return nil
    }
    // A large slot will do where no small one can be had.
    if packet.count <= small.slotBytes, let index = Self.take(&small, &heldBytes, byteMax) {
      usedCount += 1
      Self.copy(packet, to: index, of: &small)
      return PacketSlot(index: index, isLarge: false)
    }
    guard let index = Self.take(&large, &heldBytes, byteMax) else {
      fullCount += 1
      return nil
    }
    usedCount += 1
    Self.copy(packet, to: index, of: &large)
    return PacketSlot(index: index, isLarge: true)
  }

  private static func take(_ shelf: inout Shelf, _ heldBytes: inout Int, _ byteMax: Int) -> Int32? {
    if shelf.free.isEmpty, heldBytes + shelf.chunkBytes <= byteMax {
      heldBytes += shelf.chunkBytes
      shelf.grow()
    }
    return shelf.free.popLast()
  }

  private static func copy(_ packet: Span<UInt8>, to index: Int32, of shelf: inout Shelf) {
    let index = Int(index)
    let start = index % Limits.chunkSlots * shelf.slotBytes
    var bytes = shelf.chunks[index / Limits.chunkSlots].mutableSpan
    for offset in packet.indices { bytes[start + offset] = packet[offset] }
  }

  package mutating func giveBack(_ slot: PacketSlot) {
    usedCount -= 1
    if slot.isLarge { large.free.append(Int32(slot.index)) } else { small.free.append(Int32(slot.index)) }
  }

  /// The first bytes of a slot.
  package func read<Result>(_ slot: PacketSlot, count: Int, _ body: (Span<UInt8>) -> Result) -> Result {
    slot.isLarge
      ? Self.read(large, slot.index, count, body) : Self.read(small, slot.index, count, body)
  }

  private static func read<Result>(
    _ shelf: Shelf, _ index: Int, _ count: Int, _ body: (Span<UInt8>) -> Result
  ) -> Result {
    let start = index % Limits.chunkSlots * shelf.slotBytes
    let chunk = shelf.chunks[index / Limits.chunkSlots]
    return body(chunk.span.extracting(start..<start + count))
  }
}
