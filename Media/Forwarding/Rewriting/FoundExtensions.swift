// Where a packet's header extensions stand, found in one walk by what they mean. Extensions have the same ids on all
// m-lines of one transport (RFC 8843 section 9.1), so that a walk needs to know the peer alone.

import Link
import Wire

/// What the ids of one peer mean.
struct ExtensionKinds {
  enum Kind: UInt8 {
    case none, mid, rid, repairedRid, audioLevel, transportSequence, absoluteSendTime, orientation
    case playoutDelay, dependencyDescriptor
  }

  private var kinds = InlineArray<16, UInt8>(repeating: 0)

  mutating func add(_ map: ExtensionMap) {
    set(map.mid, .mid)
    set(map.rid, .rid)
    set(map.repairedRid, .repairedRid)
    set(map.audioLevel, .audioLevel)
    set(map.transportSequence, .transportSequence)
    set(map.absoluteSendTime, .absoluteSendTime)
    set(map.orientation, .orientation)
    set(map.playoutDelay, .playoutDelay)
    set(map.dependencyDescriptor, .dependencyDescriptor)
  }

  private mutating func set(_ id: UInt8, _ kind: Kind) {
    if (1...15).contains(id) { kinds[Int(id)] = kind.rawValue }
  }

  subscript(_ id: UInt8) -> Kind { id < 16 ? Kind(rawValue: kinds[Int(id)]) ?? .none : .none }
}

/// A value's place in a packet; a count of zero where there is none.
struct ValuePlace {
  private var start: UInt16 = 0
  private(set) var count: UInt16 = 0

  init() {}

  init(_ range: Range<Int>) {
    start = UInt16(truncatingIfNeeded: range.lowerBound)
    count = UInt16(truncatingIfNeeded: range.count)
  }

  var isThere: Bool { count > 0 }
  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

struct FoundExtensions {
  private(set) var mid = ValuePlace()
  private(set) var rid = ValuePlace()
  private(set) var repairedRid = ValuePlace()
  private(set) var audioLevel = ValuePlace()
  private(set) var transportSequence = ValuePlace()
  private(set) var orientation = ValuePlace()
  private(set) var playoutDelay = ValuePlace()
  private(set) var dependencyDescriptor = ValuePlace()

  init(_ packet: Span<UInt8>, _ header: RTPHeader, _ kinds: ExtensionKinds) {
    guard var walk = HeaderExtensions(header) else { return }
    while let element = walk.next(in: packet) {
      let place = ValuePlace(element.value)
      let count = element.value.count
      switch kinds[element.id] {
      case .none, .absoluteSendTime: break
      // Values of another length than theirs are none: a copy has room for the right ones.
      case .mid: mid = place
      case .rid: rid = place
      case .repairedRid: repairedRid = place
      case .audioLevel: if count == 1 { audioLevel = place }
      case .transportSequence: if count == TransportSequence.byteCount { transportSequence = place }
      case .orientation: if count == 1 { orientation = place }
      case .playoutDelay: if count == 3 { playoutDelay = place }
      case .dependencyDescriptor: dependencyDescriptor = place
      }
    }
  }
}
