// The control loop as its users see it: one thread, timers in order, work done elsewhere and brought back.

import Control
import Testing

@Suite("The control loop", .timeLimit(.minutes(1))) struct ControlTests {
  init() { Control.runInBackground() }

  @Test("work from any thread runs on the loop")
  func hops() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<200 { group.addTask { await onLoop() } }
      for await result in group { #expect(result) }
    }
  }

  @Control private func onLoop() async -> Bool {
    await Task.yield()
    return Control.shared.loop.isCurrent
  }

  @Test("a timer fires once, a cancelled one never")
  @Control func timers() async {
    var fired = 0
    let cancelled = Timer(after: .milliseconds(1)) { fired += 100 }
    cancelled.cancel()
    await withCheckedContinuation { continuation in
      let timer = Timer {
        fired += 1; continuation.resume()
      }
      timer.start(after: .milliseconds(5))
      kept = timer
    }
    #expect(fired == 1)
  }

  @Test("blocking work is done in order on its own thread")
  func workThread() async throws {
    let thread = WorkThread(named: "test")
    #expect(try await thread.run { 40 + 2 } == 42)
    thread.stop()
  }
}

@Control private var kept: Timer?
