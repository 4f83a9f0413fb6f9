// What each receiver's link bears, shared among the pictures it gets: sound always goes out, then screens, then who speaks,
// then the rest. The choice of layers (Router+Choice.swift) goes by what comes out of it.

import Bandwidth
import Link
package import Structures
import Wire

extension Router {
  /// A receiver of pictures has a measure of its link.
  mutating func measureLink(of peer: Int, at now: Instant) {
    guard peers[peer].link < 0 else { return }
    let number = linkNumbers.take()
    while links.count <= Int(number) { links.append(nil) }
    links[Int(number)] = LinkEstimate()
    peers[peer].link = number
    wakeForAllocation(of: peer, at: now)
  }

  mutating func forgetLink(of peer: Int) {
    guard peers[peer].link >= 0 else { return }
    links[Int(peers[peer].link)] = nil
    linkNumbers.giveBack(peers[peer].link)
    peers[peer].link = -1
  }

  mutating func wakeForAllocation(of peer: Int, at now: Instant) {
    peers[peer].allocateAt = min(
      peers[peer].allocateAt, now.adding(milliseconds: Limits.allocationMilliseconds))
    wake(peer, by: peers[peer].allocateAt)
  }

  // MARK: what receivers say

  mutating func take(
    _ feedback: TransportFeedback, _ bytes: Span<UInt8>, from peer: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let number = Int(peers[peer].link)
    guard number >= 0, links[number] != nil else { return }
    var statuses = feedback.statuses
    while let status = statuses.next(in: bytes) {
      links[number]?.heard(status.sequence.value, ticks: status.arrivalTicks, at: now)
    }
    links[number]?.conclude(at: now)
    // What was shared out no longer fits: at once, not when its time comes.
    guard let bits = links[number]?.bitsPerSecond,
      Double(bits) < Limits.hasteShare * peers[peer].allocatedBits
    else { return }
    allocate(peer, at: now, into: &outlet)
  }

  /// Sound to this receiver is lost on the way: each packet takes the one before with it for a while.
  mutating func takeSoundLoss(_ number: Int, at now: Instant) {
    guard subscriptions[number].redundancyType != nil else { return }
    let until = now.adding(milliseconds: Limits.redundancyLastsMilliseconds)
    subscriptions[number].redundantUntil = until
    publications[Int(subscriptions[number].publication)].before.need(until: until)
  }

  private mutating func heedLoss(of peer: Int, at now: Instant) {
    guard peers[peer].link >= 0, let link = links[Int(peers[peer].link)],
      link.lossShare >= Limits.soundLossHeeded
    else { return }
    var index = 0
    while index < peers[peer].subscriptions.count {
      let number = Int(peers[peer].subscriptions[index])
      index += 1
      if !publications[Int(subscriptions[number].publication)].isVideo { takeSoundLoss(number, at: now) }
    }
  }

  mutating func takeRate(_ bitsPerSecond: UInt64, from peer: Int) {
    guard peers[peer].link >= 0 else { return }
    links[Int(peers[peer].link)]?.heardRate(Int(clamping: bitsPerSecond))
  }

  /// For receivers whose reports have no times.
  mutating func takeLoss(_ share: Double, from peer: Int, at now: Instant) {
    guard peers[peer].link >= 0 else { return }
    let rate = Int(peers[peer].pictureBits + peers[peer].soundBits)
    links[Int(peers[peer].link)]?
      .heardLoss(share, of: Limits.packetsOfReport, bitsPerSecond: rate, at: now)
  }

  // MARK: sharing it out

  mutating func allocate(_ peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable) {
    peers[peer].allocateAt = .distantFuture
    var candidates: [Candidate] = []
    swap(&candidates, &self.candidates)
    defer { swap(&candidates, &self.candidates) }
    candidates.removeAll(keepingCapacity: true)
    gather(peer, into: &candidates, at: now)
    // Who is silent both ways needs none; the first packet wakes it again.
    if peers[peer].reportAt != .distantFuture { wakeForAllocation(of: peer, at: now) }
    measureRates(of: peer, at: now)
    heedLoss(of: peer, at: now)
    guard !candidates.isEmpty else { return }
    let bits = budget(of: peer, at: now)
    peers[peer].allocatedBits = bits == .max ? 0 : Double(bits)
    var span = candidates.mutableSpan
    let pictures = bits == .max ? bits : max(0, bits - Int(peers[peer].soundBits))
    let wanted = Allocation.share(pictures, among: &span, at: now)
    let isFlooded = Double(pictures) * Limits.floodFactor < peers[peer].pictureBits
    for index in candidates.indices {
      apply(candidates[index], isFlooded: isFlooded, at: now, into: &outlet)
    }
    guard let wanted, peers[peer].link >= 0 else { return }
    let all = wanted + Int(peers[peer].soundBits)
    if let probe = links[Int(peers[peer].link)]?.probe(wanting: all, at: now) {
      begin(probe, to: peer, at: now)
    }
  }

  private mutating func measureRates(of peer: Int, at now: Instant) {
    let milliseconds = now.milliseconds(since: peers[peer].ratesAt)
    guard milliseconds >= Limits.allocationMilliseconds else { return }
    peers[peer].ratesAt = now
    let share = milliseconds > Limits.rateMemoryMilliseconds ? 1.0 : 0.3
    let sound = Double(peers[peer].soundBytes * 8_000 / Int(milliseconds))
    let picture = Double(peers[peer].pictureBytes * 8_000 / Int(milliseconds))
    peers[peer].soundBits += share * (sound - peers[peer].soundBits)
    peers[peer].pictureBits += share * (picture - peers[peer].pictureBits)
    peers[peer].soundBytes = 0
    peers[peer].pictureBytes = 0
  }

  /// Nothing is known of a link that has just begun to be used: it gets what is wished until its reports say something.
  private mutating func budget(of peer: Int, at now: Instant) -> Int {
    guard peers[peer].link >= 0 else { return .max }
    links[Int(peers[peer].link)]?.tick(at: now)
    guard links[Int(peers[peer].link)]?.isSettled(at: now) == true else { return .max }
    return links[Int(peers[peer].link)]?.bitsPerSecond ?? .max
  }

  private func gather(_ peer: Int, into candidates: inout [Candidate], at now: Instant) {
    var index = 0
    while index < peers[peer].subscriptions.count {
      let number = Int(peers[peer].subscriptions[index])
      index += 1
      let lead = Int(subscriptions[number].track)
      guard subscriptions[number].wants, publications[lead].isVideo, !publications[lead].isMuted else {
        continue
      }
      let candidate = candidate(number, lead, at: now)
      var place = candidates.count
      candidates.append(candidate)
      while place > 0, candidates[place - 1].rank > candidate.rank {
        candidates.swapAt(place, place - 1)
        place -= 1
      }
    }
  }

  private func candidate(_ number: Int, _ lead: Int, at now: Instant) -> Candidate {
    var candidate = Candidate(
      id: Int32(number), rank: rank(of: number, lead), hold: subscriptions[number].hold)
    let ladder = ladder(of: lead, at: now)
    let wish = subscriptions[number].wish
    let allowance = subscriptions[number].allowance
    let rungs = ladder.count > 0 ? min(wished(wish, ladder), shed(ladder.count - 1)) : 0
    for rung in 0...rungs {
      let layer = ladder.count > 0 ? Int(ladder.layers[rung]) : Int(subscriptions[number].publication)
      let top = min(Int(wishedTemporal(wish, of: layer)), publications[layer].rate.temporalLayers - 1)
      // Fewer pictures only of the smallest: a larger one with fewer is no better than the next smaller one.
      for temporal in (rung == 0 ? 0 : top)...max(0, rung == 0 ? shedTemporal(top) : top) {
        let known = publications[layer].rate.bitsPerSecond(through: temporal)
        let bits = known > 0 ? known : Self.likelyBits(publications[layer].height)
        candidate.add(
          .init(layer: UInt8(rung), temporal: temporal == top ? 7 : UInt8(temporal), bitsPerSecond: bits))
      }
    }
    if !subscriptions[number].isHeldBack {
      candidate.sends { form in
        form.layer < allowance.layer || form.layer == allowance.layer && form.temporal <= allowance.temporal
      }
    }
    return candidate
  }

  /// Until a stream has been measured: what cameras of such a size usually take.
  private static func likelyBits(_ height: Int?) -> Int {
    guard let height else { return Limits.likelyBits }
    return max(Limits.likelyBitsMin, height * height * 16 / 9 * Limits.likelyBitsPerPoint)
  }

  /// Screens, then who speaks, then the rest; what the receiver says comes before all of it.
  private func rank(of number: Int, _ lead: Int) -> Int {
    let wished = Limits.middlePriority - (subscriptions[number].wish.priority ?? Limits.middlePriority)
    var place = publications[lead].isScreen ? 0 : Limits.restRank
    let owner = publications[lead].peer
    let room = Int(peers[Int(owner)].room)
    var index = 0
    while index < rooms[room].speakers.count, place > 0 {
      let track = Int(rooms[room].speakers[index].track)
      if publications[track].peer == owner { place = min(place, index + 1) }
      index += 1
    }
    return wished * (Limits.restRank + 1) + place
  }

  private mutating func apply(
    _ candidate: Candidate, isFlooded: Bool, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let number = Int(candidate.id)
    guard candidate.formCount > 0 else { return }
    if candidate.choice != candidate.present {
      subscriptions[number].hold.went(up: candidate.choice > candidate.present, at: now)
    }
    let isAll = candidate.choice == candidate.formCount - 1 && pressure == 0
    let isHeldBack = candidate.choice < 0 || pressure >= Limits.pressurePause && !isScreen(number)
    if isAll {
      subscriptions[number].allowance = LayerAllowance()
    } else if candidate.choice >= 0 {
      let form = candidate.form(candidate.choice)
      subscriptions[number].allowance.layer = form.layer
      subscriptions[number].allowance.temporal = form.temporal
    }
    if subscriptions[number].isHeldBack != isHeldBack {
      subscriptions[number].isHeldBack = isHeldBack
      if isHeldBack {
        subscriptions[number].pause()
      } else {
        askForPicture(for: number, at: now, into: &outlet)
      }
    }
    chooseLayers(of: number, isFlooded: isFlooded, at: now, into: &outlet)
    tellDelivery(of: number, isHeldBack ? .paused : isAll ? .full : .reduced, into: &outlet)
  }

  private func isScreen(_ number: Int) -> Bool { publications[Int(subscriptions[number].track)].isScreen }

  private mutating func tellDelivery(
    of number: Int, _ delivery: Delivery, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard subscriptions[number].delivery != delivery else { return }
    subscriptions[number].delivery = delivery
    outlet.tell(
      .delivery(
        peers[Int(subscriptions[number].peer)].handle, subscriptions[number].handle, delivery,
        pressure > 0 ? .load : .link))
  }

  // MARK: a worker near its limit

  /// First sizes, then frames, then pictures; sound never.
  private func shed(_ rung: Int) -> Int {
    switch pressure {
    case 0: rung
    case 1: max(0, rung - 1)
    default: 0
    }
  }

  private func shedTemporal(_ temporal: Int) -> Int { pressure >= Limits.pressureFrames ? 0 : temporal }

  /// How hard it is pressed, from its load over the last second.
  package mutating func loaded(_ load: Double, at now: Instant) {
    let before = pressure
    if load > Limits.loadShedding {
      pressure = min(pressure + 1, Limits.pressurePause)
    } else if load < Limits.loadRecovering,
      now.milliseconds(since: pressedAt) >= Limits.pressureEaseMilliseconds
    {
      pressure = max(0, pressure - 1)
    }
    guard pressure != before else { return }
    pressedAt = now
    for peer in peers.indices where peers[peer].isThere && !peers[peer].subscriptions.isEmpty {
      wakeForAllocation(of: peer, at: now)
    }
  }
}
