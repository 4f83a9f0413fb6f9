// One stream that a caller sends: when the next packets are due, what is in them, which of them can be sent again. The
// caller's loop asks for packets that are due and writes each of them out.

import Link
import Structures
import Wire

struct MediaSender: Sendable {
  var setup: SenderSetup
  var isMuted = false
  /// When the next packet is due.
  var deadline: Instant {
    if let nextOfFrame { return nextOfFrame }
    guard isSilent else { return nextTick }
    // Nothing is sent in between: thousands of silent callers need no timer fifty times a second.
    return max(nextTick, min(nextSilence, phaseEnd))
  }

  private var isSilent: Bool {
    guard case .audio(let looks) = setup.content else { return false }
    return looks.talk != nil && !isTalking
  }
  private(set) var packetCount = 0
  private(set) var octetCount = 0
  private(set) var repeatCount = 0
  /// Asked for again, and no longer there.
  private(set) var forgottenCount = 0
  private(set) var keyFrameCount = 0
  private(set) var lastTimestamp: RTPTimestamp
  private(set) var previous: SentPacket?

  private var sequence: SequenceNumber
  private var repeatSequence: SequenceNumber
  private let firstTimestamp: UInt32
  private var start: Instant
  private var nextTick: Instant
  private var ticks: Int64 = 0
  private var number: UInt32 = 0
  private var history: [SentPacket?]

  // Of video: the frame that is being handed out.
  private var isKeyWanted = true
  private var frameLeft = 0
  /// Of a frame that is spread: when its next packet leaves, and how long after that the one behind it.
  private var nextOfFrame: Instant?
  private var packetGap: Int64 = 0
  private var frame: SentPacket?
  private var pictureID: UInt16
  private var baseLayerIndex: UInt8
  private var frameCount = 0
  private var lastFullIntra: UInt8?
  // Of audio.
  private var phaseEnd: Instant
  private var isTalking = true
  private var nextSilence: Instant

  init(_ setup: SenderSetup, at now: Instant, _ chance: inout Chance) {
    self.setup = setup
    // Frames of many callers are not to fall together.
    let spread = Int64(chance.next() % (setup.isVideo ? 33_000 : 20_000))
    start = now.adding(microseconds: spread)
    nextTick = start
    sequence = SequenceNumber(UInt16(truncatingIfNeeded: chance.next()))
    repeatSequence = SequenceNumber(UInt16(truncatingIfNeeded: chance.next()))
    firstTimestamp = UInt32(truncatingIfNeeded: chance.next())
    lastTimestamp = RTPTimestamp(firstTimestamp)
    pictureID = UInt16(truncatingIfNeeded: chance.next()) & 0x7FFF
    baseLayerIndex = UInt8(truncatingIfNeeded: chance.next())
    // Only what can be asked for again is worth remembering.
    history = setup.retransmissionSSRC == nil ? [] : Array(repeating: nil, count: Limits.sentPackets)
    phaseEnd = start
    nextSilence = start
  }

  /// As a browser does when its encoder begins anew: another SSRC, other numbers, a key frame.
  mutating func restart(ssrc: UInt32, retransmissionSSRC: UInt32?, _ chance: inout Chance) {
    setup.ssrc = ssrc
    setup.retransmissionSSRC = retransmissionSSRC
    sequence = SequenceNumber(UInt16(truncatingIfNeeded: chance.next()))
    repeatSequence = SequenceNumber(UInt16(truncatingIfNeeded: chance.next()))
    pictureID = UInt16(truncatingIfNeeded: chance.next()) & 0x7FFF
    for index in history.indices { history[index] = nil }
    previous = nil
    frameLeft = 0
    nextOfFrame = nil
    packetCount = 0
    octetCount = 0
    isKeyWanted = true
  }

  mutating func keyFrameWanted() { isKeyWanted = true }

  mutating func keyFrameWanted(fullIntra number: UInt8) {
    if lastFullIntra != number { isKeyWanted = true }
    lastFullIntra = number
  }

  /// The next packet that is due; nil when there is none at the moment, and `deadline` says when to ask again.
  mutating func next(at now: Instant) -> SentPacket? {
    if frameLeft > 0 {
      if let nextOfFrame, now < nextOfFrame { return nil }
      return takeFromFrame(at: now)
    }
    if now < nextTick { return nil }
    if isSilent || now.milliseconds(since: nextTick) > Limits.lateMilliseconds {
      // What was missed is left out, on the media clock as well.
      let step = stepMicroseconds
      let missed = now.microseconds(since: nextTick) / step
      ticks += missed
      nextTick = nextTick.adding(microseconds: missed * step)
    }
    let tick = ticks
    ticks += 1
    nextTick = start.adding(microseconds: ticks * stepMicroseconds)
    switch setup.content {
    case .audio(let looks): return audio(looks, tick, at: now)
    case .video(let looks):
      guard !isMuted else {
        isKeyWanted = true
        return nil
      }
      beginFrame(looks, tick, at: now)
      return takeFromFrame(at: now)
    }
  }

  private var stepMicroseconds: Int64 {
    switch setup.content {
    case .audio: 20_000
    case .video(let looks): 1_000_000 / max(1, looks.framesPerSecond)
    }
  }

  private mutating func audio(_ looks: AudioLooks, _ tick: Int64, at now: Instant) -> SentPacket? {
    guard !isMuted else { return nil }
    var isTurn = false
    if let talk = looks.talk, now >= phaseEnd {
      isTalking = packetCount == 0 || !isTalking
      isTurn = isTalking
      phaseEnd = now.adding(milliseconds: isTalking ? talk.speechMilliseconds : talk.silenceMilliseconds)
      nextSilence = now
    }
    if !isTalking {
      guard now >= nextSilence else { return nil }
      nextSilence = now.adding(milliseconds: Limits.silenceMilliseconds)
    }
    let byteCount =
      isTalking
      ? max(looks.payloadByteCount, SentPacket.audioFrontByteCount + PayloadStamp.byteCount + 1) : 1
    var packet = SentPacket(
      isVideo: false, sequence: sequence,
      timestamp: RTPTimestamp(firstTimestamp) + Int(truncatingIfNeeded: tick * 960),
      payloadByteCount: byteCount, number: number, sent: now)
    packet.marker = isTurn || packetCount == 0
    packet.isSilence = !isTalking
    packet.levelDecibels = isTalking ? looks.levelDecibels : 127
    keep(packet)
    return packet
  }

  private mutating func beginFrame(_ looks: VideoLooks, _ tick: Int64, at now: Instant) {
    let isKey = isKeyWanted
    isKeyWanted = false
    if isKey {
      frameCount = 0
      keyFrameCount += 1
    }
    let layers = min(max(looks.temporalLayers, 1), 3)
    let layer: UInt8 =
      switch (layers, frameCount % 4) {
      case (2, 1), (2, 3), (3, 2): 1
      case (3, 1), (3, 3): 2
      default: 0
      }
    frameCount += 1
    pictureID = (pictureID + 1) & 0x7FFF
    if layer == 0 { baseLayerIndex &+= 1 }
    var packet = SentPacket(
      isVideo: true, sequence: sequence,
      timestamp: RTPTimestamp(firstTimestamp)
        + Int(truncatingIfNeeded: tick * 90_000 / max(1, looks.framesPerSecond)),
      payloadByteCount: 0, number: number, sent: now)
    packet.pictureID = pictureID
    packet.baseLayerIndex = baseLayerIndex
    packet.temporalLayer = layer
    packet.isSync = layer > 0
    packet.isKey = isKey
    packet.isStart = true
    frame = packet
    let most = Limits.packetsOfAFrame * looks.packetByteCount
    let frames = max(1, looks.framesPerSecond)
    if let rate = looks.packetsPerSecond {
      let count = (tick + 1) * rate / frames - tick * rate / frames
      frameLeft = min(Int(max(1, count)) * looks.packetByteCount, most)
    } else {
      frameLeft = min(max(isKey ? looks.keyFrameByteCount : looks.deltaFrameByteCount, 1), most)
    }
    let packets = (frameLeft + looks.packetByteCount - 1) / looks.packetByteCount
    packetGap = Int64(looks.spread * Double(stepMicroseconds) / Double(packets))
  }

  private mutating func takeFromFrame(at now: Instant) -> SentPacket? {
    guard var packet = frame, case .video(let looks) = setup.content else { return nil }
    let front = SentPacket.videoFrontByteCount + PayloadStamp.byteCount + 1
    packet.payloadByteCount = max(front, min(frameLeft, looks.packetByteCount))
    frameLeft = max(0, frameLeft - packet.payloadByteCount)
    packet.marker = frameLeft == 0
    packet.sequence = sequence
    packet.number = number
    packet.sent = now
    keep(packet)
    frame = packet
    nextOfFrame =
      frameLeft > 0 && packetGap > 0 ? (nextOfFrame ?? now).adding(microseconds: packetGap) : nil
    frame?.isStart = false
    return packet
  }

  private mutating func keep(_ packet: SentPacket) {
    if !history.isEmpty { history[Int(packet.sequence.value) & (Limits.sentPackets - 1)] = packet }
    lastTimestamp = packet.timestamp
    sequence = sequence + 1
    number += 1
    packetCount += 1
    octetCount += packet.payloadByteCount
  }

  /// For RED, which brings the packet before along.
  mutating func remember(_ packet: SentPacket) { previous = packet }

  /// A packet that is asked for again, with the number of its repetition.
  mutating func takeAgain(_ sequence: SequenceNumber) -> (SentPacket, SequenceNumber)? {
    guard !history.isEmpty, let packet = history[Int(sequence.value) & (Limits.sentPackets - 1)],
      packet.sequence == sequence
    else {
      forgottenCount += 1
      return nil
    }
    defer { repeatSequence = repeatSequence + 1 }
    repeatCount += 1
    return (packet, repeatSequence)
  }
}
