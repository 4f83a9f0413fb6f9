// One person in a room, as the room knows it. The connection, its event numbers and what can be told again are
// not here: those belong to Rooms, which performs what the room decides.

import Access
import Values

struct Participant: Sendable, Equatable {
  enum Presence: Sendable, Equatable {
    /// Its place is taken, but nobody is told before that is written down.
    case joining
    case active
    /// Its connection is gone; its place is kept for a while.
    case reconnecting(until: ContinuousClock.Instant)
  }

  let id: String
  var grant: Grant
  let name: String
  let attributes: JSON
  let joinedAt: Timestamp
  var resume: SecretHash
  var presence = Presence.joining
  var handRaised = false
  /// Nil: never said.
  var consent: Bool?
  var quality = QualityTally()
  /// What its negotiation says that it publishes.
  var tracks: [TrackView] = []

  var identity: String { grant.identity }
  /// Observers are announced to nobody.
  var isAnnounced: Bool { grant.role != .observer }
  var moderates: Bool { grant.rights.moderate || grant.rights.admin }
  var isActive: Bool { presence == .active }

  var view: ParticipantView {
    let state: ParticipantView.State =
      switch presence {
      case .joining, .active: .active
      case .reconnecting: .reconnecting
      }
    return view(state)
  }

  func view(_ state: ParticipantView.State) -> ParticipantView {
    ParticipantView(
      id: id, identity: identity, name: name, role: grant.role.rawValue, attributes: attributes, state: state,
      handRaised: handRaised, tracks: tracks)
  }
}

/// The SHA-256 of a resume secret: all that is kept of it. Looking one up by its hash takes the same time
/// whatever the secret is.
struct SecretHash: Sendable, Hashable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  init?(_ bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    func word(_ index: Int) -> UInt64 {
      bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(0), word(1), word(2), word(3))
  }

  var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  static func == (left: SecretHash, right: SecretHash) -> Bool { left.words == right.words }
  func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
