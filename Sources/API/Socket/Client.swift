// One WebSocket from its hand-shake to its end: which messages it may send now, in which order they are handled,
// and when it has sent too much nonsense. What a message does is in the file of that message.

import Access
package import Control
import Matchmaker
import Observe
package import Sessions
import Values
package import Web

@Control package final class Client {
  static let subprotocol = "tandem.v1"

  enum State {
    case fresh(deadline: Timer)
    /// A join waits for its commit; what comes behind it waits here.
    case joining(behind: [Message])
    case seated(Seat, identity: String)
    /// Waits for somebody; the ticket may be gone already, with a match.
    case queued(ticket: String, Grant)
    /// An operator who looks on, in no room.
    case watching(identity: String)
    case closed
  }

  let service: Service
  var state: State
  private(set) var socket: (any Socket)?
  private var bucket: TokenBucket
  /// A request is being answered whose effect may be that this connection is closed: the close waits for the reply.
  private var unanswered = 0
  private var heldClose: CloseReason?
  /// Of the events to somebody who waits.
  var queueSeq: UInt64 = 0
  /// Of the events to an operator who watches.
  var watchSeq: UInt64 = 0
  private var wrongFrames = 0
  private var floodedMessages = 0

  init(service: Service) {
    self.service = service
    bucket = TokenBucket(
      ratePerSecond: service.options.messagesPerSecond, burst: service.options.messageBurst, at: .now)
    state = .closed
  }

  var address: String { socket?.address ?? "" }

  // MARK: Out

  func reply(_ message: Message, _ type: String, _ fields: JSON.Object = [:]) {
    guard let id = message.id else { return }
    var object: JSON.Object = ["type": .string(type), "id": id]
    for member in fields.members { object.append(member.name, member.value) }
    socket?.send(JSON.object(object).encoded())
  }

  func refuse(_ refusal: Refusal, id: JSON?) {
    Metrics.refusals.add()
    var object: JSON.Object = ["type": "error"]
    if let id { object.append("id", id) }
    object.append("code", .string(refusal.code.rawValue))
    object.append("message", .string(refusal.message))
    if let wait = refusal.retryAfter { object.append("retryAfter", .number(wait.inSeconds)) }
    socket?.send(JSON.object(object).encoded())
  }

  /// Until `answered`, rooms cannot close this connection: a request that ends it is answered first.
  func answering() { unanswered += 1 }

  func answered() {
    unanswered -= 1
    guard unanswered == 0, let reason = heldClose else { return }
    heldClose = nil
    close(code: reason.code, reason.text)
  }

  func close(code: Int, _ reason: String) {
    socket?.close(code: code, reason: reason)
  }

  /// Confirms what must survive the process once it does. It is done at once, so that the effects of a client's
  /// messages come in their order; only the replies may overtake one another.
  func whenKept(_ message: Message, _ act: @escaping @Control (Rooms) async throws(Refusal) -> Void) {
    replying(message) { rooms throws(Refusal) in
      try await act(rooms)
      return [:]
    }
  }

  /// The same, with something to tell.
  func replying(
    _ message: Message, _ act: @escaping @Control (Rooms) async throws(Refusal) -> JSON.Object
  ) {
    answering()
    Task.immediate {
      do throws(Refusal) {
        reply(message, "ok", try await act(service.rooms))
      } catch {
        refuse(error, id: message.id)
      }
      answered()
    }
  }

  // MARK: In

  private func handle(_ message: Message) {
    do throws(Refusal) {
      try dispatch(message)
    } catch {
      refuse(error, id: message.id)
    }
  }

  private func dispatch(_ message: Message) throws(Refusal) {
    if case .joining(var behind) = state {
      guard behind.count < Limits.messagesBehindJoin else {
        throw Refusal(.rateLimited, "wait for the reply to join before sending more")
      }
      behind.append(message)
      state = .joining(behind: behind)
      return
    }
    switch message.type {
    case "join": try join(message)
    case "leave": try leave(message)
    case "ping": ping(message)
    case "offer": try offer(message)
    case "answer": try answer(message)
    case "candidate": try candidate(message)
    case "chat": try chat(message)
    case "hand": try hand(message)
    case "consent": try consent(message)
    case "recording.start": try startRecording(message)
    case "recording.stop": try stopRecording(message)
    case "moderate": try moderate(message)
    case "mute": try mute(message)
    case "subscribe": try subscribe(message)
    case "queue.enter": try enterQueue(message)
    case "queue.leave": try leaveQueue(message)
    case "match.accept": try acceptMatch(message)
    case "match.decline": try declineMatch(message)
    case "watch": try watch(message)
    default:
      throw Refusal(.unsupportedType, "there is no message of the type \"\(message.type)\"")
    }
  }

  /// Where this client sits, for messages that only a participant may send.
  func seat() throws(Refusal) -> Seat {
    guard case .seated(let seat, _) = state else { throw Refusal(.notJoined, "join a room first") }
    return seat
  }

  /// The join is over: what waited behind it is handled now, in its order.
  func settle(_ new: State) {
    guard case .joining(let behind) = state else { return }
    state = new
    for message in behind { handle(message) }
  }

  func awaitJoin() {
    let deadline = Timer(after: service.options.joinTimeout) { [weak self] in
      self?.close(code: 4408, "no join in time")
    }
    state = .fresh(deadline: deadline)
  }

  private func wrongFrame(_ problem: String) {
    wrongFrames += 1
    refuse(Refusal(.invalidMessage, problem), id: nil)
    if wrongFrames >= Limits.wrongFrames { close(code: 4400, "not the protocol") }
  }

  /// False if the message is over the rate: it is refused, and a flood ends the connection.
  private func isWithinRate(id: JSON?) -> Bool {
    switch bucket.take(at: .now) {
    case .allowed: return true
    case .limited(let wait):
      Metrics.rateLimited.add()
      floodedMessages += 1
      if floodedMessages == Limits.floodedMessages {
        close(code: 4429, "too many messages")
      } else if floodedMessages < Limits.floodedMessages {
        refuse(Refusal(.rateLimited, "too many messages", retryAfter: wait), id: id)
      }
      return false
    }
  }
}

extension Client: SocketHandler {
  package func opened(_ socket: any Socket) {
    self.socket = socket
    awaitJoin()
  }

  package func received(_ text: [UInt8], on socket: any Socket) {
    guard self.socket != nil, floodedMessages < Limits.floodedMessages else { return }
    let started = ContinuousClock.now
    let json: JSON
    do {
      json = try JSON(parsing: text.span)
    } catch {
      wrongFrame("not JSON: \(error)")
      return
    }
    guard json.object != nil else {
      wrongFrame("a message is a JSON object")
      return
    }
    guard isWithinRate(id: Message.id(of: json)) else { return }
    do throws(Refusal) {
      handle(try Message(json))
    } catch {
      refuse(error, id: Message.id(of: json))
    }
    Metrics.messageDuration.observe(ContinuousClock.now - started)
  }

  package func receivedBinary(on socket: any Socket) {
    wrongFrame("binary frames mean nothing here")
  }

  package func closed(_ socket: any Socket, code: Int?) {
    if case .fresh(let deadline) = state { deadline.cancel() }
    if case .seated(let seat, let identity) = state {
      service.identities.leave(identity)
      service.rooms.connectionLost(seat, self)
    }
    if case .queued(let ticket, let grant) = state {
      service.identities.leave(grant.identity)
      service.matchmaker?.connectionLost(ticket, self)
    }
    stopWatching()
    state = .closed
    self.socket = nil
  }
}

extension Client: ParticipantConnection {
  package func deliver(_ frame: [UInt8], latestKey: String?) {
    socket?.send(frame, latestKey.map(Importance.latest) ?? .required)
  }

  package func close(_ reason: CloseReason) {
    if case .seated(_, let identity) = state {
      service.identities.leave(identity)
      // The seat is no longer this client's: its end must not start another resume window.
      state = .closed
    }
    guard unanswered == 0 else {
      heldClose = heldClose ?? reason
      return
    }
    close(code: reason.code, reason.text)
  }
}
