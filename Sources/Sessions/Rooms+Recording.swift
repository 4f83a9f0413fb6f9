// Recording as participants and operators ask for it, and what its keeper tells.

package import Access
import Control
package import Link
import Observe
import Values

extension Rooms {
  /// The id of the recording that runs, or waits for consent.
  package func startRecording(_ seat: Seat) async throws(Refusal) -> String {
    let open = try open(seat)
    let asker = try recordingAsker(seat, in: open)
    return try await startRecording(open, by: asker)
  }

  package func stopRecording(_ seat: Seat) async throws(Refusal) -> String {
    let open = try open(seat)
    let asker = try recordingAsker(seat, in: open)
    return try await stopRecording(open, by: asker)
  }

  package func startRecording(room: String, by actor: Operator) async throws(Refusal) -> String {
    try await startRecording(try existing(room), by: actor.name)
  }

  package func stopRecording(room: String, by actor: Operator) async throws(Refusal) -> String {
    try await stopRecording(try existing(room), by: actor.name)
  }

  private func recordingAsker(_ seat: Seat, in open: OpenRoom) throws(Refusal) -> String {
    _ = try open.room.member(seat.participant)
    guard let one = open.room.roster[seat.participant] else { throw Room.closed }
    guard one.isAnnounced, one.grant.rights.record || one.grant.rights.admin else {
      throw Refusal(.forbidden, "The token does not allow to record.")
    }
    return one.identity
  }

  private func startRecording(_ open: OpenRoom, by name: String) async throws(Refusal) -> String {
    guard let recorder else { throw Refusal(.unavailable, "This server records nothing.") }
    if open.room.recording == nil { try recorder.check() }
    let actions = try open.room.startRecording(id: identifier(.recording), by: name, at: clock())
    // Known before the wait: by its end others may have changed it.
    guard let id = open.room.recording?.id else { throw Room.closed }
    try await settleKept(actions, in: open)
    return id
  }

  private func stopRecording(_ open: OpenRoom, by name: String) async throws(Refusal) -> String {
    guard let id = open.room.recording?.id else {
      throw Refusal(.notRecording, "This room is not being recorded.")
    }
    try await settleKept(try open.room.stopRecording(.stopped, at: clock()), in: open)
    log.info("recording stopped", ["room": .string(open.room.id), "by": .string(name)])
    return id
  }

  /// The policy wants it, or a restart broke it off.
  func wanted(by starter: String?, in open: OpenRoom) -> [Action] {
    guard let recorder else { return [] }
    do throws(Refusal) {
      try recorder.check()
      let starter = starter.flatMap { $0.isEmpty ? nil : $0 }
      return try open.room.startRecording(id: identifier(.recording), by: starter, at: clock())
    } catch {
      open.room.isRecordingRefused = true
      log.error(
        "a recording cannot begin",
        ["room": .string(open.room.id), "reason": .string(error.message)])
      return []
    }
  }

  // MARK: What the keeper tells

  /// The track's file stands, and its row is on the disk: it may be heard.
  package func fileStands(_ handle: TrackHandle, recording: String, room: String) {
    guard let open = rooms[room] else { return }
    settle(open.room.fileStands(handle, recording: recording), in: open)
  }

  /// The keeper had to end it.
  package func recordingEnded(_ recording: String, room: String, _ reason: RecordingEnd) {
    guard let open = rooms[room], open.room.recording?.id == recording else { return }
    settle(open.room.endRecording(reason, at: clock()), in: open)
  }
}
