// The elements of RTP header extensions in both layouts of RFC 8285: found, walked, and given other ids in place. The
// ids are negotiated with each peer on its own, so that every forwarded copy needs its receiver's.

package struct HeaderExtensions: Equatable, Sendable {
  package enum Layout: Equatable, Sendable {
    /// Ids 1 to 14, values of 1 to 16 bytes.
    case oneByte
    /// Ids 1 to 255, values of 0 to 255 bytes.
    case twoByte
  }

  /// One element: its id and where its value stands in the packet.
  package struct Element: Equatable, Sendable {
    package let id: UInt8
    package let value: Range<Int>
    /// Where the element's own header begins.
    let start: Int
  }

  package let layout: Layout
  private var rest: Range<Int>

  /// Nil when the packet has no extensions or they follow another specification.
  package init?(_ header: RTPHeader) {
    switch header.extensionProfile {
    case 0xBEDE: layout = .oneByte
    case 0x1000...0x100F: layout = .twoByte
    default: return nil
    }
    rest = header.extensions
  }

  /// The next element. What stands after one that breaks the rules is not looked at (RFC 8285 section 4.2).
  package mutating func next(in packet: Span<UInt8>) -> Element? {
    while let start = rest.start {
      if packet[start] == 0 {
        rest = (start + 1)..<rest.upperBound
        continue
      }
      guard let element = element(at: start, in: packet), element.value.upperBound <= rest.upperBound else {
        break
      }
      rest = element.value.upperBound..<rest.upperBound
      return element
    }
    rest = rest.upperBound..<rest.upperBound
    return nil
  }

  private func element(at start: Int, in packet: Span<UInt8>) -> Element? {
    switch layout {
    case .oneByte:
      let id = packet[start] >> 4
      guard id != 0, id != 15 else { return nil }
      return Element(id: id, value: start + 1..<start + 2 + Int(packet[start] & 0x0F), start: start)
    case .twoByte:
      // A zero where the id stands is padding of one byte, passed over before.
      guard start + 1 < rest.upperBound else { return nil }
      return Element(id: packet[start], value: start + 2..<start + 2 + Int(packet[start + 1]), start: start)
    }
  }

  /// Where the value of that id stands.
  package func find(_ id: UInt8, in packet: Span<UInt8>) -> Range<Int>? {
    var walk = self
    while let element = walk.next(in: packet) {
      if element.id == id { return element.value }
    }
    return nil
  }

  /// Gives every element the id its receiver knows it by. Elements the receiver does not know become padding, values
  /// and all: they may say what was not meant for it.
  package func rewrite(_ ids: ExtensionIDs, in packet: inout MutableSpan<UInt8>) {
    var walk = self
    var end = rest.lowerBound
    while let element = walk.next(in: packet.span) {
      end = element.value.upperBound
      let id = ids[element.id]
      if id == 0 {
        for index in element.start..<element.value.upperBound { packet[index] = 0 }
      } else if layout == .oneByte {
        packet[element.start] = id << 4 | packet[element.start] & 0x0F
      } else {
        packet[element.start] = id
      }
    }
    // What no rule can read could be read as anything under the new ids.
    for index in end..<rest.upperBound { packet[index] = 0 }
  }

  static func fuzz(_ bytes: Span<UInt8>, _ header: RTPHeader) {
    guard let extensions = HeaderExtensions(header) else { return }
    var walk = extensions
    var count = 0
    while let element = walk.next(in: bytes) {
      precondition(element.value.upperBound <= header.extensions.upperBound, "values stay inside")
      count += 1
      ExtensionValues.fuzz(bytes, element.value)
    }
    var copy = [UInt8]()
    for index in 0..<bytes.count { copy.append(bytes[index]) }
    var ids = ExtensionIDs()
    for id in UInt8(1)...14 { ids.set(id, to: 15 - id) }
    var span = copy.mutableSpan
    extensions.rewrite(ids, in: &span)
    walk = extensions
    while let element = walk.next(in: copy.span) {
      precondition(element.id <= 14, "only ids that were given are left")
      count -= 1
    }
    precondition(count >= 0, "a rewrite makes no elements")
  }
}

/// Which id a receiver knows a sender's extension by. Ids are 1 to 14, which both layouts can hold; that is what
/// browsers negotiate.
package struct ExtensionIDs: Sendable {
  private var table = InlineArray<15, UInt8>(repeating: 0)

  package init() {}

  /// False when one of the ids cannot stand in a one-byte element.
  @discardableResult
  package mutating func set(_ id: UInt8, to new: UInt8) -> Bool {
    guard (1...14).contains(id), (1...14).contains(new) else { return false }
    table[Int(id)] = new
    return true
  }

  /// Zero for what the receiver does not know.
  package subscript(_ id: UInt8) -> UInt8 { id <= 14 ? table[Int(id)] : 0 }
}
