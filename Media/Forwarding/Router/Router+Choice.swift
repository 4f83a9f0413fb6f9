// Which layers each receiver gets: what it wishes, as far as its link bears it. And which layers of a publisher nobody has:
// those may rest until somebody wants them.

import Link
import Structures
import Wire

extension Router {
  /// Where a new receiver begins.
  func firstLayer(of lead: Int32, _ wish: LayerWish, at now: Instant) -> Int32 {
    let ladder = ladder(of: Int(lead), at: now)
    guard ladder.count > 0 else { return lead }
    var rung = wished(wish, ladder)
    // What comes already can be shown sooner than what has to be asked for.
    while rung > 0, publications[Int(ladder.layers[rung])].isToldIdle { rung -= 1 }
    return ladder.layers[rung]
  }

  /// The place on the ladder that a receiver wishes.
  func wished(_ wish: LayerWish, _ ladder: Ladder) -> Int {
    var rung =
      switch wish.quality {
      case .high: ladder.count - 1
      case .medium: (ladder.count - 1) / 2
      case .low, .off: 0
      }
    guard let heightMax = wish.heightMax else { return rung }
    while rung > 0, let height = publications[Int(ladder.layers[rung])].height, height > heightMax {
      rung -= 1
    }
    return rung
  }

  /// The frame rate that a receiver wishes of a stream, as its highest temporal layer.
  func wishedTemporal(_ wish: LayerWish, of number: Int) -> UInt8 {
    guard let most = wish.framesPerSecondMax else { return 7 }
    var temporal = publications[number].rate.temporalLayers - 1
    let margin = most + most / 8
    while temporal > 0, publications[number].rate.picturesPerSecond(through: temporal) > margin {
      temporal -= 1
    }
    return temporal == publications[number].rate.temporalLayers - 1 ? 7 : UInt8(temporal)
  }

  mutating func chooseLayers(
    of subscription: Int, isFlooded: Bool = false, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let lead = Int(subscriptions[subscription].track)
    guard publications[lead].isVideo, subscriptions[subscription].takes else { return }
    let wish = subscriptions[subscription].wish
    let ladder = ladder(of: lead, at: now)
    if ladder.count > 0 {
      let rung = min(wished(wish, ladder), Int(subscriptions[subscription].allowance.layer))
      let isMoving = subscriptions[subscription].next >= 0
      let goal = ladder.layers[rung]
      if isFlooded, goal != subscriptions[subscription].publication,
        isSmaller(Int(goal), than: Int(subscriptions[subscription].publication))
      {
        // The key frame of a smaller size is waited for without the larger one, or it would drown the sound.
        subscriptions[subscription].pause()
      }
      go(subscription, to: Int(goal), at: now, into: &outlet)
      if !isMoving, subscriptions[subscription].next < 0 { rest(subscription) }
    }
    let current = Int(subscriptions[subscription].publication)
    let temporal = min(wishedTemporal(wish, of: current), subscriptions[subscription].allowance.temporal)
    let spatial = subscriptions[subscription].allowance.spatial(wish, publications[current])
    if subscriptions[subscription].layers.aim(spatial: spatial, temporal: temporal) {
      askForPicture(of: current, at: now, into: &outlet)
    }
  }

  private mutating func rest(_ subscription: Int) { subscriptions[subscription].expectedShift = nil }

  private mutating func go(
    _ subscription: Int, to layer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let current = Int(subscriptions[subscription].publication)
    if layer == current { return dropNext(of: subscription) }
    if subscriptions[subscription].next == layer {
      return askForPicture(of: layer, at: now, into: &outlet)
    }
    dropNext(of: subscription)
    if subscriptions[subscription].isWaiting, !publications[layer].isToldIdle {
      // There is nothing to keep.
      leave(subscription, current)
      subscriptions[subscription].publication = Int32(layer)
      enter(subscription, layer, at: now)
    } else {
      subscriptions[subscription].next = Int32(layer)
      enter(subscription, layer, at: now)
    }
    if publications[layer].isToldIdle { tellWanted(Int(publications[layer].lead), at: now, into: &outlet) }
    askForPicture(of: layer, at: now, into: &outlet)
  }

  // MARK: what a publisher is told

  /// From time to time, of all that a publisher sends in layers.
  mutating func reviewLayers(
    of peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    peers[peer].layersAt = .distantFuture
    var index = 0
    while index < peers[peer].publications.count {
      let number = Int(peers[peer].publications[index])
      index += 1
      guard publications[number].isVideo, publications[number].lead == number else { continue }
      reviewStream(number, at: now, into: &outlet)
      for layer in publications[number].layers where Int(layer) != number {
        reviewStream(Int(layer), at: now, into: &outlet)
      }
      if !publications[number].layers.isEmpty { tellWanted(number, at: now, into: &outlet) }
    }
  }

  private mutating func reviewStream(
    _ number: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    if publications[number].rate.isLive(at: now) {
      let peer = Int(publications[number].peer)
      peers[peer].layersAt = now.adding(milliseconds: Limits.layerChoiceMilliseconds)
    }
    var isWatched = false
    var index = 0
    while index < publications[number].subscribers.count {
      let subscription = Int(publications[number].subscribers[index])
      isWatched = isWatched || subscriptions[subscription].takes
      if subscriptions[subscription].publication == number {
        chooseLayers(of: subscription, at: now, into: &outlet)
      }
      // A choice may take the receiver out of this list.
      if index < publications[number].subscribers.count,
        Int(publications[number].subscribers[index]) == subscription
      {
        index += 1
      }
    }
    if isWatched { publications[number].watchedAt = now }
  }

  /// Tells which layers somebody has, when that has changed. The smallest always comes: it is what the next receiver
  /// sees first.
  private mutating func tellWanted(
    _ lead: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let ladder = ladder(of: lead, at: now)
    guard ladder.count > 1 else { return }
    var hasChanged = false
    for place in 1..<ladder.count {
      let number = Int(ladder.layers[place])
      let isIdle =
        !publications[number].subscribers.contains { subscriptions[Int($0)].takes }
        && now.milliseconds(since: publications[number].watchedAt) > Limits.layerLingerMilliseconds
      guard isIdle != publications[number].isToldIdle else { continue }
      publications[number].isToldIdle = isIdle
      hasChanged = true
    }
    guard hasChanged else { return }
    let idle = publications[lead].layers.compactMap { layer in
      publications[Int(layer)].isToldIdle ? publications[Int(layer)].rid : nil
    }
    outlet.tell(.layersIdle(publications[lead].handle, idle))
  }
}

/// What a receiver's link bears of one track; without a measure everything.
struct LayerAllowance: Equatable {
  /// A place on the ladder.
  var layer: UInt8 = .max
  var temporal: UInt8 = 7
  var spatialMax: UInt8 = 7

  /// Of a stream with sizes in it.
  func spatial(_ wish: LayerWish, _ publication: Publication) -> UInt8 {
    let top = UInt8(truncatingIfNeeded: publication.rate.spatialLayers - 1)
    let wished: UInt8 =
      switch wish.quality {
      case .high: 7
      case .medium: top / 2
      case .low, .off: 0
      }
    return min(wished, spatialMax)
  }
}
