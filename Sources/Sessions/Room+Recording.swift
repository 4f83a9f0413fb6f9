// Whether a room is being recorded, and who in it. Nothing is kept before everybody present has consented; who joins later
// pauses it until they do; who takes consent back is cut off, and the others go on. Observers are not heard, so they are
// not asked.

import Access
import Link
import Values

extension Room {
  /// Of a room that is recorded already: the recording that runs.
  mutating func startRecording(id newID: String, by starter: String?, at now: Moment) throws(Refusal)
    -> [Action]
  {
    guard phase == .open else { throw Self.closed }
    if recording != nil { return [] }
    guard options.recording != .off else {
      throw Refusal(.forbidden, "This room is not to be recorded: its policy is off.")
    }
    guard options.topology != .p2p else {
      throw Refusal(.forbidden, "In this room media goes directly: the server has nothing to record.")
    }
    let present = heardPeople
    guard !present.isEmpty else { throw Refusal(.conflict, "Nobody is in the room.") }
    if starter != nil, let refuser = present.first(where: { $0.consent == false }) {
      throw Refusal(.consentRequired, "\(refuser.name) has refused to be recorded.")
    }
    recording = RoomRecording(id: newID, startedBy: starter)
    recordingWanted = starter ?? ""
    isRecordingRefused = false
    let asked = Action.tell(.recording(.waiting, recording: newID), .everyone)
    let settled = settleRecording(at: now)
    return (recording?.state == .waiting ? [asked] : []) + settled + [.keep(.roomState(row)), .renegotiate]
  }

  mutating func stopRecording(_ reason: RecordingEnd, at now: Moment) throws(Refusal) -> [Action] {
    guard recording != nil else { throw Refusal(.notRecording, "This room is not being recorded.") }
    guard options.recording != .always || reason != .stopped else {
      throw Refusal(.forbidden, "This room's policy is to record always; only a change of it ends that.")
    }
    return endRecording(reason, at: now)
  }

  /// Ends what runs, if anything does.
  mutating func endRecording(_ reason: RecordingEnd, at now: Moment) -> [Action] {
    guard let ended = recording else { return [] }
    recording = nil
    recordingWanted = nil
    isRecordingRefused = reason == .failed || reason == .diskFull
    var actions = silence(ended.heard, ended)
    if ended.hasBegun { actions.append(.record(.end(recording: ended.id, reason, at: now.time))) }
    let state = reason == .failed ? RecordingState.failed : .stopped
    actions.append(.tell(.recording(state, recording: ended.id), .everyone))
    return actions + [.keep(.roomState(row)), .renegotiate]
  }

  private var heardPeople: [Participant] { roster.all.filter { $0.isAnnounced && $0.presence != .joining } }

  /// Brings what is on tape in line with who is here and what they said; says nothing while all is as it was.
  mutating func settleRecording(at now: Moment) -> [Action] {
    guard phase == .open else { return [] }
    let people = heardPeople
    guard var current = recording else {
      let isWanted = options.recording == .always || recordingWanted != nil
      let mayBe = options.recording != .off && options.topology != .p2p && !isRecordingRefused
      return isWanted && mayBe && !people.isEmpty ? [.wantRecording(by: recordingWanted)] : []
    }
    guard !people.isEmpty else { return endRecording(.empty, at: now) }
    let consenting = people.filter { $0.consent == true && !current.withdrawn.contains($0.id) }
    let isAllowed =
      !consenting.isEmpty
      && people.allSatisfy { $0.consent == true || current.withdrawn.contains($0.id) }
    var actions: [Action] = []
    if isAllowed, !current.hasBegun {
      current.hasBegun = true
      actions.append(.record(.begin(start(current, at: now))))
      for one in people { actions.append(note("present", one.id, current, now)) }
    }
    let wanted = isAllowed ? consenting.flatMap { tracks(of: $0) } : []
    let handles = Set(wanted.map(\.handle))
    actions += silence(current.heard.subtracting(handles), current)
    for track in wanted where !current.heard.contains(track.handle) {
      actions.append(.record(.hear(track, recording: current.id)))
    }
    current.heard = handles
    let state = isAllowed ? RecordingState.recording : .waiting
    if state != current.state {
      if current.hasBegun {
        actions.append(note(state == .waiting ? "paused" : "running", nil, current, now))
      }
      current.state = state
      actions.append(.tell(.recording(state, recording: current.id), .everyone))
    }
    recording = current
    return actions
  }

  private func start(_ current: RoomRecording, at now: Moment) -> RecordingStart {
    RecordingStart(
      id: current.id, room: id, roomName: name, session: session?.id ?? "", startedBy: current.startedBy,
      at: now.time)
  }

  private func note(
    _ what: String, _ participant: String?, _ current: RoomRecording, _ now: Moment
  ) -> Action {
    .record(.note(what, participant: participant, recording: current.id, at: now.time))
  }

  private func tracks(of one: Participant) -> [RecordedTrack] {
    (negotiations[one.id]?.tracks ?? []).filter { $0.kind == .audio }.map { track in
      RecordedTrack(
        handle: track.handle, source: track.source, participant: one.id, identity: one.identity,
        name: one.name, role: one.grant.role.rawValue, joinedAt: one.joinedAt)
    }
  }

  /// First the worker, so that not one packet more comes.
  private func silence(_ handles: Set<TrackHandle>, _ current: RoomRecording) -> [Action] {
    handles.sorted { $0.number < $1.number }.flatMap { handle -> [Action] in
      [
        .media([.record(handle, false)], participant: ""),
        .record(.drop(handle, recording: current.id)),
      ]
    }
  }

  /// The keeper has a file for this track; nothing if it must not be heard any more.
  func fileStands(_ handle: TrackHandle, recording id: String) -> [Action] {
    guard let recording, recording.id == id, recording.heard.contains(handle) else { return [] }
    return [.media([.record(handle, true)], participant: "")]
  }

  /// Everybody may say it of themselves; an observer's word is kept and not announced.
  mutating func consent(
    _ id: String, recording isGiven: Bool, _ terms: ConsentTerms, at now: Moment
  ) throws(Refusal) -> [Action] {
    let one = try member(id)
    let before = roster[id]?.consent
    guard let changed = roster.change(id, \.consent, to: isGiven) else { return [] }
    var actions: [Action] = []
    if let current = recording {
      if isGiven { recording?.withdrawn.remove(id) }
      if !isGiven, before == true, current.hasBegun { recording?.withdrawn.insert(id) }
      if current.hasBegun { actions.append(note(isGiven ? "consented" : "withdrew", id, current, now)) }
    }
    // Cut off before anything else is done.
    actions = settleRecording(at: now) + actions
    if one.isAnnounced {
      actions.append(.tell(.consent(participant: id, recording: isGiven), .everyoneBut(id)))
    }
    return actions + [.keep(.consent(row(of: changed), terms, at: now.time)), .renegotiate]
  }
}
