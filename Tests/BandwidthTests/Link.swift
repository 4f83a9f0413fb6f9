// A link in virtual time: one bottleneck with a queue in front of it, a way there and back, loss and jitter by seed, and flows
// that share it, each with a receiver that reports as browsers do.

import Bandwidth
import Structures

/// SplitMix64: the same seed gives the same run.
struct Seeded {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
  mutating func range(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }
}

/// Times in microseconds.
struct Bottleneck {
  var bitsPerSecond: Double
  var queueBytes: Int
  var delay: Int64
  var loss = 0.0
  var jitter = 0.0
  /// Of all packets, this share comes some milliseconds later than those behind it.
  var reordered = 0.0
  var isCut = false
  var random: Seeded

  private var busyUntil = 0.0
  private var lastArrival: Int64 = 0
  /// How long each packet waited.
  private(set) var waits: [Double] = []
  private(set) var dropped = 0

  init(bitsPerSecond: Double, queueBytes: Int, delay: Int64, seed: UInt64) {
    self.bitsPerSecond = bitsPerSecond
    self.queueBytes = queueBytes
    self.delay = delay
    random = Seeded(seed)
  }

  /// When it arrives; nil if it does not.
  mutating func carry(_ bytes: Int, at now: Int64) -> Int64? {
    let start = max(Double(now), busyUntil)
    let waiting = (start - Double(now)) * bitsPerSecond / 8_000_000
    guard !isCut, Int(waiting) + bytes <= queueBytes else {
      dropped += 1
      return nil
    }
    busyUntil = start + Double(bytes) * 8_000_000 / bitsPerSecond
    waits.append((start - Double(now)) / 1_000)
    if random.unit() < loss { return nil }
    let arrival = Int64(busyUntil) + delay + Int64(jitter * random.unit() * 1_000)
    if reordered > 0, random.unit() < reordered { return max(lastArrival, arrival) + 12_000 }
    lastArrival = max(lastArrival, arrival)
    return lastArrival
  }

  mutating func forgetWaits() { waits = [] }
}

/// What one sender does on the link, and what comes back to it.
struct Flow {
  enum Source {
    /// As much as the estimate allows.
    case elastic
    /// Three sizes of a picture, chosen by the allocation.
    case layered
    /// Window of a file transfer: grows by a packet a round trip, halves with a loss.
    case transfer
  }

  let source: Source
  var estimate = LinkEstimate()
  private(set) var layer = -1
  private(set) var changes: [(at: Int64, to: Int)] = []
  private(set) var arrivedBytes = 0
  private(set) var audioLost = 0
  private(set) var audioSent = 0

  private var sequence: UInt16 = 0
  private var queue: [(at: Int64, bytes: Int)] = []
  private var nextFrame: Int64 = 0
  private var nextAudio: Int64 = 0
  private var nextAllocation: Int64 = 0
  private var hold = UpgradeHold()
  private var probe: (left: Int, spacing: Int64, next: Int64)?
  private var isKey = true

  private var receiver: Receiver

  private var window = 10.0
  private var underWay = 0

  static let layers = [150_000, 500_000, 1_500_000]

  init(_ source: Source, seed: UInt64, from start: Int64 = Road.start) {
    self.source = source
    receiver = Receiver(seed: seed)
    nextFrame = start + Int64(seed % 33) * 1_000
    nextAudio = start + Int64(seed % 20) * 1_000
  }

  private func instant(_ time: Int64) -> Instant { Instant(nanoseconds: time * 1_000) }

  /// One millisecond.
  mutating func step(_ now: Int64, _ link: inout Bottleneck) {
    hear(now)
    if source == .transfer {
      transfer(now, &link)
    } else {
      if now >= nextAllocation { allocate(now) }
      produce(now)
      while let first = queue.first, first.at <= now {
        queue.removeFirst()
        send(first.bytes, now, &link)
      }
      runProbe(now, &link)
    }
    receive(now)
    if source != .transfer { receiver.report(now, back: link.delay) }
  }

  private mutating func allocate(_ now: Int64) {
    nextAllocation = now + 100_000
    estimate.tick(at: instant(now))
    let audio = 40_000
    let budget = max(0, (estimate.bitsPerSecond ?? 10_000_000) - audio)
    guard source == .layered else {
      if let found = estimate.probe(wanting: 10_000_000, at: instant(now)) { begin(found, now) }
      return
    }
    var one = Candidate(id: 0, rank: 0, present: layer, hold: hold)
    for (index, bits) in Self.layers.enumerated() {
      one.add(.init(layer: UInt8(index), temporal: 0, bitsPerSecond: bits))
    }
    var all = [one]
    var span = all.mutableSpan
    let wanted = Allocation.share(budget, among: &span, at: instant(now))
    if all[0].choice != layer {
      hold.went(up: all[0].choice > layer, at: instant(now))
      changes.append((now, all[0].choice))
      layer = all[0].choice
      isKey = true
    }
    if let wanted, let found = estimate.probe(wanting: wanted + audio, at: instant(now)) { begin(found, now) }
  }

  private mutating func begin(_ found: Probe, _ now: Int64) {
    probe = (found.byteCount, found.spacing(after: 1_200), now)
  }

  private mutating func runProbe(_ now: Int64, _ link: inout Bottleneck) {
    guard var open = probe else { return }
    while open.left > 0, open.next <= now {
      send(1_200, now, &link)
      open.left -= 1_200
      open.next += open.spacing
    }
    probe = open.left > 0 ? open : nil
  }

  private mutating func produce(_ now: Int64) {
    if now >= nextAudio {
      nextAudio += 20_000
      queue.append((now, 100))
      audioSent += 1
    }
    guard now >= nextFrame else { return }
    nextFrame += 33_000
    var bits: Double
    switch source {
    case .elastic: bits = Double(max(0, (estimate.bitsPerSecond ?? 300_000) - 40_000))
    default: bits = layer < 0 ? 0 : Double(Self.layers[layer])
    }
    if isKey, source == .layered {
      isKey = false
      bits *= 3
    }
    var left = Int(bits * 0.033 / 8)
    let count = max(1, (left + 1_099) / 1_100)
    for index in 0..<count where left > 0 {
      queue.append((now + Int64(index) * 13_000 / Int64(count), min(left, 1_100)))
      left -= 1_100
    }
    queue.sort { $0.at < $1.at }
  }

  private mutating func send(_ bytes: Int, _ now: Int64, _ link: inout Bottleneck) {
    estimate.sent(sequence, bytes: bytes, at: instant(now))
    if let arrival = link.carry(bytes, at: now) {
      receiver.expect(sequence, bytes, at: arrival)
    } else if bytes == 100 {
      audioLost += 1
    }
    sequence &+= 1
  }

  private mutating func transfer(_ now: Int64, _ link: inout Bottleneck) {
    while Double(underWay) < window {
      underWay += 1
      let number = sequence
      sequence &+= 1
      if let arrival = link.carry(1_400, at: now) {
        receiver.expect(number, 1_400, at: arrival)
      } else {
        window = max(2, window / 2)
        underWay -= 1
        return
      }
    }
  }

  private mutating func receive(_ now: Int64) {
    while let packet = receiver.next(now) {
      arrivedBytes += packet.bytes
      guard source == .transfer else { continue }
      underWay -= 1
      window += 1 / window
    }
  }

  private mutating func hear(_ now: Int64) {
    while let packets = receiver.nextReport(now) {
      for (number, time) in packets {
        estimate.heard(number, ticks: time.map { $0 / 250 }, at: instant(now))
      }
      estimate.conclude(at: instant(now))
    }
  }

  mutating func takeArrivedBytes() -> Int {
    defer { arrivedBytes = 0 }
    return arrivedBytes
  }
}

/// Flows on one link; time goes on by the millisecond.
struct Road {
  var link: Bottleneck
  var flows: [Flow]
  static let start: Int64 = 1_000_000
  var now = start

  mutating func run(seconds: Double) {
    let end = now + Int64(seconds * 1_000_000)
    while now < end {
      for index in flows.indices { flows[index].step(now, &link) }
      now += 1_000
    }
  }
}

extension [Double] {
  func percentile(_ share: Double) -> Double {
    guard !isEmpty else { return 0 }
    return sorted()[Swift.min(count - 1, Int(share * Double(count)))]
  }
}
