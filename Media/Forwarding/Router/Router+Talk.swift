// How long each one has talked: told each second while anybody does, from loudness alone.

import Link
import Structures
import Talk

extension Router {
  /// Somebody began.
  mutating func talked(_ number: Int, in room: Int, at now: Instant) {
    if !rooms[room].talkers.contains(Int32(number)) { rooms[room].talkers.append(Int32(number)) }
    guard rooms[room].talkAt == nil else { return }
    rooms[room].talkAt = max(now, rooms[room].talkToldAt.adding(milliseconds: Limits.talkMilliseconds))
  }

  mutating func tellTalk(_ room: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable) {
    guard let due = rooms[room].talkAt, due <= now else { return }
    var times: [TalkTime] = []
    var kept = 0
    for index in 0..<rooms[room].talkers.count {
      let number = Int(rooms[room].talkers[index])
      publications[number].talk.advance(to: now.talkStep)
      let milliseconds = publications[number].talk.take()
      let isTalking = publications[number].talk.isTalking
      times.append(
        TalkTime(track: publications[number].handle, milliseconds: milliseconds, isTalking: isTalking))
      guard isTalking else { continue }
      rooms[room].talkers[kept] = Int32(number)
      kept += 1
    }
    rooms[room].talkers.removeLast(rooms[room].talkers.count - kept)
    rooms[room].talkToldAt = now
    rooms[room].talkAt = kept == 0 ? nil : now.adding(milliseconds: Limits.talkMilliseconds)
    if !times.isEmpty { outlet.tell(.talk(rooms[room].handle, times)) }
  }
}

extension Instant {
  /// Tenths of a second, in which talk is measured.
  var talkStep: Int64 { nanoseconds / (TalkMeter.stepMilliseconds * 1_000_000) }
}
