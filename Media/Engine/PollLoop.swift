// The bare loop of a worker, without meaning: waits for sockets, the mailbox or a deadline, reads the clock once a turn,
// and lets datagrams gather under load. The worker says what a turn does.

import CSystem
import Glibc

package struct PollLoop: ~Copyable {
  /// What a turn found.
  package struct Turn: Equatable, Sendable {
    /// The one time of this turn.
    package var nowNanoseconds: Int64
    /// Whether somebody called `WakeUp.signal`.
    package var isWoken = false
    /// One bit for each socket, by the number it was added with.
    package var readable: UInt64 = 0
    package var writable: UInt64 = 0

    package var nowMilliseconds: UInt64 { UInt64(max(0, nowNanoseconds) / 1_000_000) }
  }

  /// Sockets are bits of a word; one number is the wake-up's.
  private static let wakeToken: UInt64 = 63

  private let poll: Int32
  private let wakeUp: WakeUp
  private let ready: UnsafeMutablePointer<tandem_ready>
  private var wait: BatchingWait
  /// Until when the next turn lets datagrams gather; 0 for not at all.
  private var gatherUntil: Int64 = 0
  /// Sockets that are watched, and whether one of them is waited for to take more.
  private var watched: UInt64 = 0
  private var watchesRoom = false

  package init(wakeUp: WakeUp, wait: BatchingWait = BatchingWait()) throws(SocketFailure) {
    let poll = tandem_poll_open()
    guard poll >= 0 else { throw SocketFailure(step: .open, errorNumber: errno) }
    let status = tandem_poll_add(poll, wakeUp.descriptor, UInt32(TANDEM_READABLE), Self.wakeToken)
    guard status == 0 else {
      close(poll)
      throw SocketFailure(step: .open, errorNumber: status)
    }
    self.poll = poll
    self.wakeUp = wakeUp
    self.wait = wait
    ready = .allocate(capacity: Int(TANDEM_READY_MAX))
  }

  deinit {
    close(poll)
    ready.deallocate()
  }

  /// The clock that turns and deadlines go by.
  package static var nowNanoseconds: Int64 { tandem_now_nanoseconds() }

  /// Watches a socket under a number below 63, for reading.
  package mutating func add(_ socket: borrowing UDPSocket, number: Int) throws(SocketFailure) {
    precondition(number >= 0 && number < Self.wakeToken, "sockets are numbered from 0 to 62")
    let status = tandem_poll_add(poll, socket.descriptor, UInt32(TANDEM_READABLE), UInt64(number))
    if status != 0 { throw SocketFailure(step: .open, errorNumber: status) }
    watched |= 1 << UInt64(number)
  }

  /// Watches another poll, which is readable when anything in it is.
  mutating func add(poll other: Int32, number: Int) throws(SocketFailure) {
    let status = tandem_poll_add(poll, other, UInt32(TANDEM_READABLE), UInt64(number))
    if status != 0 { throw SocketFailure(step: .open, errorNumber: status) }
    watched |= 1 << UInt64(number)
  }

  /// Whether to wait for room in the socket as well: while its outbox is blocked.
  package mutating func watchRoom(_ isWatched: Bool, of socket: borrowing UDPSocket, number: Int) {
    watchesRoom = isWatched
    let events = TANDEM_READABLE | (isWatched ? TANDEM_WRITABLE : 0)
    let status = tandem_poll_change(poll, socket.descriptor, UInt32(events), UInt64(number))
    precondition(status == 0, "a socket that was never added")
  }

  /// Waits for something to do, at the latest until the deadline (nil: for ever).
  package mutating func turn(deadlineNanoseconds deadline: Int64?) -> Turn {
    var now = tandem_now_nanoseconds()
    if gatherUntil > now {
      tandem_sleep_until(gatherUntil)
      now = gatherUntil
      // Something has come, or the wait was for nothing; either way reading says so, and nobody has to be asked first. The
      // mailbox is looked into as well; its wake-up stays for the next turn that asks.
      if !watchesRoom {
        return Turn(nowNanoseconds: tandem_now_nanoseconds(), isWoken: true, readable: watched)
      }
    }
    let patience = deadline.map { max(0, $0 - now) } ?? -1
    let count = tandem_poll_wait(poll, ready, TANDEM_READY_MAX, patience)
    var turn = Turn(nowNanoseconds: tandem_now_nanoseconds())
    for index in 0..<max(0, Int(count)) {
      let (token, events) = (ready[index].token, ready[index].events)
      if token == Self.wakeToken {
        turn.isWoken = true
        wakeUp.clear()
        continue
      }
      // An error is fetched, and so cleared, by receiving.
      if events & UInt32(TANDEM_READABLE | TANDEM_FAULT) != 0 {
        turn.readable |= 1 << token
      }
      if events & UInt32(TANDEM_WRITABLE) != 0 { turn.writable |= 1 << token }
    }
    return turn
  }

  /// Tells the loop how many datagrams a turn took and when it is wanted next, so that it can let the next ones gather.
  package mutating func took(_ count: Int, in turn: Turn, deadlineNanoseconds deadline: Int64?) {
    wait.took(count, atNanoseconds: turn.nowNanoseconds)
    let time = wait.wait(fromNanoseconds: turn.nowNanoseconds, deadlineNanoseconds: deadline)
    gatherUntil = time > 0 ? turn.nowNanoseconds + time : 0
  }
}
