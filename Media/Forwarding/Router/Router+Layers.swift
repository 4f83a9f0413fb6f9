// A track that comes in several sizes: one publication each. A receiver has one of them, and goes over to another with the
// next key frame of that one; until then it keeps what it has, so that no picture stands still for a change.

import Link
import Structures
import Wire

/// The layers of a track that can be had, the smallest first.
struct Ladder {
  var layers = InlineArray<4, Int32>(repeating: -1)
  var count = 0
}

extension Router {
  // MARK: the layers of a track

  /// As the description names them: by their places, because a client names them anew when it changes them.
  mutating func setLayers(of lead: Int32, _ setup: TrackSetup) {
    let names = setup.layers.count > 1 ? setup.layers.prefix(Limits.layersPerTrack) : []
    if names.isEmpty, publications[Int(lead)].layers.isEmpty { return }
    if publications[Int(lead)].layers.isEmpty { publications[Int(lead)].layers = [lead] }
    while publications[Int(lead)].layers.count > max(1, names.count) {
      let gone = publications[Int(lead)].layers.removeLast()
      moveSubscribers(of: Int(gone), to: Int(lead))
      end(stream: gone, at: publications[Int(gone)].newestAt)
    }
    let peer = publications[Int(lead)].peer
    while publications[Int(lead)].layers.count < names.count {
      let number = addStream(of: peer, lead: lead, setup)
      publications[Int(lead)].layers.append(number)
    }
    for (name, number) in zip(names, publications[Int(lead)].layers) {
      if publications[Int(number)].rid != name { forgetSources(of: Int(number)) }
      publications[Int(number)].rid = name
      publications[Int(number)].isNamed = true
      recall(Int(number))
    }
    guard names.isEmpty else { return }
    publications[Int(lead)].layers = []
    publications[Int(lead)].isNamed = false
    publications[Int(lead)].rid = nil
  }

  private mutating func moveSubscribers(of gone: Int, to lead: Int) {
    while let subscription = publications[gone].subscribers.last.map(Int.init) {
      leave(subscription, gone)
      if subscriptions[subscription].next == gone { subscriptions[subscription].next = -1 }
      guard subscriptions[subscription].publication == gone else { continue }
      dropNext(of: subscription)
      subscriptions[subscription].publication = Int32(lead)
      subscriptions[subscription].pause()
      enter(subscription, lead, at: publications[lead].newestAt)
    }
  }

  mutating func remember(_ number: Int) {
    guard publications[number].isNamed, let mid = publications[number].mid, let rid = publications[number].rid
    else { return }
    let peer = Int(publications[number].peer)
    peers[peer].remembered.removeAll { $0.mid == mid && $0.rid == rid }
    if let ssrc = publications[number].ssrc {
      peers[peer].remembered.append(RememberedSource(mid: mid, rid: rid, ssrc: ssrc))
    }
    for source in publications[number].repeating {
      peers[peer].remembered.append(
        RememberedSource(mid: mid, rid: rid, ssrc: source.ssrc, media: source.media))
    }
    let over = peers[peer].remembered.count - Limits.sourcesRemembered
    if over > 0 { peers[peer].remembered.removeFirst(over) }
  }

  private mutating func recall(_ number: Int) {
    guard let mid = publications[number].mid, let rid = publications[number].rid else { return }
    for source in peers[Int(publications[number].peer)].remembered
    where source.mid == mid && source.rid == rid
      && sources[StreamKey(peer: publications[number].peer, ssrc: source.ssrc)] == nil
    {
      guard learn(source.ssrc, source.media == nil ? .media : .repeats, of: Int32(number)) else { continue }
      guard let media = source.media else { continue }
      publications[number].repeating.append(
        RepeatingSource(ssrc: source.ssrc, media: media, isLearned: true))
    }
  }

  private mutating func forgetSources(of number: Int) {
    while let ssrc = publications[number].knownSources.last { forget(ssrc, of: number) }
  }

  mutating func forEachStream(of lead: Int, _ body: (inout Router, Int) -> Void) {
    guard !publications[lead].layers.isEmpty else { return body(&self, lead) }
    for layer in publications[lead].layers { body(&self, Int(layer)) }
  }

  /// Those that come, and those that would if they were asked for.
  func ladder(of lead: Int, at now: Instant) -> Ladder {
    var ladder = Ladder()
    var index = 0
    while index < publications[lead].layers.count, ladder.count < Limits.layersPerTrack {
      let number = publications[lead].layers[index]
      index += 1
      let isKnown = publications[Int(number)].ssrc != nil
      guard isKnown, publications[Int(number)].isToldIdle || publications[Int(number)].rate.isLive(at: now)
      else { continue }
      var place = ladder.count
      while place > 0, isSmaller(Int(number), than: Int(ladder.layers[place - 1])) {
        ladder.layers[place] = ladder.layers[place - 1]
        place -= 1
      }
      ladder.layers[place] = number
      ladder.count += 1
    }
    return ladder
  }

  func isSmaller(_ one: Int, than other: Int) -> Bool {
    if let mine = publications[one].height, let theirs = publications[other].height { return mine < theirs }
    return publications[one].rate.bitsPerSecond(through: 3)
      < publications[other].rate.bitsPerSecond(through: 3)
  }

  // MARK: who has which

  mutating func enter(_ subscription: Int, _ number: Int, at now: Instant) {
    publications[number].subscribers.append(Int32(subscription))
    if subscriptions[subscription].retransmissionSSRC != nil {
      publications[number].repeatingSubscribers += 1
    }
    publications[number].watchedAt = max(now, publications[number].watchedAt)
  }

  mutating func leave(_ subscription: Int, _ number: Int) {
    let index = publications[number].subscribers.firstIndex(of: Int32(subscription))
    guard let index else { return }
    publications[number].subscribers.remove(at: index)
    if subscriptions[subscription].retransmissionSSRC != nil {
      publications[number].repeatingSubscribers -= 1
    }
    if !isPictureAwaited(of: number) { publications[number].keyframes.forget() }
  }

  /// A packet of the layer that a receiver waits to go over to: true when it goes over here.
  mutating func arrives(_ subscription: Int, at incoming: Incoming, of number: Int) -> Bool {
    guard subscriptions[subscription].next == number, incoming.isStart, subscriptions[subscription].takes,
      subscriptions[subscription].mapping(incoming.header.payloadType) != nil
    else { return false }
    let old = Int(subscriptions[subscription].publication)
    if let shift = subscriptions[subscription].map.current?.timestampShift {
      subscriptions[subscription].expectedShift = publications[old].clock
        .shift(to: publications[number].clock).map { $0 &+ shift }
    }
    leave(subscription, old)
    subscriptions[subscription].publication = Int32(number)
    subscriptions[subscription].next = -1
    return true
  }

  mutating func dropNext(of subscription: Int) {
    let next = Int(subscriptions[subscription].next)
    guard next >= 0 else { return }
    subscriptions[subscription].next = -1
    leave(subscription, next)
  }

  /// The layer in which a stretch of numbers came, while it can still be had.
  func layer(of subscription: Int, inEpoch epoch: UInt32) -> Int? {
    let current = Int(subscriptions[subscription].publication)
    if publications[current].epoch == epoch { return current }
    let lead = Int(subscriptions[subscription].track)
    var index = 0
    while index < publications[lead].layers.count {
      let number = Int(publications[lead].layers[index])
      index += 1
      if publications[number].epoch == epoch { return number }
    }
    return nil
  }

  // MARK: what is known of a stream

  /// By the descriptor in the header, where there is one: what stands before the payload says less then.
  mutating func readLayers(_ packet: Span<UInt8>, _ incoming: inout Incoming, of number: Int) {
    guard incoming.isVideo, let frame = incoming.frameNumber else { return }
    let value = incoming.found.dependencyDescriptor.range
    if let known = publications[number].frame, known.number == frame, value.count == 3 {
      // Another packet of the same frame says no more than whether it is the first or the last.
      incoming.layers = known.layers
      incoming.layers.isFrameStart = packet[value.lowerBound] & 0x80 != 0
      incoming.layers.isFrameEnd = packet[value.lowerBound] & 0x40 != 0
      return
    }
    var structure = publications[number].structure.first
    guard let descriptor = try? DependencyDescriptor(packet, value, structure: &structure), let structure
    else { return }
    if descriptor.hasStructure { publications[number].structure = [structure] }
    incoming.layers = FrameLayers(descriptor, structure)
    publications[number].frame = (frame, incoming.layers)
  }

  mutating func gauge(
    _ packet: Span<UInt8>, _ incoming: Incoming, isNewPicture: Bool, of number: Int, at now: Instant
  ) {
    let wasLive = publications[number].rate.isLive(at: now)
    publications[number].rate.sent(
      packet.count, incoming.layers, isNewPicture: isNewPicture, at: now)
    if incoming.isStart, let height = incoming.height { publications[number].height = height }
    guard publications[number].isNamed || incoming.layers.isKnown else { return }
    let peer = Int(publications[number].peer)
    if peers[peer].layersAt == .distantFuture {
      peers[peer].layersAt = now.adding(milliseconds: Limits.layerChoiceMilliseconds)
      wake(peer, by: peers[peer].layersAt)
    }
    if !wasLive, publications[number].isNamed { layerCame(number, at: now) }
  }

  /// Who has nothing yet takes the first that comes.
  private mutating func layerCame(_ number: Int, at now: Instant) {
    let lead = Int(publications[number].lead)
    for layer in publications[lead].layers where Int(layer) != number {
      guard !publications[Int(layer)].rate.isLive(at: now) else { continue }
      var index = 0
      while index < publications[Int(layer)].subscribers.count {
        let subscription = Int(publications[Int(layer)].subscribers[index])
        guard subscriptions[subscription].publication == layer, subscriptions[subscription].isWaiting else {
          index += 1
          continue
        }
        if subscriptions[subscription].next == number { dropNext(of: subscription) }
        leave(subscription, Int(layer))
        subscriptions[subscription].publication = Int32(number)
        enter(subscription, number, at: now)
      }
    }
  }
}
