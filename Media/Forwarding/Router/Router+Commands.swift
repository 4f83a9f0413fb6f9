// What the control plane tells the router: peers, tracks and subscriptions that come, change and go. Commands about what
// is not there do nothing. These may allocate; packets do not.

package import Link
package import Structures
import Wire

extension Router {
  package mutating func addPeer(_ peer: Int32, _ handle: PeerHandle, room: RoomHandle, at now: Instant) {
    guard peer >= 0, Int(peer) < options.peersMax, !isThere(peer) else { return }
    while peers.count <= Int(peer) { peers.append(Peer()) }
    var fresh = Peer()
    fresh.isThere = true
    fresh.handle = handle
    fresh.room = enter(room)
    fresh.reportSSRC = startNumbers.ssrc()
    fresh.resendsLeft = Limits.resendsPerSecond
    fresh.reportedAt = now
    peers[Int(peer)] = fresh
  }

  private mutating func enter(_ handle: RoomHandle) -> Int32 {
    if let room = roomsByHandle[handle] {
      rooms[Int(room)].peerCount += 1
      return room
    }
    let room = roomNumbers.take()
    while rooms.count <= Int(room) { rooms.append(Room()) }
    rooms[Int(room)] = Room(handle: handle, peerCount: 1)
    roomsByHandle[handle] = room
    return room
  }

  package mutating func removePeer(
    _ peer: Int32, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard isThere(peer) else { return }
    setConnected(peer, false, at: now, into: &outlet)
    while let publication = peers[Int(peer)].publications.last { end(publication: publication, at: now) }
    while let subscription = peers[Int(peer)].subscriptions.last { end(subscription: subscription, at: now) }
    wheel.cancel(Int(peer))
    forgetLink(of: Int(peer))
    let room = Int(peers[Int(peer)].room)
    peers[Int(peer)] = Peer()
    rooms[room].peerCount -= 1
    if rooms[room].peerCount == 0 {
      wheel.cancel(options.peersMax + room)
      roomsByHandle[rooms[room].handle] = nil
      rooms[room] = Room()
      roomNumbers.giveBack(Int32(room))
    }
  }

  /// The transport is ready, or is not any more: only in between something is sent to the peer.
  package mutating func setConnected(
    _ peer: Int32, _ isConnected: Bool, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard isThere(peer), peers[Int(peer)].isConnected != isConnected else { return }
    peers[Int(peer)].isConnected = isConnected
    connectedCount += isConnected ? 1 : -1
    if isConnected {
      peers[Int(peer)].qualityAt = now.adding(milliseconds: Limits.qualityMilliseconds)
      peers[Int(peer)].qualitySince = now
      wake(Int(peer), by: peers[Int(peer)].qualityAt)
    } else {
      peers[Int(peer)].qualityAt = .distantFuture
    }
    for subscription in peers[Int(peer)].subscriptions {
      subscriptions[Int(subscription)].isConnected = isConnected
      subscriptions[Int(subscription)].pause()
      guard isConnected else { continue }
      beginWithHistory(Int(subscription), at: now, into: &outlet)
      if subscriptions[Int(subscription)].isWaiting {
        askForPicture(for: Int(subscription), at: now, into: &outlet)
      }
    }
    guard isConnected else { return }
    // Those who wait for this one's pictures could not ask for them before.
    for publication in peers[Int(peer)].publications {
      askForPictureIfAwaited(of: Int(publication), at: now, into: &outlet)
    }
  }

  package mutating func publish(
    _ peer: Int32, _ setup: TrackSetup, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard isThere(peer) else { return }
    if let known = publicationsByHandle[setup.track] {
      guard publications[Int(known)].peer == peer else { return }
      change(known, setup)
      mute(setup.track, setup.isMuted, at: now, into: &outlet)
      return
    }
    guard peers[Int(peer)].publications.count < Limits.publicationsPerPeer else { return }
    let number = addStream(of: peer, lead: nil, setup)
    publicationsByHandle[setup.track] = number
    peers[Int(peer)].kinds.add(setup.extensions)
    setLayers(of: number, setup)
    learn(setup, of: number)
  }

  private mutating func change(_ lead: Int32, _ setup: TrackSetup) {
    setLayers(of: lead, setup)
    forEachStream(of: Int(lead)) { router, number in router.publications[number].change(setup) }
    peers[Int(publications[Int(lead)].peer)].kinds.add(setup.extensions)
    learn(setup, of: lead)
  }

  /// A publication of its own for a track, or for another layer of the track of `lead`.
  mutating func addStream(of peer: Int32, lead: Int32?, _ setup: TrackSetup) -> Int32 {
    let number = publicationNumbers.take()
    while publications.count <= Int(number) { publications.append(.vacant) }
    publications[Int(number)] = Publication(peer, lead: lead ?? number, setup)
    peers[Int(peer)].publications.append(number)
    return number
  }

  /// The SSRCs that the description names.
  private mutating func learn(_ setup: TrackSetup, of publication: Int32) {
    // Which of several layers they are is not said here.
    guard setup.layers.isEmpty else { return }
    if let media = setup.ssrcs.first { learn(media, .media, of: publication) }
    for pair in setup.retransmissionPairs {
      guard learn(pair.repeats, .repeats, of: publication) else { continue }
      publications[Int(publication)].repeating.removeAll { $0.ssrc == pair.repeats }
      publications[Int(publication)].repeating.append(
        RepeatingSource(ssrc: pair.repeats, media: pair.media, isLearned: false))
    }
  }

  package mutating func unpublish(
    _ track: TrackHandle, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let publication = publicationsByHandle[track] else { return }
    end(publication: publication, at: now)
  }

  private mutating func end(publication lead: Int32, at now: Instant) {
    guard publications[Int(lead)].lead == lead else {
      return end(publication: publications[Int(lead)].lead, at: now)
    }
    while let layer = publications[Int(lead)].layers.last, layer != lead {
      publications[Int(lead)].layers.removeLast()
      end(stream: layer, at: now)
    }
    end(stream: lead, at: now)
  }

  mutating func end(stream number: Int32, at now: Instant) {
    let peer = publications[Int(number)].peer
    while let subscription = publications[Int(number)].subscribers.last {
      end(subscription: subscription, at: now)
    }
    remember(Int(number))
    while let ssrc = publications[Int(number)].knownSources.last { forget(ssrc, of: Int(number)) }
    silence(Int(number), at: now)
    rooms[Int(peers[Int(peer)].room)].talkers.removeAll { $0 == number }
    publications[Int(number)].history.removeAll(in: &pool)
    if publications[Int(number)].lead == number {
      publicationsByHandle[publications[Int(number)].handle] = nil
    }
    countLosses(of: Int(number))
    publications[Int(number)] = .vacant
    publicationNumbers.giveBack(number)
    peers[Int(peer)].publications.removeAll { $0 == number }
  }

  package mutating func mute(
    _ track: TrackHandle, _ isMuted: Bool, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let lead = publicationsByHandle[track].map(Int.init),
      publications[lead].isMuted != isMuted
    else { return }
    muteStream(lead, isMuted, at: now, into: &outlet)
    for layer in publications[lead].layers where Int(layer) != lead {
      muteStream(Int(layer), isMuted, at: now, into: &outlet)
    }
  }

  private mutating func muteStream(
    _ number: Int, _ isMuted: Bool, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    publications[number].isMuted = isMuted
    if isMuted {
      publications[number].losses = LossRequests(isVideo: publications[number].isVideo)
      publications[number].keyframes.forget()
      publications[number].newestStart = nil
      // What was kept is from before, but a repetition would come after.
      publications[number].history.removeAll(in: &pool)
      silence(number, at: now)
      for subscription in publications[number].subscribers
      where subscriptions[Int(subscription)].publication == number {
        subscriptions[Int(subscription)].pause()
      }
    } else {
      publications[number].unmutedAt = now
      askForPictureIfAwaited(of: number, at: now, into: &outlet)
    }
  }

  package mutating func subscribe(
    _ peer: Int32, _ setup: SubscriptionSetup, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard isThere(peer), let lead = publicationsByHandle[setup.track] else { return }
    if let known = subscriptionsByHandle[setup.subscription] {
      let old = subscriptions[Int(known)]
      guard old.peer == peer else { return }
      if old.track == lead, old.ssrc == setup.ssrc {
        change(Int(known), setup)
        setWish(setup.subscription, setup.wish, at: now, into: &outlet)
        return
      }
      end(subscription: known, at: now)
    }
    guard peers[Int(peer)].subscriptions.count < Limits.subscriptionsPerPeer,
      publications[Int(lead)].subscribers.count < Limits.subscribersPerPublication
    else { return }
    let number = subscriptionNumbers.take()
    while subscriptions.count <= Int(number) { subscriptions.append(.vacant) }
    let publication = firstLayer(of: lead, setup.wish, at: now)
    var fresh = Subscription(setup, peer: peer, track: lead, publication: publication, &startNumbers)
    fresh.isConnected = peers[Int(peer)].isConnected
    subscriptions[Int(number)] = fresh
    subscriptionsByHandle[setup.subscription] = number
    sinks.insert(StreamKey(peer: peer, ssrc: setup.ssrc), number)
    peers[Int(peer)].subscriptions.append(number)
    enter(Int(number), Int(publication), at: now)
    if publications[Int(publication)].isVideo { measureLink(of: Int(peer), at: now) }
    if fresh.wants {
      beginWithHistory(Int(number), at: now, into: &outlet)
      if subscriptions[Int(number)].isWaiting { askForPicture(for: Int(number), at: now, into: &outlet) }
    } else if fresh.wish.quality != .off, setup.retransmissionSSRC != nil {
      // By the time that its transport stands, a key frame is in the history.
      askForPicture(of: Int(publication), at: now, into: &outlet)
    }
  }

  private mutating func change(_ number: Int, _ setup: SubscriptionSetup) {
    let repeats =
      (setup.retransmissionSSRC == nil ? 0 : 1)
      - (subscriptions[number].retransmissionSSRC == nil ? 0 : 1)
    subscriptions[number].change(setup)
    publications[Int(subscriptions[number].publication)].repeatingSubscribers += repeats
    if subscriptions[number].next >= 0 {
      publications[Int(subscriptions[number].next)].repeatingSubscribers += repeats
    }
  }

  package mutating func unsubscribe(
    _ subscription: SubscriptionHandle, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let number = subscriptionsByHandle[subscription] else { return }
    end(subscription: number, at: now)
  }

  private mutating func end(subscription number: Int32, at now: Instant) {
    let old = subscriptions[Int(number)]
    subscriptionsByHandle[old.handle] = nil
    let key = StreamKey(peer: old.peer, ssrc: old.ssrc)
    if sinks[key] == number { sinks.remove(key) }
    peers[Int(old.peer)].subscriptions.removeAll { $0 == number }
    leave(Int(number), Int(old.publication))
    if old.next >= 0 { leave(Int(number), Int(old.next)) }
    subscriptions[Int(number)] = .vacant
    subscriptionNumbers.giveBack(number)
  }

  package mutating func setWish(
    _ subscription: SubscriptionHandle, _ wish: LayerWish, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let number = subscriptionsByHandle[subscription].map(Int.init) else { return }
    let old = subscriptions[number].wish
    guard old != wish else { return }
    subscriptions[number].wish = wish
    if wish.quality == .off { subscriptions[number].pause() }
    chooseLayers(of: number, at: now, into: &outlet)
    if old.quality == .off { askForPicture(for: number, at: now, into: &outlet) }
  }
}
