// Negotiation in rooms, as callers live it.

import Access
import Control
import Link
import Testing
import Values
import Wire

@testable import Sessions

@Suite("Negotiating with the server", .timeLimit(.minutes(1))) struct NegotiationTests {
  init() { Control.runInBackground() }

  @Test("two who both offer sound and picture see each other: the later one in the answer, the earlier one by one offer")
  @Control func two() async throws {
    let house = try await MediaHouse()
    let ana = try await house.join()
    let ben = try await house.join("firefox")
    guard case .answer(let answer)? = ben.inbox.first else { throw Refusal(.internal, "no answer") }
    #expect(answer.tracks.map(\.mid) == ["0", "1"] && answer.published.map(\.mid) == ["0", "1"])
    #expect(Set(answer.tracks.map(\.participant)) == [ana.seat.participant])
    house.settle()
    #expect(house.problems() == [])
    #expect(ana.names.filter { $0.hasPrefix("server offer") } == ["server offer 2"])
    #expect(!ben.names.contains { $0.hasPrefix("server offer") })
    #expect(ana.peer.lines.count == 2 && ben.peer.lines.count == 2, "the same m-lines carry both ways")
    #expect(ben.names.filter { $0.hasPrefix("added") }.count == 2, "one's own tracks are announced to oneself")
    await house.house.close()
  }
}
