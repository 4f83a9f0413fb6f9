// The other end of a flow in virtual time: notes when packets come, and reports it as browsers do, each 50 to 100 ms by seed.
// Now and then a report is lost on its way back.

/// Times in microseconds.
struct Receiver {
  struct Packet {
    let at: Int64
    let sequence: UInt16
    let bytes: Int
  }

  private var arriving: [Packet] = []
  private var reported: UInt16 = 0
  private var received: [UInt16: Int64] = [:]
  private var highest: UInt16?
  private var nextReport: Int64 = 0
  private var reports: [(at: Int64, packets: [(UInt16, Int64?)])] = []
  private var random: Seeded
  private let clockOffset: Int64
  private let interval: Int64
  /// Of its reports.
  private let loss: Double

  init(seed: UInt64) {
    random = Seeded(seed ^ 0x5EED)
    clockOffset = Int64(seed % 1_000_000) * 1_000
    interval = Int64(random.range(50_000, 100_000))
    loss = seed % 4 == 0 ? 0.05 : 0
  }

  mutating func expect(_ sequence: UInt16, _ bytes: Int, at time: Int64) {
    var place = arriving.count
    while place > 0, arriving[place - 1].at > time { place -= 1 }
    arriving.insert(Packet(at: time, sequence: sequence, bytes: bytes), at: place)
  }

  mutating func next(_ now: Int64) -> Packet? {
    guard let first = arriving.first, first.at <= now else { return nil }
    arriving.removeFirst()
    received[first.sequence] = first.at + clockOffset
    if let known = highest {
      if Int16(bitPattern: first.sequence &- known) > 0 { highest = first.sequence }
    } else {
      highest = first.sequence
    }
    return first
  }

  mutating func report(_ now: Int64, back delay: Int64) {
    guard now >= nextReport, let highest, Int16(bitPattern: highest &- reported) >= 0 else { return }
    nextReport = now + interval
    var packets: [(UInt16, Int64?)] = []
    while Int16(bitPattern: highest &- reported) >= 0 {
      packets.append((reported, received.removeValue(forKey: reported)))
      reported &+= 1
    }
    if random.unit() >= loss { reports.append((now + delay, packets)) }
  }

  mutating func nextReport(_ now: Int64) -> [(UInt16, Int64?)]? {
    guard let first = reports.first, first.at <= now else { return nil }
    reports.removeFirst()
    return first.packets
  }
}
