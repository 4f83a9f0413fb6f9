// Numbers in network order, read from and written to bytes without copying. Every reader of a wire format checks its
// length once and then uses these; the bounds checks underneath are what makes a wrong check a trap and not a leak.

extension Span<UInt8> {
  @inlinable package func uint16(at offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
  }

  @inlinable package func uint24(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 16 | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2])
  }

  @inlinable package func uint32(at offset: Int) -> UInt32 {
    UInt32(uint16(at: offset)) << 16 | UInt32(uint16(at: offset + 2))
  }

  @inlinable package func uint64(at offset: Int) -> UInt64 {
    UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset + 4))
  }
}

extension MutableSpan<UInt8> {
  @inlinable @_lifetime(self: copy self)
  package mutating func store(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  @inlinable @_lifetime(self: copy self)
  package mutating func store(_ value: UInt32, at offset: Int) {
    store(UInt16(truncatingIfNeeded: value >> 16), at: offset)
    store(UInt16(truncatingIfNeeded: value), at: offset + 2)
  }

  @inlinable @_lifetime(self: copy self)
  package mutating func store(_ value: UInt64, at offset: Int) {
    store(UInt32(truncatingIfNeeded: value >> 32), at: offset)
    store(UInt32(truncatingIfNeeded: value), at: offset + 4)
  }
}

extension Range<Int> {
  /// The first place, if there is any. The collection's own `first` takes memory from the heap in debug builds, and the
  /// tests that count allocations run in those.
  var start: Int? { isEmpty ? nil : lowerBound }
}
