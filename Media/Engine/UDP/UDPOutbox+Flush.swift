// How an outbox empties: destination by destination into messages, messages into calls, and what the answers mean.

import CSystem
import Glibc

extension UDPOutbox {
  /// What waits for connections goes to them; the rest stays for the socket.
  mutating func flush(into streams: inout StreamPorts) {
    var kept = 0
    for index in 0..<activeCount {
      let destination = active[index]
      let entry = destinations + Int(destination)
      guard entry.pointee.stream != 0 else {
        active[kept] = destination
        kept += 1
        continue
      }
      var slot = entry.pointee.first
      while slot >= 0 {
        let length = Int(lengths[Int(slot)])
        streams.send(
          entry.pointee.stream, UnsafeBufferPointer(start: slab + Int(slot) * slotBytes, count: length))
        counts.datagrams += 1
        counts.bytes += length
        lengths[Int(slot)] = 0
        slot = following[Int(slot)]
      }
      entry.pointee.first = -1
      entry.pointee.last = -1
    }
    guard kept < activeCount else { return }
    activeCount = kept
    advanceHead()
    streams.flush()
  }

  /// Sends what waits. What the socket does not take now stays, and `isBlocked` says so.
  package mutating func flush(into socket: borrowing UDPSocket) {
    let descriptor = socket.descriptor
    flush { messages, count in tandem_send_batch(descriptor, messages, count) }
  }

  /// The same with the system call handed in, so that its refusals can be tested.
  mutating func flush(through send: (UnsafeMutablePointer<tandem_message>, UInt32) -> Int32) {
    isBlocked = false
    var done = 0
    while done < activeCount && !isBlocked {
      let (count, covered) = prepare(from: done)
      sendAll(count, through: send)
      done = covered
    }
    if isBlocked {
      retainActive()
    } else {
      activeCount = 0
      // From the first slot again: what was just written is in the cache, the rest of the ring is not.
      head = 0
      tail = 0
    }
  }

  /// Lays out messages for the destinations from this one on, as many as fit into one call, and says how many
  /// messages and up to which destination. A destination that does not fit whole stays for the next call.
  private mutating func prepare(from start: Int) -> (messages: Int, covered: Int) {
    let perCall = min(slots, Limits.messagesPerCall)
    var count = 0
    var vector = 0
    var index = start
    while index < activeCount {
      let destination = active[index]
      var slot = destinations[Int(destination)].first
      while slot >= 0 && count < perCall {
        let departure = group(from: slot, to: destination, vector: vector)
        lay(departure, at: count, vector: vector)
        vector += Int(departure.count)
        slot = following(departure)
        count += 1
      }
      // What is left of it begins at its first unsent datagram, once the rest is sent.
      if slot >= 0 { return (count, index) }
      index += 1
      if count == perCall { break }
    }
    return (count, index)
  }

  /// The longest run of this destination's datagrams from `slot` on that may go as one: equal sizes, only the last
  /// shorter. Fills in the vectors.
  private func group(from slot: Int32, to destination: Int32, vector: Int) -> Departure {
    let segment = lengths[Int(slot)]
    let isSegmented = destinations[Int(destination)].isSegmented
    var count = 0
    var bytes = 0
    var next = slot
    repeat {
      let length = lengths[Int(next)]
      vectors[vector + count] = iovec(iov_base: slab + Int(next) * slotBytes, iov_len: Int(length))
      count += 1
      bytes += Int(length)
      next = following[Int(next)]
      guard isSegmented, next >= 0, length == segment, lengths[Int(next)] <= segment else { break }
    } while count < Limits.segmentsPerSend && bytes + Int(lengths[Int(next)]) <= Limits.bytesPerSend
    return Departure(
      destination: destination, first: slot, count: Int32(count), segment: count > 1 ? segment : 0)
  }

  private func lay(_ departure: Departure, at index: Int, vector: Int) {
    let entry = destinations + Int(departure.destination)
    let message = messages + index
    departures[index] = departure
    message.pointee.header.msg_name = UnsafeMutableRawPointer(entry)
    message.pointee.header.msg_namelen = family.addressBytes
    message.pointee.header.msg_iov = vectors + vector
    message.pointee.header.msg_iovlen = Int(departure.count)
    message.pointee.header.msg_controllen = 0
    message.pointee.header.msg_control = control + index * Int(TANDEM_CONTROL_BYTES)
    if entry.pointee.local != .unspecified {
      var local = (entry.pointee.local.high.bigEndian, entry.pointee.local.low.bigEndian)
      withUnsafeBytes(of: &local) { bytes in
        tandem_departure(
          &message.pointee.header, family.number, departure.segment,
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
      }
    } else if departure.segment != 0 {
      tandem_departure(&message.pointee.header, family.number, departure.segment, nil)
    }
  }

  /// The slot behind the last of a departure.
  private func following(_ departure: Departure) -> Int32 {
    var slot = departure.first
    for _ in 0..<Int(departure.count) { slot = following[Int(slot)] }
    return slot
  }

  /// Hands the first `count` messages to the kernel, in as many calls as its answers ask for.
  private mutating func sendAll(
    _ count: Int, through send: (UnsafeMutablePointer<tandem_message>, UInt32) -> Int32
  ) {
    var next = 0
    var interruptions = 0
    while next < count {
      let answer = send(messages + next, UInt32(count - next))
      counts.calls += 1
      if answer > 0 {
        for index in next..<min(count, next + Int(answer)) { settle(departures[index], isSent: true) }
        next += Int(answer)
        continue
      }
      switch -answer {
      case EINTR where interruptions < 8:
        interruptions += 1
      case EAGAIN, EINTR:
        counts.blocked += 1
        isBlocked = true
        return
      case let error where departures[next].segment != 0 && [EIO, EINVAL, EMSGSIZE].contains(error):
        counts.segmentsRefused += 1
        destinations[Int(departures[next].destination)].isSegmented = false
        guard sendSingly(next, through: send) else { return }
        next += 1
      case let error:
        note(error)
        settle(departures[next], isSent: false)
        next += 1
      }
    }
  }

  /// A refused group, one datagram at a time. False if the socket takes no more.
  private mutating func sendSingly(
    _ index: Int, through send: (UnsafeMutablePointer<tandem_message>, UInt32) -> Int32
  ) -> Bool {
    let whole = departures[index]
    let vector = messages[index].header.msg_iov.map { $0 - vectors } ?? 0
    for offset in 0..<Int(whole.count) {
      let slot = destinations[Int(whole.destination)].first
      let single = Departure(destination: whole.destination, first: slot, count: 1, segment: 0)
      lay(single, at: index, vector: vector + offset)
      let answer = send(messages + index, 1)
      counts.calls += 1
      if answer == -EAGAIN || answer == -EINTR {
        counts.blocked += 1
        isBlocked = true
        return false
      }
      if answer <= 0 { note(-answer) }
      settle(single, isSent: answer > 0)
    }
    return true
  }

  /// Takes a departure's datagrams off its destination's list and frees their slots.
  private mutating func settle(_ departure: Departure, isSent: Bool) {
    let entry = destinations + Int(departure.destination)
    var slot = departure.first
    for _ in 0..<Int(departure.count) {
      if isSent { counts.bytes += Int(lengths[Int(slot)]) }
      lengths[Int(slot)] = 0
      slot = following[Int(slot)]
    }
    if isSent {
      counts.messages += 1
      counts.datagrams += Int(departure.count)
    }
    entry.pointee.first = slot
    if slot < 0 { entry.pointee.last = -1 }
  }

  private mutating func note(_ error: Int32) {
    counts.lastError = error
    switch error {
    case ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, ENETDOWN, EADDRNOTAVAIL: counts.unreachable += 1
    case EPERM, EACCES: counts.denied += 1
    case EMSGSIZE: counts.tooLong += 1
    default: counts.otherErrors += 1
    }
  }

  /// After a flush that was cut short: who still has something to send, in the same order.
  private mutating func retainActive() {
    var kept = 0
    for index in 0..<activeCount where destinations[Int(active[index])].first >= 0 {
      active[kept] = active[index]
      kept += 1
    }
    activeCount = kept
    advanceHead()
  }
}
