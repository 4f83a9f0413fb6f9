// What lies between callers and the server: datagrams are late, lost by themselves or in bursts, doubled, out of order,
// and strangers put in theirs. Time goes in milliseconds. An address says whose it is, which of the person's paths, and
// the how-manieth mapping of the NAT before it.

import Structures
import Wire

/// One direction of one person's line.
struct Weather {
  var delayMilliseconds = 20
  var jitterMilliseconds = 0
  /// Whether jitter lets a datagram overtake another; else those behind wait, as in a queue.
  var keepsOrder = true
  var lossPerMille = 0
  /// How often a burst begins, and how long it lasts.
  var burstPerMille = 0
  var burstMilliseconds = 0
  var doublePerMille = 0
  /// Those that are overtaken by what comes up to 30 ms later.
  var latePerMille = 0
}

struct Parcel {
  enum Destination {
    case server(TransportAddress)
    case person(Int)
  }

  var destination: Destination
  var bytes: [UInt8]
}

final class BadNetwork {
  static let server = TransportAddress(ipv4: 0xC000_0201, port: 5_000)
  private static let spokes = 4_096

  var seeded: Seeded
  var now: Int64 = 0
  private var wheel: [[Parcel]]
  private var occupied: [UInt64]
  private(set) var underWay = 0

  var up: [Weather] = []
  var down: [Weather] = []
  /// Which mapping each person's NAT uses; what goes to an older one is lost.
  var mappings: [Int] = []
  /// When the last datagram of a line arrives, in each direction.
  private var upLast: [Int64] = []
  private var downLast: [Int64] = []
  private var upBurstEnd: [Int64] = []
  private var downBurstEnd: [Int64] = []

  /// Of 1,000 datagrams to the server, how many bring something of a stranger along.
  var hostilePerMille = 0
  /// Strange datagrams with the look of media that a person got: they count as not authentic there.
  private(set) var strangeToPerson: [Int] = []
  private(set) var lost = 0
  /// Nothing of the server's arrives, nor is it kept.
  var isHole = false
  private(set) var swallowed = 0
  /// Whose datagrams are kept instead of being carried.
  var catches: Int?
  private(set) var caught: [[UInt8]] = []
  private(set) var carried = 0

  init(seed: UInt64) {
    seeded = Seeded(seed)
    wheel = Array(repeating: [], count: Self.spokes)
    occupied = Array(repeating: 0, count: Self.spokes / 64)
  }

  func addPerson(up: Weather, down: Weather) {
    self.up.append(up)
    self.down.append(down)
    mappings.append(0)
    upLast.append(0)
    downLast.append(0)
    upBurstEnd.append(0)
    downBurstEnd.append(0)
    strangeToPerson.append(0)
  }

  func address(of person: Int, path: Int32) -> TransportAddress {
    TransportAddress(
      ipv4: 0x0A00_0000 | UInt32(person) << 8 | UInt32(path), port: UInt16(10_000 + mappings[person]))
  }

  /// Nobody else holds them afterwards, so that they can be opened where they lie.
  func takeCaught() -> [[UInt8]] {
    defer { caught = [] }
    return caught
  }

  // MARK: Ways in

  func fromPerson(_ person: Int, path: Int32, _ bytes: [UInt8]) {
    if person == catches {
      caught.append(bytes)
      return
    }
    let source = address(of: person, path: path)
    if hostilePerMille > 0, seeded.happens(hostilePerMille) { intrude(upon: person, source, with: bytes) }
    if up[person].burstPerMille > 0, seeded.happens(up[person].burstPerMille) {
      upBurstEnd[person] = now + Int64(up[person].burstMilliseconds)
    }
    guard now >= upBurstEnd[person] else {
      lost += 1
      return
    }
    carry(Parcel(destination: .server(source), bytes: bytes), up[person], after: &upLast[person])
  }

  func fromServer(to address: TransportAddress, _ slot: [UInt8], _ count: Int) {
    swallowed += 1
    if isHole { return }
    let person = Int(address.ipv4 >> 8 & 0xFFFF)
    guard person < mappings.count, address.port == UInt16(10_000 + mappings[person]),
      address.ipv4 >> 24 == 10
    else { return }
    if down[person].burstPerMille > 0, seeded.happens(down[person].burstPerMille) {
      downBurstEnd[person] = now + Int64(down[person].burstMilliseconds)
    }
    guard now >= downBurstEnd[person] else {
      lost += 1
      return
    }
    carry(
      Parcel(destination: .person(person), bytes: Array(slot[..<count])), down[person],
      after: &downLast[person])
  }

  private func carry(_ parcel: Parcel, _ weather: Weather, after last: inout Int64) {
    if seeded.happens(weather.lossPerMille) {
      lost += 1
      return
    }
    carried += 1
    var delay = weather.delayMilliseconds
    if weather.jitterMilliseconds > 0 { delay += seeded.below(weather.jitterMilliseconds + 1) }
    var arrival = now + Int64(delay)
    if weather.keepsOrder {
      arrival = max(arrival, last)
      last = arrival
    }
    if seeded.happens(weather.latePerMille) { arrival += Int64(seeded.within(1...30)) }
    put(parcel, at: arrival)
    if seeded.happens(weather.doublePerMille) { put(parcel, at: arrival + Int64(seeded.below(20))) }
  }

  private func put(_ parcel: Parcel, at time: Int64) {
    let spoke = Int(max(time, now + 1)) & (Self.spokes - 1)
    wheel[spoke].append(parcel)
    occupied[spoke >> 6] |= 1 << UInt64(spoke & 63)
    underWay += 1
  }

  // MARK: The way out

  /// When the next datagram arrives.
  var deadline: Int64? {
    guard underWay > 0 else { return nil }
    let first = Int(now + 1) & (Self.spokes - 1)
    for step in 0...occupied.count {
      let word = (first >> 6 + step) & (occupied.count - 1)
      var bits = occupied[word]
      if step == 0 { bits &= ~0 << UInt64(first & 63) }
      if step == occupied.count { bits &= ~(~0 << UInt64(first & 63)) }
      guard bits != 0 else { continue }
      let spoke = word << 6 + bits.trailingZeroBitCount
      return now + 1 + Int64((spoke - first) & (Self.spokes - 1))
    }
    return nil
  }

  /// What arrives at this moment.
  func arrivals() -> [Parcel] {
    let spoke = Int(now) & (Self.spokes - 1)
    guard occupied[spoke >> 6] >> UInt64(spoke & 63) & 1 == 1 else { return [] }
    occupied[spoke >> 6] &= ~(1 << UInt64(spoke & 63))
    let parcels = wheel[spoke]
    wheel[spoke] = []
    underWay -= parcels.count
    return parcels
  }

  // MARK: Strangers

  /// Something false beside a true datagram: its twin, a part of it, a changed one, or noise, from the same address or
  /// from a stranger's. Checks are repeated from their own address only, since STUN itself cannot tell a repetition.
  private func intrude(upon person: Int, _ source: TransportAddress, with bytes: [UInt8]) {
    let isCheck = bytes.first.map { $0 < 4 } ?? true
    // Who stands on the way can end any handshake: its messages are not signed one by one.
    let isHandshake = bytes.first.map { 20...63 ~= $0 } ?? false
    let stranger = TransportAddress(ipv4: 0xCB00_7100 | UInt32(seeded.below(200)), port: 9)
    let from = seeded.happens(700) ? source : stranger
    var false_ = bytes
    switch isHandshake ? [0, 3, 4, 5][seeded.below(4)] : seeded.below(6) {
    case 0:
      put(
        Parcel(destination: .server(isCheck ? source : from), bytes: bytes),
        at: now + Int64(seeded.within(1...900)))
      return
    case 1: false_ = Array(bytes.prefix(seeded.below(max(1, bytes.count))))
    case 2:
      guard !false_.isEmpty else { return }
      for _ in 0...seeded.below(4) { false_[seeded.below(false_.count)] ^= UInt8(1 + seeded.below(255)) }
    case 3: false_ = noise(first: [0, 1, 20, 22, 63, 128, 128, 144, 200, 255][seeded.below(10)])
    case 4: false_ = noise(first: 0x80)
    default:
      // To the person, as if from the server.
      let strange = noise(first: [0, 1, 22, 128, 144, 129][seeded.below(6)])
      strangeToPerson[person] += 1
      put(Parcel(destination: .person(person), bytes: strange), at: now + Int64(seeded.within(1...50)))
      return
    }
    put(Parcel(destination: .server(from), bytes: false_), at: now + Int64(seeded.within(1...50)))
  }

  private func noise(first: UInt8) -> [UInt8] {
    var bytes = (0..<seeded.within(1...120)).map { _ in UInt8(truncatingIfNeeded: seeded.next()) }
    bytes[0] = first
    return bytes
  }
}
