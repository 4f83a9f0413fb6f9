// The tape of this server: its thread, and what it tells brought onto the control loop.

import Control
import Engine
import Glibc
import Link
import Observe
import Synchronization
import Values

@Control final class Tape {
  let directory: String
  let senders: [TapeSender]
  let orders: MailboxSender<TapeOrder>
  private let thread: TapeThread
  private var news: Mailbox<TapeNews>
  private let wakeUp: WakeUp
  private var watch: DescriptorWatch?
  private let hasEnded = Flag()

  /// Who is told of what happens.
  var onNews: (TapeNews) -> Void = { _ in }

  /// Puts back first what only the journal of an earlier process has.
  init(directory: String, workers: Int) throws(StartFailure) {
    self.directory = directory
    do throws(DiskFailure) {
      try TapeDisk.makeFolder(directory)
      let restored = try TapeThread.recover(directory: directory)
      if restored > 0 {
        Log("library").warning(
          "sound was put back from the journal", ["bytes": .integer(Int64(restored))])
      }
      do throws(SocketFailure) { wakeUp = try WakeUp() } catch {
        throw DiskFailure(path: "eventfd", errorNumber: error.errorNumber)
      }
      let signal = wakeUp
      news = Mailbox(capacity: Limits.newsCapacity) { signal.signal() }
      thread = try TapeThread(directory: directory, workers: workers, news: news.sender)
    } catch {
      throw StartFailure("the tape cannot start: \(error.reason)")
    }
    senders = thread.senders
    orders = thread.orders
  }

  func start() {
    watch = DescriptorWatch(wakeUp.descriptor) { [unowned self] in collect() }
    let (thread, hasEnded) = (thread, hasEnded)
    WorkThread.spawn(named: "tape") {
      thread.run()
      hasEnded.set()
    }
  }

  private func collect() {
    wakeUp.clear()
    var arrived: [TapeNews] = []
    news.receive { arrived.append($0) }
    for one in arrived { onNews(one) }
  }

  /// Closes what runs and waits for it, but not for ever.
  func stop() async {
    _ = orders.send(.stop)
    for _ in 0..<Limits.tapeEndTries where !hasEnded.isSet { try? await Task.sleep(for: .milliseconds(10)) }
    collect()
    watch = nil
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)
  func set() { value.store(true, ordering: .releasing) }
  var isSet: Bool { value.load(ordering: .acquiring) }
}
