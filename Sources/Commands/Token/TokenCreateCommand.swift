// `tandem token create`: signed here with the key's secret, so no server is needed, or by the server itself.

import Access
import Configuration
import Control
import Crypto
import Values
import Web

enum TokenCreateCommand {
  private static let identity = Option("identity", short: "i", value: "USER", "the user's id")
  private static let name = Option("name", value: "NAME", "what others see")
  private static let room = Option("room", short: "r", value: "ROOM", "the room it opens; * is every room")
  private static let role = Option(
    "role", value: "ROLE", "what its holder is in the room", kind: .choice(Role.allCases.map(\.rawValue)),
    standard: "student")
  private static let rights = [
    "publish", "subscribe", "moderate", "record", "admin", "recordings", "match",
  ]
  private static let allow = Option(
    "allow", value: "RIGHT", "a right beyond the role's", kind: .choice(rights), isRepeatable: true)
  private static let deny = Option(
    "deny", value: "RIGHT", "a right of the role to withhold", kind: .choice(rights), isRepeatable: true)
  private static let admin = Option(
    flag: "admin", "for programs that use the HTTP API: every room, every right")
  private static let ttl = Option(
    "ttl", value: "TIME", "how long it is good for, 24 h at most", kind: .duration, standard: "1h")
  private static let remote = Option(flag: "remote", "let the server sign it instead of signing it here")
  private static let quiet = Option(flag: "quiet", short: "q", "print the token alone, for scripts")

  static let command: Command = Command(
    "create", summary: "make a token, to join a room or to use the HTTP API",
    description: """
      The role gives rights: a mentor publishes, subscribes, moderates and records; a student publishes and
      subscribes; an observer subscribes and is announced to nobody. --allow and --deny change single ones.
      """,
    options: [identity, name, room, role, allow, deny, admin, ttl, remote, quiet, .json]
      + ServerAccess.options,
    examples: [
      Example(
        "tandem token create --identity ana --name Ana --room algebra-7 --role mentor",
        "let Ana teach in algebra-7"),
      Example(
        "curl -H \"Authorization: Bearer $(tandem token create --admin --quiet)\" localhost:7080/v1/rooms",
        "use the HTTP API"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let access = try ServerAccess.resolve(invocation)
    let request = try Request(invocation)
    let (token, expiresAt) =
      invocation.isSet(remote) ? try await request.send(access) : request.sign(access, at: .now)
    if invocation.isSet(.json) {
      console.print(["token": .string(token), "expiresAt": .string(expiresAt)] as JSON)
    } else if invocation.isSet(quiet) || !console.style.isOn {
      console.print(token)
    } else {
      console.print(token)
      console.remark("Good until \(expiresAt).")
      if request.room != nil, !request.isAdmin {
        console.remark("The call page takes it: \(access.url)/#token=…")
      }
    }
  }

  private struct Request {
    let identity: String
    let name: String?
    let room: String?
    let role: Role
    let changes: [(right: String, value: Bool)]
    let age: Duration
    let isAdmin: Bool

    init(_ invocation: Invocation) throws(CommandFailure) {
      isAdmin = invocation.isSet(admin)
      room = invocation.value(TokenCreateCommand.room) ?? (isAdmin ? "*" : nil)
      guard let identity = invocation.value(TokenCreateCommand.identity) ?? (isAdmin ? "admin" : nil) else {
        throw .usage("--identity is missing: whose token is it?")
      }
      self.identity = identity
      let allowed = invocation.all(allow) + (isAdmin ? ["admin", "moderate", "recordings"] : [])
      let denied = invocation.all(deny)
      if let both = allowed.first(where: denied.contains) {
        throw .usage("\(both) is both allowed and denied")
      }
      guard room != nil || !allowed.isEmpty else {
        throw .usage("--room is missing: which room does it open? (* is every room)")
      }
      name = invocation.value(TokenCreateCommand.name)
      role = invocation.value(TokenCreateCommand.role).flatMap(Role.init) ?? (isAdmin ? .observer : .student)
      changes = Set(allowed).sorted().map { ($0, true) } + Set(denied).sorted().map { ($0, false) }
      age = invocation.duration(ttl) ?? .seconds(3600)
      guard age > .zero, age <= .seconds(24 * 3600) else {
        throw .usage("--ttl must be from 1s to 24h: servers refuse tokens that are good for longer")
      }
    }

    func sign(_ access: ServerAccess, at now: Timestamp) -> (String, String) {
      var tandem = TokenClaims.Tandem(room: room, role: role)
      for (right, value) in changes {
        switch right {
        case "publish": tandem.publish = value
        case "subscribe": tandem.subscribe = value
        case "moderate": tandem.moderate = value
        case "record": tandem.record = value
        case "admin": tandem.admin = value
        case "recordings": tandem.recordings = value
        case "match": tandem.match = value
        default: preconditionFailure("the option's choices are these rights")
        }
      }
      var random = SecureRandom()
      let end = now + age
      let claims = TokenClaims(
        subject: identity, expiresAtSeconds: end.seconds, notBeforeSeconds: now.seconds,
        issuedAtSeconds: now.seconds, tokenID: Identifier.random(count: 22, using: &random), name: name,
        tandem: tandem)
      let token = TokenMint.token(claims, keyID: access.keyID, secret: Array(access.secret.value.utf8))
      return (token, Timestamp(seconds: end.seconds).rfc3339)
    }

    @Control func send(_ access: ServerAccess) async throws(CommandFailure) -> (String, String) {
      var body: JSON.Object = ["identity": .string(identity), "role": .string(role.rawValue)]
      if let name { body.append("name", .string(name)) }
      if let room { body.append("room", .string(room)) }
      body.append("ttl", .integer(age.milliseconds / 1000))
      for (right, value) in changes { body.append(right, .bool(value)) }
      let answer = try await APIClient(access).send(.post, ["v1", "tokens"], body: .object(body))
      guard let token = answer["token"]?.string else { throw .failed("the server answered without a token") }
      return (token, answer.text("expiresAt"))
    }
  }
}
