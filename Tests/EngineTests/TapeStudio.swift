// A tape's thread at work on a folder of its own, with voices whose every packet can be told apart.

import Crypto
import Engine
import Glibc
import Link
import Synchronization
import Tape

final class TapeStudio: Sendable {
  let path: String
  let tape: TapeThread
  private let news = Mutex<[TapeNews]>([])
  private let mailbox: MailboxBox
  private let isOver = Atomic(false)

  /// `@unchecked Sendable`: read by whoever holds the lock of `news`.
  private final class MailboxBox: @unchecked Sendable {
    var mailbox: Mailbox<TapeNews>
    init(_ mailbox: consuming Mailbox<TapeNews>) { self.mailbox = mailbox }
  }

  init(ringBytes: Int = 1 << 20, path: String? = nil, fault: DiskFault? = nil) throws {
    self.path = path ?? "/tmp/tandem-tape-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try TapeDisk.makeFolder(self.path)
    mailbox = MailboxBox(Mailbox(capacity: 1_024) {})
    tape = try TapeThread(
      directory: self.path, workers: 1, ringBytes: ringBytes, news: mailbox.mailbox.sender, fault: fault)
    // A thread of its own: it blocks, and the tests' own pool has two.
    var thread = pthread_t()
    let start = Unmanaged.passRetained(self)
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let studio = Unmanaged<TapeStudio>.fromOpaque(argument).takeRetainedValue()
        studio.tape.run()
        studio.isOver.store(true, ordering: .releasing)
        return nil
      }, start.toOpaque())
    pthread_detach(thread)
  }

  static let key = try? SealingKey(Array(0..<32))

  /// Opens recording `number` with one file a track.
  func record(_ number: UInt64, tracks: [UInt32], began: Int64 = TapeDisk.nowNanoseconds) throws {
    guard let key = Self.key else { return }
    _ = tape.orders.send(.open(recording: number, folder: "r\(number)", beganNanoseconds: began))
    for track in tracks {
      let file = number * 100 + UInt64(track)
      _ = tape.orders.send(
        .add(
          TapeFileSetup(
            number: file, recording: number, name: "\(track).opus", key: key,
            description: TrackDescription(serial: track, channels: 1, vendor: "test", comments: []))))
      _ = tape.orders.send(.hear(TrackHandle(UInt64(track)), file: file))
    }
  }

  /// 20 ms of a voice: a packet that nothing else can be taken for.
  static func packet(_ track: UInt32, _ count: Int64) -> [UInt8] {
    [0x78] + Array("<\(track):\(count)>".utf8)
  }

  /// False: the ring was full.
  @discardableResult
  func say(_ track: UInt32, _ count: Int64) -> Bool {
    let payload = Self.packet(track, count)
    return tape.senders[0].send(
      TapeItem(
        track: TrackHandle(UInt64(track)), kind: .opus, epoch: 1, count: count,
        timestamp: UInt32(truncatingIfNeeded: count * 960), arrivalNanoseconds: TapeDisk.nowNanoseconds),
      payload: payload.span)
  }

  /// What the thread told so far.
  var told: [TapeNews] {
    news.withLock { news in
      mailbox.mailbox.receive { news.append($0) }
      return news
    }
  }

  /// Waits for something to be told, at most ten seconds.
  func wait(_ isRight: (TapeNews) -> Bool) async -> Bool {
    for _ in 0..<1_000 {
      if told.contains(where: isRight) { return true }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  func stop() async {
    _ = tape.orders.send(.stop)
    for _ in 0..<1_000 where !isOver.load(ordering: .acquiring) {
      _ = told
      try? await Task.sleep(for: .milliseconds(10))
    }
  }

  /// The numbers of the packets of a voice that can be heard in its file, in order.
  func heard(_ number: UInt64, _ track: UInt32) -> (counts: [Int64], isClosed: Bool) {
    guard let key = Self.key else { return ([], false) }
    let path = "\(path)/r\(number)/\(track).opus"
    guard let descriptor = try? TapeDisk.open(path, makes: false) else { return ([], false) }
    defer { close(descriptor) }
    let heading = TapeDisk.read(descriptor, at: 0, count: SealedFile.headingByteCount) ?? []
    guard let reader = try? SealedFileReader(key, heading: heading) else { return ([], false) }
    var ogg = OggReader()
    var counts: [Int64] = []
    let pieces = SealedFile.pieces(byteCount: TapeDisk.size(descriptor)) {
      TapeDisk.read(descriptor, at: $0, count: 4)
    }
    for piece in pieces {
      guard let sealed = TapeDisk.read(descriptor, at: piece.sealed.lowerBound, count: piece.sealed.count),
        let plain = try? reader.open(sealed, number: piece.number)
      else { break }
      ogg.feed(plain.span)
      while let packet = ogg.next() {
        let text = String(decoding: packet.bytes.dropFirst(), as: UTF8.self)
        guard text.hasPrefix("<\(track):"), text.hasSuffix(">") else { continue }
        counts.append(Int64(text.dropFirst("<\(track):".count).dropLast()) ?? -1)
      }
    }
    return (counts, ogg.isClosed)
  }

  func remove() { Self.remove(path) }

  static func remove(_ path: String) {
    if let names = TapeDisk.names(in: path) {
      for name in names { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}
