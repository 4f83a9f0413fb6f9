// What we ask publishers for: key frames for those who wait for a picture, and packets that are missing.

import Link
import Structures
import Wire

extension Router {
  /// A receiver that cannot show anything before a key frame comes.
  mutating func askForPicture(
    for subscription: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard subscriptions[subscription].takes else { return }
    let isUrgent = subscriptions[subscription].mayHurry
    subscriptions[subscription].mayHurry = false
    askForPicture(
      of: Int(subscriptions[subscription].publication), isUrgent: isUrgent, at: now, into: &outlet)
  }

  func isPictureAwaited(of number: Int) -> Bool {
    publications[number].isVideo
      && publications[number].subscribers.contains {
        subscriptions[Int($0)].takes
          && (subscriptions[Int($0)].publication == number
            ? subscriptions[Int($0)].isWaiting : subscriptions[Int($0)].next == number)
      }
  }

  mutating func askForPictureIfAwaited(
    of number: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    if isPictureAwaited(of: number) { askForPicture(of: number, at: now, into: &outlet) }
  }

  /// Too much is missing: everybody's picture stands.
  mutating func askForPictureIfUsed(
    of number: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard publications[number].subscribers.contains(where: { subscriptions[Int($0)].takes }) else { return }
    askForPicture(of: number, at: now, into: &outlet)
  }

  mutating func askForPicture(
    of number: Int, isUrgent: Bool = false, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    // Before its first packet there is nobody to ask, and a source that begins does so with a key frame.
    guard publications[number].isVideo, !publications[number].isMuted, publications[number].ssrc != nil,
      peers[Int(publications[number].peer)].isConnected
    else { return }
    let action = publications[number].keyframes.requested(at: now, isUrgent: isUrgent)
    perform(action, of: number, into: &outlet)
    wakeForPicture(of: number)
  }

  private mutating func wakeForPicture(of number: Int) {
    guard let deadline = publications[number].keyframes.deadline else { return }
    wake(Int(publications[number].peer), by: deadline)
  }

  mutating func perform(
    _ action: KeyframeRequests.Action, of number: Int, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let media = publications[number].ssrc else { return }
    let peer = publications[number].peer
    var writer = CompoundWriter(sender: peers[Int(peer)].reportSSRC)
    var out = compound.mutableSpan
    let isWritten: Bool
    switch action {
    case .none: return
    case .sendPictureLoss:
      writer.reportNothing(into: &out)
      isWritten = writer.pictureLoss(media: media, into: &out)
    case .sendFullIntra(let request):
      writer.reportNothing(into: &out)
      isWritten = writer.fullIntra(media: media, number: request, into: &out)
    }
    guard isWritten else { return }
    figures.pictureRequestsOut += 1
    send(writer, to: Int(peer), into: &outlet)
  }

  /// Packets of a publication that are due to be asked for.
  mutating func askForLosses(
    of number: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let deadline = publications[number].losses.deadline, deadline <= now,
      let media = publications[number].ssrc
    else { return }
    let peer = Int(publications[number].peer)
    let roundTrip = peers[peer].roundTrip.microsecondsOrGuess
    var lost = InlineArray<256, SequenceNumber>(repeating: SequenceNumber(0))
    var count = 0
    publications[number].losses.due(at: now, roundTrip: roundTrip) { sequence in
      guard count < 256 else { return }
      lost[count] = SequenceNumber(UInt16(truncatingIfNeeded: sequence))
      count += 1
    }
    var told = 0
    while told < count {
      var writer = CompoundWriter(sender: peers[peer].reportSSRC)
      var out = compound.mutableSpan
      writer.reportNothing(into: &out)
      let written = writer.loss(media: media, lost.span.extracting(told..<count), into: &out)
      guard written > 0 else { return }
      told += written
      figures.lossRequestsOut += 1
      send(writer, to: peer, into: &outlet)
    }
  }

  /// What was written into the compound's memory.
  mutating func send(
    _ writer: CompoundWriter, to peer: Int, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard writer.byteCount > 0, peers[peer].isConnected else { return }
    peers[peer].bytesDown += writer.byteCount
    outlet.sendRTCP(to: Int32(peer), compound.span.extracting(0..<writer.byteCount))
  }
}

extension CompoundWriter {
  /// A report without blocks, with which a compound begins for those who did not agree on less.
  mutating func reportNothing(into out: inout MutableSpan<UInt8>) {
    let none = InlineArray<1, ReportBlock>(repeating: ReportBlock(ssrc: 0))
    _ = report(none.span.extracting(first: 0), into: &out)
  }
}
