// The caller's half of ICE (RFC 8445), against a lite server or a full one, whose own checks it answers: checks with USE-CANDIDATE on one path at a time, every 50 ms
// until one is answered, then for consent. Which path that is, its owner says.

import Crypto
import Structures
import Wire

struct Connectivity: Sendable {
  private struct Check: Sendable {
    var transaction: STUNTransaction
    var path: Int32
    var sent: Instant
    /// Credentials may have changed since.
    var generation: Int
  }

  enum Answer: Equatable {
    /// No answer to a check of ours, or not the server's.
    case none
    /// Of the path in use; the first since it was taken into use, or since the restart.
    case first
    case again
  }

  private(set) var local: ICECredentials
  private(set) var remote: ICECredentials?
  private(set) var path: Int32 = 0
  private(set) var isAnswered = false
  private(set) var deadline: Instant?
  private(set) var roundTrip: Int64?
  private(set) var sentCount = 0
  private(set) var answeredCount = 0
  private(set) var refusedCount = 0
  private(set) var lastAnswer: Instant?
  private var username: [UInt8] = []
  private var password: [UInt8] = []
  private var generation = 0
  private let tieBreaker: UInt64
  private var waiting: [Check] = []

  init(local: ICECredentials, tieBreaker: UInt64) {
    self.local = local
    self.tieBreaker = tieBreaker
    waiting.reserveCapacity(Limits.waitingChecks)
  }

  /// The first credentials of the server, or new ones of both sides: checks begin anew.
  mutating func begin(local: ICECredentials, remote: ICECredentials, at now: Instant) {
    self.local = local
    self.remote = remote
    username = Array("\(remote.ufrag):\(local.ufrag)".utf8)
    password = Array(remote.password.utf8)
    generation += 1
    isAnswered = false
    deadline = now
  }

  mutating func move(to path: Int32, at now: Instant) {
    self.path = path
    isAnswered = false
    if remote != nil { deadline = now }
  }

  /// Writes the next check and says how long it is.
  mutating func writeCheck(
    at now: Instant, _ chance: inout Chance, into out: inout MutableSpan<UInt8>
  ) -> Int {
    let transaction = STUNTransaction(
      high: UInt32(truncatingIfNeeded: chance.next()), low: chance.next())
    if waiting.count == Limits.waitingChecks { waiting.removeFirst() }
    waiting.append(Check(transaction: transaction, path: path, sent: now, generation: generation))
    sentCount += 1
    deadline = now.adding(milliseconds: isAnswered ? Limits.consentMilliseconds : Limits.checkMilliseconds)
    var writer = STUNWriter(.request, transaction: transaction, into: &out)
    writer.append(STUNAttribute.username, username.span, into: &out)
    writer.append(STUNAttribute.iceControlling, tieBreaker, into: &out)
    writer.appendFlag(STUNAttribute.useCandidate, into: &out)
    // Of a peer reflexive candidate (RFC 8445 section 5.1.2.1), each path a little less than the one before.
    let preference = UInt32(truncatingIfNeeded: 65_535 - Int64(path & 0xFFF))
    writer.append(STUNAttribute.priority, 110 << 24 | preference << 8 | 255, into: &out)
    let key = password
    writer.appendIntegrity(into: &out) { head, rest in Self.digest(key, head, rest) }
    writer.appendFingerprint(into: &out)
    return writer.byteCount
  }

  /// The answer to a check of a full agent's; zero for what is none, or not authentic.
  func answer(
    _ datagram: Span<UInt8>, from remote: TransportAddress, into out: inout MutableSpan<UInt8>
  ) -> Int {
    guard let message = try? STUNMessage(datagram), message.kind == .request, message.username != nil else {
      return 0
    }
    let key = Array(local.password.utf8)
    guard message.isAuthentic(datagram, hmacSHA1: { Self.digest(key, $0, $1) }) else { return 0 }
    return STUNResponse.success(to: message, mapped: remote, into: &out) { Self.digest(key, $0, $1) }
  }

  mutating func receive(_ datagram: Span<UInt8>, at now: Instant) -> Answer {
    guard let message = try? STUNMessage(datagram), message.kind == .success || message.kind == .error,
      let index = waiting.firstIndex(where: { $0.transaction == message.transaction })
    else { return .none }
    let check = waiting[index]
    guard check.generation == generation else { return .none }
    let key = password
    guard message.isAuthentic(datagram, hmacSHA1: { Self.digest(key, $0, $1) }) else { return .none }
    waiting.remove(at: index)
    guard message.kind == .success else {
      refusedCount += 1
      return .none
    }
    answeredCount += 1
    roundTrip = now.nanoseconds(since: check.sent)
    guard check.path == path else { return .none }
    lastAnswer = now
    if isAnswered { return .again }
    isAnswered = true
    deadline = now.adding(milliseconds: Limits.consentMilliseconds)
    return .first
  }

  private static func digest(_ key: [UInt8], _ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest {
    // Checks are few, so that one copy of a message does not matter.
    var message: [UInt8] = []
    message.reserveCapacity(head.count + rest.count)
    for index in head.indices { message.append(head[index]) }
    for index in rest.indices { message.append(rest[index]) }
    let code = HMAC.sha1(key: key.span, message: message.span)
    var digest = STUNDigest(repeating: 0)
    for index in digest.indices { digest[index] = code[index] }
    return digest
  }
}
