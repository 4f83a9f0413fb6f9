// A room alone on a stage: joins in one step, a clock that is moved by hand, and short words for what came of it.

import Access
import Values

@testable import Sessions

/// Access has actions too.
typealias Action = Sessions.Action

func secret(_ text: String) -> SecretHash { SecretHash(of: text) }

func grant(
  _ identity: String, _ role: Role, rights: Rights? = nil, room: Grant.Rooms = .any, issuedAt: Int64 = 1
) -> Grant {
  Grant(
    identity: identity, name: identity.uppercased(), role: role, rooms: room, rights: rights ?? .of(role),
    keyID: "k_1", tokenID: nil, issuedAtSeconds: issuedAt, expiresAtSeconds: 2_000_000_000)
}

/// Numbers from a seed (SplitMix64), so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

func refusal(_ body: () throws -> Any) -> Refusal.Code? {
  do {
    _ = try body()
    return nil
  } catch {
    return (error as? Refusal)?.code
  }
}

struct Stage: ~Copyable {
  var room: Room
  var now = Moment(instant: .now, time: Timestamp(seconds: 1_700_000_000))
  var duplicates = SessionsOptions.DuplicateIdentity.replace
  private var sessions = 0

  init(_ change: (inout RoomOptions) -> Void = { _ in }) {
    var options = RoomOptions()
    change(&options)
    room = Room(id: "room", options: options, createdAt: now)
  }

  mutating func pass(_ wait: Duration) { now = now + wait }

  func participant(_ id: String, _ role: Role, identity: String?, rights: Rights?) -> Participant {
    Participant(
      id: id, grant: grant(identity ?? id, role, rights: rights), name: id, attributes: [:],
      joinedAt: now.time,
      resume: secret(id))
  }

  mutating func reserve(
    _ id: String, _ role: Role, identity: String? = nil, rights: Rights? = nil
  ) throws(Refusal) -> [Action] {
    sessions += 1
    let one = participant(id, role, identity: identity, rights: rights)
    switch try room.join(one, session: "s_\(sessions)", duplicates: duplicates, at: now) {
    case .reserved(let actions): return actions
    case .waiting: throw Refusal(.internal, "\(id) waits")
    }
  }

  @discardableResult
  mutating func join(
    _ id: String, _ role: Role, identity: String? = nil, rights: Rights? = nil, admitted: Bool = false
  ) throws(Refusal) -> [Action] {
    let lobby = room.options.lobby
    if admitted { room.options.lobby = false }
    defer { room.options.lobby = lobby }
    let reserved = try reserve(id, role, identity: identity, rights: rights)
    let completed = room.complete(id, at: now) ?? []
    return (reserved + completed).filter { $0 != .arm }
  }

  mutating func wait(_ id: String, _ role: Role, identity: String? = nil) throws(Refusal) -> [Action] {
    let one = participant(id, role, identity: identity, rights: nil)
    switch try room.join(one, session: "s_unused", duplicates: duplicates, at: now) {
    case .reserved: throw Refusal(.internal, "\(id) does not wait")
    case .waiting(let actions): return actions
    }
  }

  func view(_ id: String) -> JoinedView {
    room.joinedView(of: id, resume: "", lastSeq: 0)
      ?? JoinedView(
        me: ParticipantView(
          id: "", identity: "", name: "", role: "", attributes: [:], state: .active, handRaised: false,
          tracks: []), room: room.view, participants: [], waiting: [], resume: "", lastSeq: 0)
  }
}

extension Room {
  func listeners(of audience: Audience) -> [String] {
    var ids: [String] = []
    receivers(of: audience) { ids.append($0) }
    return ids
  }
}

extension [Action] {
  var told: [(event: Event, audience: Audience)] {
    compactMap { if case .tell(let event, let audience) = $0 { (event, audience) } else { nil } }
  }
  var dismissed: [String] {
    compactMap { if case .dismiss(let id, _) = $0 { id } else { nil } }
  }
  var facts: [Fact] { compactMap { if case .keep(let fact) = $0 { fact } else { nil } } }
}

extension Fact {
  var name: String { event?.type ?? "silent" }
}

extension Event {
  var name: String {
    switch self {
    case .participantJoined(let view): "joined \(view.id)"
    case .participantUpdated(let view): "updated \(view.id) \(view.state.rawValue)"
    case .participantLeft(let id, let reason): "left \(id) \(reason.rawValue)"
    case .chat(let from, let text, _, _): "chat \(from) \(text)"
    case .hand(let id, let raised): "hand \(id) \(raised)"
    case .consent(let id, let recording): "consent \(id) \(recording)"
    case .recording(let state, let id): "recording \(state.rawValue) \(id)"
    case .roomUpdated(let view): "room locked=\(view.locked)"
    case .roomClosed(let reason): "closed \(reason)"
    case .trackAdded(let id, let track): "added \(id) \(track.source.rawValue)"
    case .trackUpdated(let id, _): "track \(id)"
    case .trackRemoved(let id, _): "removed \(id)"
    case .offer(_, let tracks): "server offer \(tracks.count)"
    case .topology(let topology, let reason): "topology \(topology.rawValue) \(reason)"
    case .speakers(let speakers): "speakers \(speakers.map(\.participant))"
    case .quality(let scores): "quality \(scores.map(\.score))"
    case .talk(let shares): "talk \(shares.map(\.participant))"
    case .delivery(_, let state, _): "delivery \(state)"
    case .layers(_, let idle): "idle \(idle)"
    case .relayedOffer(let from, _, _): "offer \(from)"
    case .relayedAnswer(let from, _): "answer \(from)"
    case .relayedCandidate(let from, _, _): "candidate \(from)"
    case .admitted(let view): "admitted \(view.me.id)"
    case .denied: "denied"
    case .waiting(let view): "waiting \(view.id)"
    case .token: "token"
    case .draining: "draining"
    case .sessionExtended(let session): "extended \(session.id)"
    case .sessionEnding(_, let remaining): "ending in \(remaining)"
    }
  }
}
