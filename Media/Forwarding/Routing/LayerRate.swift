// How much a stream takes at present, in all and up to each temporal layer, and how many pictures it has: measured over
// half a second, because that is how soon a choice among layers has to see a change.

import Structures

struct LayerRate {
  /// Temporal layers that are told apart; what is higher counts with the last.
  static let temporalCount = 4

  private var since: Instant?
  private var newestAt = Instant(nanoseconds: 0)
  private var bytes = InlineArray<4, Int>(repeating: 0)
  private var pictures = InlineArray<4, Int>(repeating: 0)
  private var bitsPerSecond = InlineArray<4, Int>(repeating: 0)
  private var picturesPerSecond = InlineArray<4, Int>(repeating: 0)
  /// How many temporal layers were seen in the last whole interval.
  private(set) var temporalLayers = 1
  /// The most sizes that one picture of it had.
  private(set) var spatialLayers = 1

  mutating func sent(_ byteCount: Int, _ layers: FrameLayers, isNewPicture: Bool, at now: Instant) {
    if let start = since {
      let passed = now.milliseconds(since: start)
      if passed >= Limits.layerRateMilliseconds { close(passed, at: now) }
    } else {
      since = now
    }
    newestAt = now
    let layer = min(Int(layers.temporal), Self.temporalCount - 1)
    spatialLayers = max(spatialLayers, Int(layers.spatial) + 1)
    bytes[layer] += byteCount
    if isNewPicture { pictures[layer] += 1 }
  }

  private mutating func close(_ milliseconds: Int64, at now: Instant) {
    since = now
    // After a silence of any length what came before it says nothing.
    let isWhole = milliseconds < 2 * Limits.layerRateMilliseconds
    var layer = 0
    var layers = 1
    while layer < Self.temporalCount {
      if isWhole {
        bitsPerSecond[layer] = bytes[layer] * 8_000 / Int(milliseconds)
        picturesPerSecond[layer] = Int((Int64(pictures[layer]) * 1_000 + milliseconds / 2) / milliseconds)
      }
      if bytes[layer] > 0 { layers = layer + 1 }
      bytes[layer] = 0
      pictures[layer] = 0
      layer += 1
    }
    if isWhole { temporalLayers = layers }
  }

  func isLive(at now: Instant) -> Bool {
    since != nil && now.milliseconds(since: newestAt) < Limits.layerSilenceMilliseconds
  }

  /// Of all temporal layers up to this one; zero before the first interval is over.
  func bitsPerSecond(through temporal: Int) -> Int { sum(bitsPerSecond, temporal) }
  func picturesPerSecond(through temporal: Int) -> Int { sum(picturesPerSecond, temporal) }

  private func sum(_ values: InlineArray<4, Int>, _ temporal: Int) -> Int {
    var total = 0
    var layer = 0
    while layer <= min(temporal, Self.temporalCount - 1) {
      total += values[layer]
      layer += 1
    }
    return total
  }
}
