// A room's options and its end, and what of it is written down.

import Access
import Store
import Values

extension Room {
  mutating func change(_ changes: RoomChanges, at now: Moment) throws(Refusal) -> [Action] {
    guard phase == .open else { throw Self.closed }
    if changes.topology == .p2p, roster.count(where: \.isAnnounced) > Limits.directPathEnds {
      throw Refusal(.conflict, "More than two are in the room: they can't talk directly.")
    }
    let before = (view, row)
    if let name = changes.name { self.name = name }
    if let topology = changes.topology { options.topology = topology }
    if let maxParticipants = changes.maxParticipants { options.maxParticipants = maxParticipants }
    if let emptyTimeout = changes.emptyTimeout { options.emptyTimeout = emptyTimeout }
    if let recording = changes.recording { options.recording = recording }
    // Who waits goes on waiting: nobody is let in by a switch.
    if let lobby = changes.lobby { options.lobby = lobby }
    if let locked = changes.locked { self.locked = locked }
    if let metadata = changes.metadata { self.metadata = metadata }
    guard row != before.1 else { return [] }
    let mayRecord = options.recording != .off && options.topology != .p2p
    let ended = mayRecord ? [] : endRecording(.policy, at: now)
    return ended + (view == before.0 ? [] : [.tell(.roomUpdated(view), .everyone)])
      + (negotiations.isEmpty ? [] : [.renegotiate]) + [.keep(.roomChanged(row)), .arm]
      + settleRecording(at: now)
  }

  /// Everybody goes, and nobody comes any more. The roster stays as it was, for the last events to find them.
  mutating func end(_ reason: RoomEnd, at now: Moment) -> [Action] {
    guard phase == .open else { return [] }
    var actions = endRecording(.roomClosed, at: now).filter { $0 != .renegotiate }
    phase = .ended(reason)
    actions.append(.tell(.roomClosed(reason: reason.rawValue), .everyone))
    for one in waiting { actions.append(.tell(.roomClosed(reason: reason.rawValue), .one(one.id))) }
    for one in roster.all where one.presence != .joining {
      actions.append(.keep(.left(row(of: one, left: .roomClosed, at: now.time))))
    }
    for id in Array(negotiations.keys) { actions += endMedia(of: id) }
    for one in roster.all + waiting { actions.append(.dismiss(participant: one.id, .roomClosed)) }
    if let session {
      let ended = session.row(room: id, endedAt: now.time, endReason: reason.rawValue, at: now.time)
      actions.append(.keep(.sessionEnded(ended)))
    }
    var closed = row
    closed.closedAt = now.time
    closed.closeReason = reason.rawValue
    return actions + [.keep(.roomClosed(closed)), .arm]
  }

  var row: RoomRow {
    RoomRow(
      id: id, name: name, topology: options.topology.rawValue,
      maxParticipants: Int64(options.maxParticipants), recording: options.recording.rawValue,
      lobby: options.lobby, locked: locked, emptyTimeoutMilliseconds: options.emptyTimeout.milliseconds,
      metadata: metadata, createdAt: createdAt,
      state: recordingWanted.map { ["recording": .string($0)] } ?? [:])
  }

  func row(of one: Participant, left reason: LeaveReason? = nil, at time: Timestamp? = nil) -> ParticipantRow
  {
    let session = session?.id ?? ""
    if let reason, let time { return one.row(leaving: session, of: id, reason, at: time) }
    return one.row(room: id, session: session)
  }
}
