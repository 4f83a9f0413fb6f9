// Topology `auto`: two are asked to try a direct path, and all come back when they are not two any more.

import Access
import Control
import Link
import Testing
import Values

@testable import Sessions

@Suite("Topology", .timeLimit(.minutes(1))) struct TopologyTests {
  init() { Control.runInBackground() }

  @Test("two with media go direct, a third brings all back, and nothing on the server stops for it")
  @Control func auto() async throws {
    let house = try await MediaHouse { $0.room.topology = .auto }
    let ana = try await house.join()
    house.settle()
    #expect(!ana.names.contains { $0.hasPrefix("topology") })
    let ben = try await house.join()
    let before = house.worker.commands.count
    house.settle()
    let moves = { (caller: Caller) in caller.names.filter { $0.hasPrefix("topology") } }
    #expect(moves(ana) == ["topology p2p two_participants"] && moves(ben) == moves(ana))
    #expect(
      house.worker.commands[before...].allSatisfy { if case .subscribe(_, _) = $0 { true } else { false } })
    try house.rooms.relay(ana.seat, .offer(sdp: "v=0", tracks: nil), to: ben.seat.participant)
    let eve = try await house.join("firefox")
    house.settle()
    #expect(moves(ana).last == "topology sfu third_participant" && moves(ana).count == 2)
    #expect(house.problems() == [])
    try eve.leave()
    house.callers.removeLast()
    house.settle()
    #expect(moves(ana).last == "topology p2p two_participants")
    try ben.leave()
    house.callers.removeLast()
    house.settle()
    #expect(moves(ana).last == "topology sfu participant_left")
    #expect(try house.rooms.show("room").view.topology == .auto)
    await house.house.close()
  }

  @Test("an observer has its media from the server, so where one listens nobody goes direct")
  @Control func observer() async throws {
    let house = try await MediaHouse { $0.room.topology = .auto }
    let ana = try await house.join()
    _ = try await house.join("chromium", .observer)
    _ = try await house.join()
    house.settle()
    #expect(!ana.names.contains { $0.hasPrefix("topology") } && house.problems() == [])
    await house.house.close()
  }

  @Test("a room that is set to another topology while two are direct brings them back")
  @Control func configured() async throws {
    let house = try await MediaHouse { $0.room.topology = .auto }
    let ana = try await house.join()
    _ = try await house.join()
    house.settle()
    var changes = RoomChanges()
    changes.topology = .sfu
    _ = try await house.rooms.update("room", changes)
    house.settle()
    #expect(ana.names.last == "topology sfu configured")
    await house.house.close()
  }
}
