// Who may do what, in one table. A token names a role; single rights in the token override the role's.

package enum Role: String, Sendable, CaseIterable {
  case mentor, student, observer
}

package struct Rights: Sendable, Equatable {
  package var publish = false
  package var subscribe = false
  package var moderate = false
  package var record = false
  package var admin = false
  package var recordings = false
  package var match = false

  package init(
    publish: Bool = false, subscribe: Bool = false, moderate: Bool = false, record: Bool = false,
    admin: Bool = false, recordings: Bool = false, match: Bool = false
  ) {
    self.publish = publish
    self.subscribe = subscribe
    self.moderate = moderate
    self.record = record
    self.admin = admin
    self.recordings = recordings
    self.match = match
  }

  /// What a role may do when its token says no more.
  package static func of(_ role: Role) -> Rights {
    switch role {
    case .mentor: Rights(publish: true, subscribe: true, moderate: true, record: true)
    case .student: Rights(publish: true, subscribe: true)
    case .observer: Rights(subscribe: true)
    }
  }
}

/// What a verified token says about its holder.
package struct Grant: Sendable, Equatable {
  package enum Rooms: Sendable, Equatable {
    case none
    case any
    case one(String)
  }

  package let identity: String
  package let name: String?
  package let role: Role
  package let rooms: Rooms
  package let rights: Rights
  /// The key that signed it; nil for a token of an outside identity provider.
  package let keyID: String?
  package let tokenID: String?
  package let issuedAtSeconds: Int64?
  package let expiresAtSeconds: Int64

  package init(
    identity: String, name: String?, role: Role, rooms: Rooms, rights: Rights, keyID: String?,
    tokenID: String?, issuedAtSeconds: Int64?, expiresAtSeconds: Int64
  ) {
    self.identity = identity
    self.name = name
    self.role = role
    self.rooms = rooms
    self.rights = rights
    self.keyID = keyID
    self.tokenID = tokenID
    self.issuedAtSeconds = issuedAtSeconds
    self.expiresAtSeconds = expiresAtSeconds
  }

  package func allows(room: String) -> Bool {
    switch rooms {
    case .none: false
    case .any: true
    case .one(let allowed): allowed == room
    }
  }
}
