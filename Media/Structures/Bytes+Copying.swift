// A copy of bytes that are only lent, in one step.

extension [UInt8] {
  package init(copying bytes: Span<UInt8>) {
    self.init(unsafeUninitializedCapacity: bytes.count) { buffer, count in
      for index in 0..<bytes.count { buffer.initializeElement(at: index, to: bytes[index]) }
      count = bytes.count
    }
  }
}
