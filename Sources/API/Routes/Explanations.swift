// The explanation of a session: what happened to its media, and why.

import Access
import Agenda
import Control
import Store
import Values
import Web

extension Routes {
  static let explanations: [Route] = [
    Route(
      .get, "/v1/sessions/{session}/explain", .readExplanation,
      .init(
        summary:
          "What happened in a session and why: paths, quality and its causes, mutes, breaks, recording.",
        answer: (200, "Explanation"))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("session")
      let found = try await service.reading { connection throws(StoreFailure) -> SessionExplanation? in
        guard let session = try SessionRow.find(id, connection) else { return nil }
        let traces = try TraceRow.of(session: id, limit: Limits.explanationLines + 1, connection)
        let events = try SessionReceipt.events(of: session, connection) { _ in true }
        return SessionExplanation(
          session: session, people: try ParticipantRow.took(partIn: id, connection), events: events,
          traces: Array(traces.prefix(Limits.explanationLines)), isCut: traces.count > Limits.explanationLines
        )
      }
      guard let found else { throw Refusal(.notFound, "there is no such session") }
      return .json(found.json, headers: uncached)
    }
  ]
}
