// The STUN and TURN servers that a joining client is told of. TURN credentials last as long as configured and are
// made for each client by the shared-secret scheme that coturn calls the REST API: user name `expiry:identity`,
// password base64(HMAC-SHA1(secret, user name)).

import Crypto
package import Values

package struct IceServers: Sendable, Equatable {
  private let stun: [String]
  private let turn: [String]
  private let turnSecret: [UInt8]
  private let turnLifetime: Duration

  package init(
    stun: [String] = [], turn: [String] = [], turnSecret: [UInt8] = [],
    turnLifetime: Duration = .seconds(3600)
  ) {
    self.stun = stun
    self.turn = turn
    self.turnSecret = turnSecret
    self.turnLifetime = turnLifetime
  }

  /// As RTCPeerConnection takes them.
  package func json(for identity: String, at now: Timestamp) -> JSON {
    var servers: [JSON] = []
    if !stun.isEmpty { servers.append(["urls": .array(stun.map(JSON.string))]) }
    if !turn.isEmpty {
      let user = "\((now + turnLifetime).seconds):\(identity)"
      let password = HMAC.sha1(key: turnSecret, message: Array(user.utf8))
      servers.append([
        "urls": .array(turn.map(JSON.string)), "username": .string(user),
        "credential": .string(Base64.encode(password, .standard)),
      ])
    }
    return .array(servers)
  }
}
