// Callers who come, go, share their screens, lose their connections and cross one another's offers, by chance from a
// seed. When all is quiet everybody has exactly the others' tracks.

import Access
import Control
import Testing
import Values

@testable import Sessions

@Suite("Crowds of callers", .timeLimit(.minutes(2))) struct NegotiationCrowdTests {
  init() { Control.runInBackground() }

  @Test("whatever crosses on the way, all end up with the tracks of the others", arguments: 1...40)
  @Control func crowd(seed: UInt64) async throws {
    var random = Seeded(seed)
    let house = try await MediaHouse()
    let browsers = ["chromium", "firefox", "aiortc"]
    for step in 0..<60 {
      try await act(house, browsers, &random)
      if step % 20 == 19 {
        house.settle()
        #expect(house.problems() == [], "seed \(seed), step \(step)")
      }
    }
    house.settle()
    #expect(house.problems() == [], "seed \(seed)")
    #expect(house.callers.flatMap(\.refusals) == [])
    while let last = house.callers.popLast() { try last.leave() }
    #expect(house.worker.peerCount == 0 && house.worker.faults == [])
    house.house.pass(.seconds(300))
    #expect(house.plane.handleCount == 0, "nothing is remembered of a room that is gone")
    await house.house.close()
  }

  @Control private func act(_ house: MediaHouse, _ browsers: [String], _ random: inout Seeded) async throws {
    func pick<Element>(_ list: [Element], _ random: inout Seeded) -> Element? {
      list.randomElement(using: &random)
    }
    let caller = pick(house.callers, &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0, 1: if house.callers.count < 5 { try await join(house, browsers, &random) }
    case 2:
      guard house.callers.count > 2, let caller else { return }
      try caller.leave()
      house.callers.removeAll { $0 === caller }
    case 3: change(caller) { $0.add(.screen) }
    case 4: change(caller) { $0.add(.screenAudio, receives: false) }
    case 5:
      // Stops sending, and goes on taking.
      change(caller) { peer in
        if let index = peer.lines.firstIndex(where: { $0.sends && !$0.isStopped }) {
          peer.lines[index].sends = false
        }
      }
    case 6:
      change(caller) { peer in
        if let index = peer.lines.firstIndex(where: { !$0.sends && !$0.isStopped }) {
          peer.lines[index].sends = true
        }
      }
    case 7:
      change(caller) { peer in
        guard peer.lines.count(where: { !$0.isStopped }) > 1,
          let index = peer.lines.lastIndex(where: { $0.sends && !$0.isStopped })
        else { return }
        peer.lines[index].isStopped = true
        peer.lines[index].incoming = nil
      }
    case 8: change(caller) { $0.restartICE() }
    case 9: try await caller?.dropAndResume()
    case 10..<15: caller?.send()
    default: caller?.read()
    }
  }

  /// An application offers when something has changed and nothing of its own is on the way.
  @Control private func change(_ caller: Caller?, _ body: (inout ModelPeer) -> Void) {
    guard let caller, !caller.peer.hasOffered, !caller.isAnswering else { return }
    body(&caller.peer)
    if !caller.peer.lines.isEmpty { caller.offer() }
  }

  @Control private func join(
    _ house: MediaHouse, _ browsers: [String], _ random: inout Seeded
  ) async throws {
    let sources: [[TrackView.Source]] = [[.microphone, .camera], [.microphone], [.camera], []]
    let caller = try house.caller(
      browsers.randomElement(using: &random) ?? "", sending: sources.randomElement(using: &random) ?? [])
    if caller.peer.lines.isEmpty { caller.peer.add(.microphone, sends: false) }
    let isObserver = Int.random(in: 0..<6, using: &random) == 0
    let offers = Int.random(in: 0..<4, using: &random) > 0
    try await caller.join(isObserver ? .observer : .student, offering: offers)
    if !offers { caller.offer() }
    house.callers.append(caller)
  }
}
