// The receipt of a session: a statement that billing can settle on, signed by the server.

import Access
import Control
import Library
import Store
import Values
import Web

extension Routes {
  static let receipts: [Route] = [
    Route(
      .get, "/v1/sessions/{session}/receipt", .readReceipt,
      .init(
        summary:
          "What a session was, signed (a JSON Web Signature by the key at /v1/keys/signing), once it has ended.",
        answer: (200, "Receipt"))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("session")
      let found = try await service.reading { connection throws(StoreFailure) in
        try statement(of: id, connection)
      }
      guard let found else { throw Refusal(.notFound, "there is no such session") }
      guard found.session.endedAt != nil else {
        throw Refusal(.conflict, "the session has not ended yet", retryAfter: .seconds(30))
      }
      let receipt = found.json(issuedAt: call.now)
      let (jws, key) = try await service.kept().signed(receipt)
      return .json(
        ["receipt": receipt, "jws": .string(jws), "key": .string(key)], headers: uncached)
    }
  ]

  private static func statement(
    of id: String, _ connection: any Connection
  ) throws(StoreFailure) -> SessionReceipt? {
    guard let session = try SessionRow.find(id, connection) else { return nil }
    return SessionReceipt(
      session: session, people: try ParticipantRow.took(partIn: id, connection),
      consents: try ConsentRow.of(session: id, connection),
      events: try events(of: session, connection) { $0.hasPrefix("participant.") },
      recordings: try RecordingRow.page(
        before: nil, "", RecordingRow.Filter(session: id), limit: Page.largestLimit, connection),
      topology: try RoomRow.find(session.room, connection)?.topology)
  }

  /// Those of the room while the session lasted; of a room with a long history, page by page.
  static func events(
    of session: SessionRow, _ connection: any Connection, _ isWanted: (String) -> Bool
  ) throws(StoreFailure) -> [EventRow] {
    guard let begin = session.startedAt else { return [] }
    let end = session.endedAt ?? .now
    var found: [EventRow] = []
    var after: Int64 = 0
    while true {
      let page = try EventLog.ofRoom(session.room, after: after, limit: Page.largestLimit, connection)
      found += page.filter { $0.at >= begin && $0.at <= end && isWanted($0.type) }
      guard let last = page.last, page.count == Page.largestLimit, last.at <= end else { return found }
      after = last.roomSeq
    }
  }
}
