// What the control plane is told: who speaks in a room, and how well each peer's media travels.

import Link
import Structures
import Talk
import Wire

extension Router {
  /// One packet's loudness, where its sender tells it.
  mutating func hear(_ packet: Span<UInt8>, _ found: FoundExtensions, of number: Int, at now: Instant) {
    guard found.audioLevel.isThere, let level = AudioLevel(packet, found.audioLevel.range) else { return }
    let room = Int(peers[Int(publications[number].peer)].room)
    rooms[room].speakers.heard(
      Int32(number), level: level.decibelsBelowFullScale, hasVoice: level.hasVoice, at: now)
    let wasQuiet = publications[number].talk.isEmpty
    publications[number].talk.heard(level.decibelsBelowFullScale, at: now.talkStep)
    if wasQuiet, !publications[number].talk.isEmpty { talked(number, in: room, at: now) }
    wakeRoom(room)
  }

  /// Nobody hears this track any more.
  mutating func silence(_ number: Int, at now: Instant) {
    guard !publications[number].isVideo else { return }
    let room = Int(peers[Int(publications[number].peer)].room)
    rooms[room].speakers.silenced(Int32(number), at: now)
    wakeRoom(room)
  }

  mutating func listen(_ room: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable) {
    rooms[room].wakeAt = .distantFuture
    if rooms[room].speakers.timeout(at: now) {
      var levels: [SpeakerLevel] = []
      for index in 0..<rooms[room].speakers.count {
        let speaker = rooms[room].speakers[index]
        let number = Int(speaker.track)
        guard publications[number].peer >= 0 else { continue }
        levels.append(
          SpeakerLevel(
            peer: peers[Int(publications[number].peer)].handle, track: publications[number].handle,
            levelDecibels: speaker.levelDecibels))
      }
      outlet.tell(.speakers(rooms[room].handle, levels))
    }
    tellTalk(room, at: now, into: &outlet)
    wakeRoom(room)
  }

  /// Nil for who gets no pictures.
  private mutating func takeFrozenShare(of peer: Int, seconds: Double, at now: Instant) -> Double? {
    var stood = peers[peer].stoodMilliseconds
    peers[peer].stoodMilliseconds = 0
    var hasPictures = false
    for number in peers[peer].subscriptions where subscriptions[Int(number)].wants {
      guard publications[Int(subscriptions[Int(number)].publication)].isVideo else { continue }
      hasPictures = true
      guard let since = subscriptions[Int(number)].stoodSince else { continue }
      stood += now.milliseconds(since: since)
      subscriptions[Int(number)].stoodSince = now
    }
    return hasPictures ? min(1, Double(stood) / 1_000 / seconds) : nil
  }

  /// Over the last interval; told with all others that are due in the same turn.
  mutating func judge(_ peer: Int, at now: Instant) {
    let seconds = max(0.001, Double(now.milliseconds(since: peers[peer].qualitySince)) / 1_000)
    var quality = PeerQuality(peer: peers[peer].handle)
    quality.bitsPerSecondUp = Double(peers[peer].bytesUp) * 8 / seconds
    quality.bitsPerSecondDown = Double(peers[peer].bytesDown) * 8 / seconds
    quality.roundTripMilliseconds = peers[peer].roundTrip.microseconds.map { Double($0) / 1_000 }
    if peers[peer].lossUpCount > 0 {
      quality.lossUp = peers[peer].lossUp / Double(peers[peer].lossUpCount)
    }
    if peers[peer].reportedLossCount > 0 {
      quality.lossDown = peers[peer].reportedLoss / Double(peers[peer].reportedLossCount)
    }
    for number in peers[peer].publications where !publications[Int(number)].isQuiet {
      let jitter = Double(publications[Int(number)].reception.jitterMicroseconds) / 1_000
      quality.jitterMilliseconds = max(jitter, quality.jitterMilliseconds ?? 0)
    }
    quality.frozenShare = takeFrozenShare(of: peer, seconds: seconds, at: now)
    qualities.append(quality)
    peers[peer].bytesUp = 0
    peers[peer].bytesDown = 0
    (peers[peer].lossUp, peers[peer].lossUpCount) = (0, 0)
    (peers[peer].reportedLoss, peers[peer].reportedLossCount) = (0, 0)
    peers[peer].qualitySince = now
    peers[peer].qualityAt = now.adding(milliseconds: Limits.qualityMilliseconds)
  }
}
