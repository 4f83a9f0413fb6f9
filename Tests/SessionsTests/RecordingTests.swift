// Who may be on tape at which moment: the room's decisions, without a server.

import Access
import Testing
import Values

@testable import Sessions

@Suite("Recording a room") struct RecordingTests {
  /// Mentor, student and observer are there, and nobody publishes: consent alone decides.
  private func stage(_ policy: RecordingPolicy = .onDemand) throws -> Stage {
    var stage = Stage { $0.recording = policy }
    try stage.join("m", .mentor)
    try stage.join("s", .student)
    try stage.join("o", .observer)
    return stage
  }

  private func consent(_ stage: inout Stage, _ id: String, _ isGiven: Bool = true) throws -> [Action] {
    try stage.room.consent(id, recording: isGiven, ConsentTerms(), at: stage.now)
  }

  private func orders(_ actions: [Action]) -> [String] {
    actions.compactMap { action in
      guard case .record(let order) = action else { return nil }
      return switch order {
      case .begin: "begin"
      case .hear: "hear"
      case .drop: "drop"
      case .note(let what, _, _, _): what
      case .quality: "quality"
      case .end(_, let reason, _): "end \(reason.rawValue)"
      }
    }
  }

  @Test("it waits for everybody who can be heard, and begins with the last consent")
  func waits() throws {
    var stage = try stage()
    let started = try stage.room.startRecording(id: "r", by: "m", at: stage.now)
    #expect(started.told.map(\.event.name) == ["recording waiting_for_consent r"])
    #expect(orders(started).isEmpty)
    #expect(orders(try consent(&stage, "m")).isEmpty)
    let last = try consent(&stage, "s")
    #expect(orders(last).starts(with: ["begin", "present", "present"]))
    #expect(last.told.map(\.event.name).contains("recording recording r"))
    #expect(stage.room.view.recordingState == .recording)
  }

  @Test("to start again is no mistake, and the same recording")
  func twice() throws {
    var stage = try stage()
    _ = try stage.room.startRecording(id: "r", by: "m", at: stage.now)
    #expect(try stage.room.startRecording(id: "other", by: "m", at: stage.now).isEmpty)
    #expect(stage.room.recording?.id == "r")
  }

  @Test("who has refused cannot be recorded; who says nothing is waited for")
  func refused() throws {
    var stage = try stage()
    _ = try consent(&stage, "s", false)
    #expect(
      refusal { try stage.room.startRecording(id: "r", by: "m", at: stage.now) } == .consentRequired)
    #expect(stage.room.recording == nil)
  }

  @Test("who comes later pauses it until they consent, or leave")
  func late() throws {
    var stage = try stage()
    _ = try consent(&stage, "m")
    _ = try consent(&stage, "s")
    _ = try stage.room.startRecording(id: "r", by: "m", at: stage.now)
    let joined = try stage.join("t", .student)
    #expect(joined.told.map(\.event.name).contains("recording waiting_for_consent r"))
    let agreed = try consent(&stage, "t")
    #expect(agreed.told.map(\.event.name).contains("recording recording r"))
    try stage.join("u", .student)
    let left = try stage.room.leave("u", at: stage.now)
    #expect(left.told.map(\.event.name).contains("recording recording r"))
    #expect(try stage.join("o2", .observer).told.map(\.event.name).filter { $0.hasPrefix("rec") }.isEmpty)
  }

  @Test("who takes it back is cut off alone; when nobody is left who agrees, it pauses")
  func withdrawn() throws {
    var stage = try stage()
    _ = try consent(&stage, "m")
    _ = try consent(&stage, "s")
    _ = try stage.room.startRecording(id: "r", by: "m", at: stage.now)
    #expect(orders(try consent(&stage, "s", false)) == ["withdrew"])
    #expect(stage.room.view.recordingState == .recording)
    _ = try consent(&stage, "m", false)
    #expect(stage.room.view.recordingState == .waiting)
    _ = try consent(&stage, "s")
    #expect(stage.room.view.recordingState == .recording)
  }

  @Test("it ends by a stop, with the last to leave, with the room, and with its policy")
  func ends() throws {
    var stopped = try recorded()
    #expect(
      orders(try stopped.room.stopRecording(.stopped, at: stopped.now)).last == "end stopped")
    #expect(refusal { try stopped.room.stopRecording(.stopped, at: stopped.now) } == .notRecording)
    var left = try recorded()
    _ = try left.room.leave("m", at: left.now)
    #expect(orders(try left.room.leave("s", at: left.now)).last == "end empty")
    var closed = try recorded()
    let end = closed.room.end(.ended, at: closed.now)
    #expect(orders(end).last == "end room_closed")
    #expect(end.told.map(\.event.name).prefix(2) == ["recording stopped r", "closed ended"])
    var changed = try recorded()
    var changes = RoomChanges()
    changes.recording = .off
    #expect(orders(try changed.room.change(changes, at: changed.now)).last == "end policy")
  }

  private func recorded() throws -> Stage {
    var stage = try stage()
    _ = try consent(&stage, "m")
    _ = try consent(&stage, "s")
    _ = try stage.room.startRecording(id: "r", by: "m", at: stage.now)
    return stage
  }

  @Test("off is off, and between two who talk directly there is nothing to record")
  func impossible() throws {
    var off = try stage(.off)
    #expect(refusal { try off.room.startRecording(id: "r", by: "m", at: off.now) } == .forbidden)
    var direct = Stage { $0.topology = .p2p }
    try direct.join("m", .mentor)
    #expect(refusal { try direct.room.startRecording(id: "r", by: "m", at: direct.now) } == .forbidden)
  }

  @Test("always begins by itself, cannot be stopped, and does not begin again and again on a full disk")
  func always() throws {
    var stage = Stage { $0.recording = .always }
    let joined = try stage.join("m", .mentor)
    #expect(joined.contains(.wantRecording(by: nil)))
    _ = try stage.room.startRecording(id: "r", by: nil, at: stage.now)
    _ = try consent(&stage, "m")
    #expect(stage.room.view.recordingState == .recording)
    #expect(refusal { try stage.room.stopRecording(.stopped, at: stage.now) } == .forbidden)
    _ = stage.room.endRecording(.diskFull, at: stage.now)
    #expect(stage.room.settleRecording(at: stage.now).isEmpty)
    #expect(try stage.join("s", .student).contains(.wantRecording(by: nil)))
  }

  @Test("what was wanted before a restart is wanted after it")
  func restart() throws {
    let before = try recorded()
    guard var after = Room(before.room.row, restoredAt: before.now) else {
      Issue.record("a row of ours is understood")
      return
    }
    #expect(after.recordingWanted == "m")
    after.roster = before.room.roster
    #expect(after.settleRecording(at: before.now) == [.wantRecording(by: "m")])
  }

  @Test("an auto room comes back to the server for a recording")
  func topology() throws {
    var stage = try recorded()
    stage.room.directPair = ["m", "s"]
    stage.room.options.topology = .auto
    #expect(stage.room.settleTopology().told.map(\.event.name) == ["topology sfu recording"])
  }
}
