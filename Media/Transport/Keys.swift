// By what datagrams find their peer: the address they come from, and in a first check our ufrag.

import Structures
import Wire

struct AddressKey: IndexKey {
  let address: TransportAddress
  /// Link-local addresses are the same on every interface.
  let scope: UInt32

  init(_ path: Path) {
    address = path.remote
    scope = path.scope
  }

  var words: (UInt64, UInt64) { (address.high ^ UInt64(scope) << 16 ^ UInt64(address.port), address.low) }
}

/// A ufrag of ours: short, so that it is a key without memory of its own.
struct Ufrag: IndexKey {
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0
  private var fourth: UInt64 = 0
  private let byteCount: UInt8

  /// Nil where it is empty or longer than any of ours.
  init?(_ bytes: Span<UInt8>) {
    guard 1...Limits.ufragByteCount ~= bytes.count else { return nil }
    byteCount = UInt8(bytes.count)
    for index in bytes.indices {
      let bits = UInt64(bytes[index]) << UInt64(index % 8 * 8)
      switch index / 8 {
      case 0: first |= bits
      case 1: second |= bits
      case 2: third |= bits
      default: fourth |= bits
      }
    }
  }

  /// Of the user name in a check, which is ours, a colon, theirs.
  init?(ofUsername name: Span<UInt8>) {
    var end = 0
    while end < name.count, name[end] != UInt8(ascii: ":") { end += 1 }
    guard end < name.count else { return nil }
    self.init(name.extracting(..<end))
  }

  var words: (UInt64, UInt64) { (first ^ third &* 31, second ^ fourth &* 31 ^ UInt64(byteCount)) }
}
