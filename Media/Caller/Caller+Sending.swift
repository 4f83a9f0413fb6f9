// Media on its way out: packets that are due, packets that the server asks for again, and a sender's reports.

import Crypto
import Link
import Structures
import Wire

extension Caller {
  mutating func sendMedia(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    for index in senders.indices {
      while let packet = senders[index].next(at: now) {
        send(packet, of: index, repeated: nil, into: &outlet)
        senders[index].remember(packet)
        counted.sentPackets += 1
      }
    }
  }

  /// `repeated`: the number of the repetition, which goes out as RTX.
  func canRepeat(_ index: Int) -> Bool {
    senders[index].setup.retransmissionSSRC != nil && senders[index].setup.retransmission != nil
  }

  mutating func send(
    _ packet: SentPacket, of index: Int, repeated: SequenceNumber?,
    into outlet: inout some CallerOutlet & ~Copyable
  ) {
    guard let remote else { return }
    outlet.send(from: connectivity.path, to: remote.address) { slot in
      let offset = writeHeader(packet, of: index, repeated: repeated, into: &slot)
      let end = writePayload(packet, of: index, repeated: repeated, into: &slot, at: offset)
      return (try? srtp?.protectRTP(&slot, headerCount: offset, count: end)) ?? 0
    }
  }

  private mutating func writeHeader(
    _ packet: SentPacket, of index: Int, repeated: SequenceNumber?, into slot: inout MutableSpan<UInt8>
  ) -> Int {
    let setup = senders[index].setup
    var header = RTPFixedHeader(
      payloadType: setup.redundancy ?? setup.payloadType, sequence: packet.sequence,
      timestamp: packet.timestamp, ssrc: setup.ssrc)
    header.marker = packet.marker
    if let repeated, let payloadType = setup.retransmission, let ssrc = setup.retransmissionSSRC {
      header.payloadType = payloadType
      header.sequence = repeated
      header.ssrc = ssrc
    }
    let fixed = header.write(into: &slot) ?? RTPHeader.fixedByteCount
    guard var writer = ExtensionWriter(at: fixed, in: &slot) else { return fixed }
    if let mid = setup.mid,
      let value = writer.append(setup.extensions.mid, byteCount: mid.byteCount, in: &slot)
    {
      _ = mid.write(into: &slot, at: value.lowerBound)
    }
    if !packet.isVideo, let value = writer.append(setup.extensions.audioLevel, byteCount: 1, in: &slot) {
      slot[value.lowerBound] = packet.levelDecibels | (packet.isSilence ? 0 : 0x80)
    }
    if let value = writer.append(
      setup.extensions.transportSequence, byteCount: TransportSequence.byteCount, in: &slot)
    {
      TransportSequence.write(transportSequence, into: &slot, at: value.lowerBound)
      transportSequence = transportSequence + 1
    }
    return writer.finish(in: &slot)
  }

  private func writePayload(
    _ packet: SentPacket, of index: Int, repeated: SequenceNumber?, into slot: inout MutableSpan<UInt8>,
    at offset: Int
  ) -> Int {
    let setup = senders[index].setup
    var offset = offset
    if repeated != nil {
      slot.store(packet.sequence.value, at: offset)
      offset += RTX.addedByteCount
    }
    switch setup.content {
    case .video(let looks):
      return packet.writePayload(source: setup.source, looks, into: &slot, at: offset)
    case .audio:
      guard setup.redundancy != nil, repeated == nil else {
        return packet.writePayload(source: setup.source, nil, into: &slot, at: offset)
      }
      // RFC 2198: the packet before, if it is near enough to be named, then this one.
      let earlier = senders[index].previous.flatMap { previous in
        (1...0x3FFF).contains(packet.timestamp.ticks(since: previous.timestamp)) ? previous : nil
      }
      if let earlier {
        let ticks = UInt32(packet.timestamp.ticks(since: earlier.timestamp))
        let head = UInt32(0x80 | setup.payloadType) << 24 | ticks << 10 | UInt32(earlier.payloadByteCount)
        slot.store(head, at: offset)
        offset += 4
      }
      slot[offset] = setup.payloadType
      offset += 1
      if let earlier {
        offset = earlier.writePayload(source: setup.source, nil, into: &slot, at: offset)
      }
      return packet.writePayload(source: setup.source, nil, into: &slot, at: offset)
    }
  }

  // MARK: What the server asks for

  mutating func repeatPackets(
    _ feedback: Feedback, in bytes: Span<UInt8>, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    counted.lossRequests += 1
    guard let index = senders.firstIndex(where: { $0.setup.ssrc == feedback.media }), canRepeat(index) else {
      return
    }
    var wanted = LostSequences(feedback)
    while let sequence = wanted.next(in: bytes) {
      guard let (packet, number) = senders[index].takeAgain(sequence) else { continue }
      send(packet, of: index, repeated: number, into: &outlet)
    }
  }

  mutating func keyFrameWanted(_ feedback: Feedback, in bytes: Span<UInt8>) {
    counted.pictureRequests += 1
    if feedback.subject == .pictureLoss {
      guard let index = senders.firstIndex(where: { $0.setup.ssrc == feedback.media }) else { return }
      senders[index].keyFrameWanted()
      return
    }
    var requests = FullIntraRequests(feedback)
    while let request = requests.next(in: bytes) {
      guard let index = senders.firstIndex(where: { $0.setup.ssrc == request.ssrc }) else { continue }
      senders[index].keyFrameWanted(fullIntra: request.number)
    }
  }
}
