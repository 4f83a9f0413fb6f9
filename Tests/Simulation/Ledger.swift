// What forwarding may and may not hand out, held against every packet that it does: only of tracks that are published,
// heard and wanted; each number once; in the sender's order; and no gap but for what never reached the server.

import Caller
import Link
import Structures
import Wire

/// A track on its way to one receiver, from the subscription's beginning to its end.
struct Delivery {
  var source: UInt32
  var isVideo: Bool
  var isOff = false
  let subscription: SubscriptionHandle
  /// Its receiver's link bears nothing of it.
  var isHeldBack = false
  /// When it was off or muted, up to what went out next, in the order of all things.
  var pauses: [ClosedRange<Int>] = []
  /// Numbers of packets that went out, counted on beyond 16 bits, with the senders' own.
  var sent: [Departed] = []
  var counts: Set<Int64> = []
  var repeats: Set<UInt16> = []
  var unwrapper = SequenceUnwrapper()
}

struct Departed {
  var count: Int64
  var number: UInt32?
  /// A key frame begins with it, and when it went out, in the order of all things.
  var isKeyStart: Bool
  var moment: Int
}

struct StreamName32: Hashable {
  var peer: Int32
  var ssrc: UInt32
}

final class Ledger {
  var deliveries: [StreamName32: Delivery] = [:]
  /// The retransmissions' SSRC, and the one it repeats.
  var repeating: [StreamName32: StreamName32] = [:]
  private(set) var muted: Set<UInt32> = []
  /// Numbers of each source that reached the server, and when.
  var arrived: [UInt32: [UInt32: Int]] = [:]
  /// Source and number of what came while its track was muted.
  private var gone: Set<UInt64> = []
  private var newestSource: [UInt32: UInt32] = [:]
  private var moment = 0
  private(set) var complaints: [String] = []
  var forwarded = 0
  var repeated = 0

  func complain(_ text: String) {
    if complaints.count < 10 { complaints.append(text) }
  }

  func open(_ peer: Int32, _ setup: SubscriptionSetup, source: UInt32, isVideo: Bool) {
    let name = StreamName32(peer: peer, ssrc: setup.ssrc)
    var delivery = Delivery(source: source, isVideo: isVideo, subscription: setup.subscription)
    delivery.isOff = setup.wish.quality == .off
    deliveries[name] = delivery
    if let repeats = setup.retransmissionSSRC {
      repeating[StreamName32(peer: peer, ssrc: repeats)] = name
    }
  }

  func setOff(_ peer: Int32, _ ssrc: UInt32, _ isOff: Bool) {
    let name = StreamName32(peer: peer, ssrc: ssrc)
    guard let wasOff = deliveries[name]?.isOff, wasOff != isOff else { return }
    deliveries[name]?.isOff = isOff
    if isOff { pause(name) }
  }

  func setHeldBack(_ subscription: SubscriptionHandle, _ isHeldBack: Bool) {
    for name in Array(deliveries.keys) where deliveries[name]?.subscription == subscription {
      deliveries[name]?.isHeldBack = isHeldBack
      if isHeldBack { pause(name) }
    }
  }

  func setMuted(_ source: UInt32, _ isMuted: Bool) {
    guard isMuted else {
      muted.remove(source)
      return
    }
    muted.insert(source)
    for (name, delivery) in deliveries where delivery.source == source { pause(name) }
  }

  private func pause(_ name: StreamName32) {
    if deliveries[name]?.pauses.last?.upperBound != Int.max {
      deliveries[name]?.pauses.append(moment...Int.max)
    }
  }

  func close(_ peer: Int32, _ ssrc: UInt32) {
    let name = StreamName32(peer: peer, ssrc: ssrc)
    guard let delivery = deliveries.removeValue(forKey: name) else { return }
    repeating = repeating.filter { $0.value != name }
    judge(delivery, name)
  }

  func closeAll() {
    for name in Array(deliveries.keys) { close(name.peer, name.ssrc) }
  }

  // MARK: Packets

  func received(_ packet: Span<UInt8>, isRepeat: Bool) {
    guard let header = try? RTPHeader(packet), let stamp = Self.stamp(packet, header, isRepeat: isRepeat)
    else { return }
    moment += 1
    // What comes while the track is muted is gone for good, also where it comes again.
    if muted.contains(stamp.source) { gone.insert(UInt64(stamp.source) << 32 | UInt64(stamp.number)) }
    if gone.contains(UInt64(stamp.source) << 32 | UInt64(stamp.number)) { return }
    // And so is what comes of a source that another has taken the place of: SSRCs of restarts grow.
    let ssrc = isRepeat ? header.ssrc &- 500_000 : header.ssrc
    guard ssrc >= newestSource[stamp.source] ?? 0 else { return }
    newestSource[stamp.source] = ssrc
    if arrived[stamp.source]?[stamp.number] == nil {
      arrived[stamp.source, default: [:]][stamp.number] = moment
    }
  }

  func sent(to peer: Int32, _ packet: Span<UInt8>) {
    guard let header = try? RTPHeader(packet) else {
      complain("what was sent to \(peer) is no packet")
      return
    }
    let name = StreamName32(peer: peer, ssrc: header.ssrc)
    if deliveries[name] != nil {
      sentMedia(packet, header, name)
    } else if let original = repeating[name] {
      repeated += 1
      guard let delivery = deliveries[original] else { return }
      if muted.contains(delivery.source) { complain("a repetition of muted track \(delivery.source)") }
      if deliveries[original]?.repeats.insert(header.sequence.value).inserted == false {
        complain("repetition \(header.sequence.value) of \(original) went out twice")
      }
      guard !header.payload.isEmpty, let sequence = RTX.originalSequence(packet, header) else { return }
      let count = delivery.unwrapper.peek(sequence)
      guard deliveries[original]?.counts.insert(count).inserted == true else { return }
      // What came before the key frame that it belongs to goes out when it is asked for.
      let stamp = Self.stamp(packet, header, isRepeat: true)
      if !wasLeftOut(stamp?.number ?? 0, delivery) {
        complain("repeated \(sequence.value) of \(original), which never went out")
      }
      deliveries[original]?.sent.append(
        Departed(count: count, number: stamp?.number, isKeyStart: false, moment: moment))
    } else {
      complain("sent SSRC \(header.ssrc) to \(peer), who does not expect it")
    }
  }

  private func sentMedia(_ packet: Span<UInt8>, _ header: RTPHeader, _ name: StreamName32) {
    guard let delivery = deliveries[name] else { return }
    forwarded += 1
    if delivery.isOff { complain("sent \(name), which is off") }
    if delivery.isHeldBack { complain("sent \(name), which is held back") }
    if muted.contains(delivery.source) { complain("sent \(name) of muted track \(delivery.source)") }
    let stamp = Self.stamp(packet, header, isRepeat: false)
    if let stamp, stamp.source != delivery.source {
      complain("sent track \(stamp.source) as \(name), which is of \(delivery.source)")
    }
    if stamp == nil, header.payload.count > 1 { complain("a payload to \(name) was changed") }
    let count = deliveries[name]?.unwrapper.unwrap(header.sequence) ?? 0
    if deliveries[name]?.counts.insert(count).inserted == false {
      complain("number \(header.sequence.value) of \(name) went out twice")
    }
    let isKeyStart =
      delivery.isVideo && (try? VP8Descriptor(packet, header.payload))?.isKeyFrame == true
    moment += 1
    deliveries[name]?.sent.append(
      Departed(count: count, number: stamp?.number, isKeyStart: isKeyStart, moment: moment))
    if let pause = delivery.pauses.last, pause.upperBound == Int.max {
      deliveries[name]?.pauses[delivery.pauses.count - 1] = pause.lowerBound...moment
    }
  }

  static func stamp(_ packet: Span<UInt8>, _ header: RTPHeader, isRepeat: Bool) -> PayloadStamp? {
    var payload = header.payload
    if isRepeat {
      guard payload.count > RTX.addedByteCount else { return nil }
      payload = payload.lowerBound + RTX.addedByteCount..<payload.upperBound
    }
    // Video's stands behind its descriptor and frame header, sound's behind one byte.
    return PayloadStamp(packet, payload, at: payload.lowerBound + 16)
      ?? PayloadStamp(packet, payload, at: payload.lowerBound + 1)
  }

  // MARK: The end

  /// Whether a packet reached the server while the receiver did not want the track, or before the first one of the key
  /// frame that it stands behind: it was left out then, because nothing could be shown yet.
  private func wasLeftOut(_ number: UInt32, _ delivery: Delivery) -> Bool {
    guard let came = arrived[delivery.source]?[number] else { return false }
    if delivery.pauses.contains(where: { $0.contains(came) }) { return true }
    guard let start = delivery.sent.last(where: { $0.isKeyStart && ($0.number ?? .max) < number })
    else { return false }
    return came < start.moment
  }

  private func judge(_ delivery: Delivery, _ name: StreamName32) {
    let sent = delivery.sent.sorted { $0.count < $1.count }
    var last: (count: Int64, number: UInt32)?
    var between = 0
    for entry in sent {
      guard let number = entry.number else {
        between += 1
        continue
      }
      defer {
        last = (entry.count, number)
        between = 0
      }
      guard let last else { continue }
      if number <= last.number {
        complain("\(name): \(number) stands behind \(last.number)")
        continue
      }
      let absent = Int(entry.count - last.count) - 1 - between
      guard absent > 0 else { continue }
      let known = arrived[delivery.source] ?? [:]
      let lost = (last.number + 1..<number).count { known[$0] == nil || wasLeftOut($0, delivery) }
      if absent > lost {
        complain(
          "\(name): \(absent) numbers missing between \(last.count) and \(entry.count), \(lost) never arrived"
        )
      }
    }
  }
}
