// What links do, and what is measured of an estimate on them.

import Bandwidth
import Structures

/// Results by name, one figure for each seed.
struct Figures {
  private(set) var names: [String] = []
  private var values: [String: [Double]] = [:]

  mutating func add(_ name: String, _ value: Double) {
    if values[name] == nil { names.append(name) }
    values[name, default: []].append(value)
  }

  func percentile(_ name: String, _ share: Double) -> Double { (values[name] ?? []).percentile(share) }

  /// The share of seeds for which it holds.
  func share(_ name: String, _ holds: (Double) -> Bool) -> Double {
    let all = values[name] ?? []
    return all.isEmpty ? 0 : Double(all.count(where: holds)) / Double(all.count)
  }
}

enum Scenes {
  static func road(_ seed: UInt64, bits: Double? = nil, _ sources: [Flow.Source]) -> Road {
    var random = Seeded(seed)
    let rate = bits ?? random.range(400_000, 6_000_000)
    let delay = Int64(random.range(5_000, 80_000))
    let queue = Int(rate / 8 * random.range(0.15, 1.0))
    var link = Bottleneck(bitsPerSecond: rate, queueBytes: max(queue, 15_000), delay: delay, seed: seed)
    link.jitter = random.range(0, 4)
    return Road(link: link, flows: sources.enumerated().map { Flow($1, seed: seed &+ UInt64($0) &* 7_919) })
  }

  /// The estimate's mean over some seconds, as a share of what the link bears.
  static func mean(_ road: inout Road, seconds: Double) -> Double {
    var sum = 0.0
    var count = 0.0
    for _ in 0..<Int(seconds * 10) {
      road.run(seconds: 0.1)
      sum += Double(road.flows[0].estimate.bitsPerSecond ?? 0) / road.link.bitsPerSecond
      count += 1
    }
    return sum / count
  }

  /// Seconds until something holds for half a second; the limit if it never does.
  static func time(_ road: inout Road, limit: Double, _ holds: (borrowing Road) -> Bool) -> Double {
    let began = road.now
    var since: Int64?
    while Double(road.now - began) < limit * 1_000_000 {
      road.run(seconds: 0.05)
      if holds(road) {
        since = since ?? road.now
        if let since, road.now - since >= 500_000 { return Double(since - began) / 1_000_000 }
      } else {
        since = nil
      }
    }
    return limit
  }

  static func ratio(_ road: borrowing Road) -> Double {
    Double(road.flows[0].estimate.bitsPerSecond ?? 0) / road.link.bitsPerSecond
  }

  static func converging(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, [.elastic])
    road.run(seconds: 5)
    figures.add("share of the link after 5 s", mean(&road, seconds: 5))
    figures.add("queue p95 in ms", road.link.waits.percentile(0.95))
  }

  static func stepping(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: Seeded(seed).copyRange(1_500_000, 6_000_000), [.elastic])
    let bits = road.link.bitsPerSecond
    road.run(seconds: 10)
    road.link.bitsPerSecond = bits / 3
    let began = road.now
    figures.add("seconds to come down to a third", time(&road, limit: 15) { ratio($0) < 1.1 })
    // Below it first, so that the queue drains.
    let down = Double(road.now - began) / 1_000_000
    figures.add("seconds to fit it", down + time(&road, limit: 15) { (0.8...1.15).contains(ratio($0)) })
    if road.now < began + 5_000_000 { road.run(seconds: Double(began + 5_000_000 - road.now) / 1_000_000) }
    road.link.forgetWaits()
    road.run(seconds: 5)
    figures.add("queue p95 in ms after the step down", road.link.waits.percentile(0.95))
    road.link.bitsPerSecond = bits
    figures.add("seconds to find it again", time(&road, limit: 20) { ratio($0) > 0.8 })
  }

  static func sharing(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: Seeded(seed).copyRange(1_500_000, 6_000_000), [.elastic, .elastic])
    road.run(seconds: 15)
    let taken = road.flows.indices.map { road.flows[$0].takeArrivedBytes() }
    _ = taken
    road.run(seconds: 30)
    let bytes = road.flows.indices.map { Double(road.flows[$0].takeArrivedBytes()) }
    figures.add("share of the one with less", (bytes.min() ?? 0) / max(1, bytes[0] + bytes[1]))
    figures.add("use of the link by two", (bytes[0] + bytes[1]) * 8 / 30 / road.link.bitsPerSecond)
    figures.add("queue p95 in ms with two", road.link.waits.percentile(0.95))
  }

  /// The second comes when the first has all of it.
  static func joining(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: Seeded(seed).copyRange(1_500_000, 6_000_000), [.elastic])
    road.run(seconds: 15)
    road.flows.append(Flow(.elastic, seed: seed &+ 7_919, from: road.now))
    road.run(seconds: 15)
    for index in road.flows.indices { _ = road.flows[index].takeArrivedBytes() }
    road.run(seconds: 30)
    let bytes = road.flows.indices.map { Double(road.flows[$0].takeArrivedBytes()) }
    figures.add("share of the one who came later", bytes[1] / max(1, bytes[0] + bytes[1]))
  }

  /// Wireless: jitter of a picture's length, and packets that overtake each other.
  static func restless(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, [.elastic])
    road.link.jitter = Seeded(seed).copyRange(8, 25)
    road.link.reordered = 0.01
    road.link.loss = 0.005
    road.run(seconds: 5)
    figures.add("share of a restless link after 5 s", mean(&road, seconds: 5))
    figures.add("queue p95 in ms on a restless link", road.link.waits.percentile(0.95))
  }

  static func losing(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: Seeded(seed).copyRange(800_000, 4_000_000), [.elastic])
    road.link.delay = 50_000
    road.link.loss = 0.05
    road.run(seconds: 5)
    figures.add("share of the link at 5 % loss", mean(&road, seconds: 10))
  }

  static func layered(_ seed: UInt64, _ figures: inout Figures) {
    // Just about what the middle size and sound take.
    var road = road(seed, bits: Seeded(seed).copyRange(520_000, 640_000), [.layered])
    road.run(seconds: 10)
    let before = road.flows[0].changes.count
    road.run(seconds: 60)
    figures.add("changes a minute at a boundary", Double(road.flows[0].changes.count - before))
    figures.add("audio lost at a boundary", Double(road.flows[0].audioLost) / Double(road.flows[0].audioSent))
  }

  static func narrowing(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: 3_000_000, [.layered])
    road.run(seconds: 8)
    figures.add("layer reached on a wide link", Double(road.flows[0].layer))
    let audio = road.flows[0].audioLost
    road.link.bitsPerSecond = 500_000
    road.link.queueBytes = 30_000
    let down = time(&road, limit: 10) { $0.flows[0].layer == 0 }
    figures.add("seconds to the small size at 500 kbit/s", down)
    road.run(seconds: 10)
    figures.add("audio packets lost at 500 kbit/s", Double(road.flows[0].audioLost - audio))
    road.link.bitsPerSecond = 3_000_000
    road.link.queueBytes = 100_000
    figures.add("seconds to the large size again", time(&road, limit: 20) { $0.flows[0].layer == 2 })
  }

  static func cut(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: Seeded(seed).copyRange(800_000, 4_000_000), [.elastic])
    road.run(seconds: 10)
    road.link.isCut = true
    road.run(seconds: 2)
    road.link.isCut = false
    figures.add("seconds to 60 % after a cut of 2 s", time(&road, limit: 10) { ratio($0) > 0.6 })
  }

  static func beside(_ seed: UInt64, _ figures: inout Figures) {
    var road = road(seed, bits: Seeded(seed).copyRange(2_000_000, 6_000_000), [.elastic, .transfer])
    road.link.queueBytes = Int(road.link.bitsPerSecond / 8 * 0.2)
    road.run(seconds: 10)
    _ = road.flows[0].takeArrivedBytes()
    road.run(seconds: 20)
    figures.add(
      "share beside a file transfer",
      Double(road.flows[0].takeArrivedBytes()) * 8 / 20 / road.link.bitsPerSecond)
  }

  static let all: [@Sendable (UInt64, inout Figures) -> Void] = [
    converging, stepping, sharing, joining, restless, losing, layered, narrowing, cut, beside,
  ]
}

extension Seeded {
  func copyRange(_ low: Double, _ high: Double) -> Double {
    var copy = self
    return copy.range(low, high)
  }
}
