// The tape's thread: takes what workers put into their rings, gives it to the files of the recordings, and does all that
// the disk asks for. When the disk is slow, rings fill and say so; no call waits. While nothing is recorded it sleeps.

import CSystem
import Glibc
package import Link
import Tape
import Structures

/// `@unchecked Sendable`: the machine belongs to the one thread that calls `run`; the rest never changes.
package final class TapeThread: @unchecked Sendable {
  package let orders: MailboxSender<TapeOrder>
  /// One for each worker.
  package let senders: [TapeSender]
  private var machine: TapeMachine?

  /// `directory` is there already, and what an earlier process left in it was repaired.
  package init(
    directory: String, workers: Int, ringBytes: Int = Limits.tapeRingBytes, news: MailboxSender<TapeNews>,
    fault: DiskFault? = nil
  ) throws(DiskFailure) {
    let wakeUp: WakeUp
    do throws(SocketFailure) { wakeUp = try WakeUp() } catch {
      throw DiskFailure(path: "eventfd", errorNumber: error.errorNumber)
    }
    let mailbox = Mailbox<TapeOrder>(capacity: Limits.tapeOrders) { wakeUp.signal() }
    orders = mailbox.sender
    let rings = (0..<workers).map { _ in RingBox(TapeRing(byteCount: ringBytes)) }
    senders = rings.map { $0.ring.sender }
    machine = TapeMachine(
      directory: directory, rings: rings, orders: mailbox, wakeUp: wakeUp, news: news,
      journal: try TapeJournal(directory: directory, fault: fault), fault: fault)
  }

  /// Runs until it is told to stop, on the calling thread. Once.
  package func run() {
    guard var machine = machine.take() else { return }
    machine.run()
  }

  /// Puts back what only the journal of an earlier process has; before `init`, and before files are repaired.
  package static func recover(directory: String) throws(DiskFailure) -> Int {
    try TapeJournal.replay(directory: directory)
  }
}

/// A ring cannot be copied, and arrays hold only what can.
private final class RingBox {
  var ring: TapeRing
  init(_ ring: consuming TapeRing) { self.ring = ring }
}

private struct EarlyPacket {
  let item: TapeItem
  let payload: [UInt8]

  init(_ item: TapeItem, _ payload: Span<UInt8>) {
    self.item = item
    self.payload = Array(copying: payload)
  }
}

private struct OpenRecording {
  var folder: String
  var began: Int64
  var files: [UInt64] = []
  var hasFailed = false
}

private struct TapeMachine: ~Copyable {
  private let directory: String
  private let rings: [RingBox]
  private var orders: Mailbox<TapeOrder>
  private let wakeUp: WakeUp
  private let news: MailboxSender<TapeNews>
  private var unsent: [TapeNews] = []
  private var ends: [Int]
  private var journal: TapeJournal
  private let fault: DiskFault?
  private var recordings: [UInt64: OpenRecording] = [:]
  private var files: [UInt64: TapeFile] = [:]
  private var fileOfTrack: [TrackHandle: UInt64] = [:]
  /// When it was dropped: what was on its way then still counts.
  private var droppedAt: [TrackHandle: Int64] = [:]
  /// Packets of tracks that no order was about yet: they wait for one more look at the orders.
  private var early: [EarlyPacket] = []
  private var figures = TapeFigures()
  private var isStopping = false
  private var committedAt: Int64 = 0
  private var toldAt: Int64 = 0
  private var drainedAt: Int64 = 0

  init(
    directory: String, rings: [RingBox], orders: consuming Mailbox<TapeOrder>, wakeUp: WakeUp,
    news: MailboxSender<TapeNews>, journal: consuming TapeJournal, fault: DiskFault?
  ) {
    self.directory = directory
    self.rings = rings
    ends = Array(repeating: 0, count: rings.count)
    self.orders = orders
    self.wakeUp = wakeUp
    self.news = news
    self.journal = journal
    self.fault = fault
  }

  mutating func run() {
    while !isStopping || !unsent.isEmpty {
      wait()
      turn()
    }
    journal.checkpoint()
  }

  private func wait() {
    var watched = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
    let isBusy = !recordings.isEmpty || !unsent.isEmpty || journal.isDirty
    let count = poll(&watched, 1, isBusy ? Limits.tapeTurnMilliseconds : -1)
    if count > 0 { wakeUp.clear() }
  }

  private mutating func turn() {
    let now = TapeDisk.nowNanoseconds
    // Orders that came before a packet are taken before it: what is put into a ring from here on waits for the next turn.
    for index in rings.indices { ends[index] = rings[index].ring.end }
    takeOrders(at: now)
    drain(at: now, upTo: ends)
    for (number, file) in files where recordings[file.recording]?.hasFailed == false {
      file.advance(to: now)
      flush(file, number)
    }
    commit(at: now)
    if now - toldAt >= Limits.tapeFiguresNanoseconds, !recordings.isEmpty { tellFigures(at: now) }
    unsent = unsent.filter { !news.send($0) }
  }

  private mutating func takeOrders(at now: Int64) {
    var taken: [TapeOrder] = []
    orders.receive { taken.append($0) }
    // Before anything is drained on an order's behalf: what may not be kept any more never is.
    for case .drop(let track, let moment) in taken { droppedAt[track] = moment }
    for order in taken { perform(order, at: now) }
    deliverEarly()
  }

  /// Whose order had not been taken yet has a file now, or belongs to none.
  private mutating func deliverEarly() {
    guard !early.isEmpty else { return }
    for one in early {
      guard let file = fileOfTrack[one.item.track].flatMap({ files[$0] }), file.hears == one.item.track
      else { continue }
      file.receive(one.item, one.payload.span)
      figures.packets += 1
    }
    early.removeAll(keepingCapacity: early.count < Limits.tapeEarlyPackets / 16)
  }

  private mutating func perform(_ order: TapeOrder, at now: Int64) {
    switch order {
    case .open(let number, let folder, let began):
      if recordings.isEmpty { drainedAt = now }
      recordings[number] = OpenRecording(folder: folder, began: began)
      do throws(DiskFailure) {
        try TapeDisk.makeFolder("\(directory)/\(folder)")
        TapeDisk.syncFolder(directory)
      } catch {
        fail(number, error)
      }
    case .add(let setup): add(setup)
    case .hear(let track, let file):
      if let former = files[file]?.hears, former != track {
        drain(at: now)
        fileOfTrack[former] = nil
      }
      files[file]?.hears = track
      fileOfTrack[track] = file
      droppedAt[track] = nil
    case .drop(let track, let moment): droppedAt[track] = moment
    case .close(let number, let end): close(number, at: end)
    case .stop:
      for number in Array(recordings.keys) { close(number, at: now) }
      isStopping = true
    }
  }

  private mutating func add(_ setup: TapeFileSetup) {
    guard let recording = recordings[setup.recording], !recording.hasFailed, files[setup.number] == nil
    else { return }
    do throws(DiskFailure) {
      files[setup.number] = try TapeFile(
        setup, directory: directory, folder: recording.folder, began: recording.began, fault: fault)
      recordings[setup.recording]?.files.append(setup.number)
    } catch {
      fail(setup.recording, error)
    }
  }

  private mutating func drain(at now: Int64, upTo ends: [Int]? = nil) {
    let refused = rings.reduce(0) { $0 + $1.ring.refusedCount }
    let (files, fileOfTrack, droppedAt) = (files, fileOfTrack, droppedAt)
    var count = 0
    var unknown: [EarlyPacket] = []
    let room = Limits.tapeEarlyPackets - early.count
    for (index, box) in rings.enumerated() {
      count += box.ring.receive(upTo: ends?[index] ?? .max) { item, payload in
        guard let number = fileOfTrack[item.track], let file = files[number], file.hears == item.track
        else {
          if unknown.count < room { unknown.append(EarlyPacket(item, payload)) }
          return
        }
        if let moment = droppedAt[item.track], item.arrivalNanoseconds > moment { return }
        file.receive(item, payload)
      }
    }
    early += unknown
    figures.packets += count - unknown.count
    if refused > figures.refused {
      for number in recordings.keys {
        tell(.gap(recording: number, fromNanoseconds: drainedAt, untilNanoseconds: now))
      }
      figures.refused = refused
    }
    drainedAt = now
  }

  private mutating func flush(_ file: TapeFile, _ number: UInt64) {
    do throws(DiskFailure) {
      figures.bytes += try file.flush(into: &journal)
    } catch {
      fail(file.recording, error)
    }
  }

  private mutating func fail(_ recording: UInt64, _ failure: DiskFailure) {
    guard recordings[recording]?.hasFailed == false else { return }
    recordings[recording]?.hasFailed = true
    tell(.failed(recording: recording, reason: failure.reason))
  }

  private mutating func close(_ number: UInt64, at end: Int64) {
    guard recordings[number] != nil else { return }
    // What the recording still has in the rings belongs into it.
    drain(at: TapeDisk.nowNanoseconds)
    guard let recording = recordings.removeValue(forKey: number) else { return }
    var ends: [TapeFileEnd] = []
    for fileNumber in recording.files {
      guard let file = files.removeValue(forKey: fileNumber) else { continue }
      if let track = file.hears {
        fileOfTrack[track] = nil
        droppedAt[track] = nil
      }
      ends.append(file.finish(at: end, into: &journal))
    }
    TapeDisk.syncFolder("\(directory)/\(recording.folder)")
    tell(.closed(recording: number, ends))
  }

  private mutating func commit(at now: Int64) {
    guard journal.isDirty, now - committedAt >= Limits.tapeCommitNanoseconds || isStopping else { return }
    do throws(DiskFailure) {
      try journal.commit(at: now)
      figures.commits += 1
      figures.commitNanoseconds += TapeDisk.nowNanoseconds - now
    } catch {
      journal.drop()
    }
    committedAt = now
    if journal.wantsCheckpoint(at: now) { journal.checkpoint() }
  }

  private mutating func tellFigures(at now: Int64) {
    toldAt = now
    figures.files = files.count
    tell(.figures(figures, freeBytes: TapeDisk.freeBytes(in: directory)))
  }

  /// None may be lost: what the mailbox has no room for waits.
  private mutating func tell(_ one: TapeNews) {
    if !unsent.isEmpty || !news.send(one) { unsent.append(one) }
  }
}
