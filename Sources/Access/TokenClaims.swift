// The claims of an access token (RFC 7519 and the `tandem` object of our own), as values. TokenParser reads
// them, TokenMint writes them.

package import Values

package struct TokenClaims: Sendable, Equatable {
  /// What the token allows here. A right that is nil is taken from the role.
  package struct Tandem: Sendable, Equatable {
    /// A room's id, or "*" for all.
    package var room: String?
    package var role: Role?
    package var publish: Bool?
    package var subscribe: Bool?
    package var moderate: Bool?
    package var record: Bool?
    package var admin: Bool?
    package var recordings: Bool?
    package var match: Bool?

    package init(
      room: String? = nil, role: Role? = nil, publish: Bool? = nil, subscribe: Bool? = nil,
      moderate: Bool? = nil, record: Bool? = nil, admin: Bool? = nil, recordings: Bool? = nil,
      match: Bool? = nil
    ) {
      self.room = room
      self.role = role
      self.publish = publish
      self.subscribe = subscribe
      self.moderate = moderate
      self.record = record
      self.admin = admin
      self.recordings = recordings
      self.match = match
    }
  }

  /// `sub`: the user's id.
  package var subject: String
  package var expiresAtSeconds: Int64
  package var notBeforeSeconds: Int64?
  package var issuedAtSeconds: Int64?
  /// `iss`; left nil when minting, it becomes the key's id.
  package var issuer: String?
  package var audiences: [String]
  /// `jti`
  package var tokenID: String?
  package var name: String?
  package var tandem: Tandem?

  package init(
    subject: String, expiresAtSeconds: Int64, notBeforeSeconds: Int64? = nil, issuedAtSeconds: Int64? = nil,
    issuer: String? = nil, audiences: [String] = [], tokenID: String? = nil, name: String? = nil,
    tandem: Tandem? = nil
  ) {
    self.subject = subject
    self.expiresAtSeconds = expiresAtSeconds
    self.notBeforeSeconds = notBeforeSeconds
    self.issuedAtSeconds = issuedAtSeconds
    self.issuer = issuer
    self.audiences = audiences
    self.tokenID = tokenID
    self.name = name
    self.tandem = tandem
  }
}

extension TokenClaims {
  package var json: JSON {
    var object = JSON.Object()
    if let issuer { object.append("iss", .string(issuer)) }
    object.append("sub", .string(subject))
    if audiences.count == 1 {
      object.append("aud", .string(audiences[0]))
    } else if !audiences.isEmpty {
      object.append("aud", .array(audiences.map(JSON.string)))
    }
    object.append("exp", .integer(expiresAtSeconds))
    if let notBeforeSeconds { object.append("nbf", .integer(notBeforeSeconds)) }
    if let issuedAtSeconds { object.append("iat", .integer(issuedAtSeconds)) }
    if let tokenID { object.append("jti", .string(tokenID)) }
    if let name { object.append("name", .string(name)) }
    if let tandem { object.append("tandem", tandem.json) }
    return .object(object)
  }
}

extension TokenClaims.Tandem {
  /// The claims of single rights, by name.
  private static let rights: [(name: String, field: any WritableKeyPath<Self, Bool?> & Sendable)] = [
    ("publish", \.publish), ("subscribe", \.subscribe), ("moderate", \.moderate), ("record", \.record),
    ("admin", \.admin), ("recordings", \.recordings), ("match", \.match),
  ]

  package init(_ fields: Fields) throws(InvalidField) {
    self.init()
    room = try fields.optionalString("room", length: 1...Limits.identityBytes)
    if let room, room != "*", !Identifier.isAcceptable(room) {
      throw fields.invalid("room", "must be the id of a room, or * for all rooms")
    }
    role = try fields.optionalChoice("role")
    for (name, field) in Self.rights { self[keyPath: field] = try fields.optionalBool(name) }
  }

  var json: JSON {
    var object = JSON.Object()
    if let room { object.append("room", .string(room)) }
    if let role { object.append("role", .string(role.rawValue)) }
    for (name, field) in Self.rights {
      if let value = self[keyPath: field] { object.append(name, .bool(value)) }
    }
    return .object(object)
  }

  var rooms: Grant.Rooms {
    switch room {
    case nil: .none
    case "*": .any
    case .some(let room): .one(room)
    }
  }

  /// The role's rights with this token's own on top.
  var effectiveRights: Rights {
    var rights = Rights.of(role ?? .student)
    if let publish { rights.publish = publish }
    if let subscribe { rights.subscribe = subscribe }
    if let moderate { rights.moderate = moderate }
    if let record { rights.record = record }
    if let admin { rights.admin = admin }
    if let recordings { rights.recordings = recordings }
    if let match { rights.match = match }
    return rights
  }
}
