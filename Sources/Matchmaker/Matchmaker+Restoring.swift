// After a start: the queue stands where it stood, rooms of matches are there, and everybody is waited for as after a lost
// connection.

import Control
import Matching
import Observe
package import Store
import Values

extension Matchmaker {
  /// Once, after rooms were restored and before anybody comes.
  package func restore() async throws(StoreFailure) {
    let (latest, tickets, open) = try await store.read { connection throws(StoreFailure) in
      (try QueueLog.latest(connection), try TicketRow.all(connection), try MatchRow.open(connection))
    }
    do throws(InvalidField) {
      if let state = latest.state { queue = try MatchQueue(restoring: state) }
      for command in latest.commands {
        let recorded = try RecordedCommand(Fields(command))
        _ = try? queue.apply(recorded.command, at: recorded.time)
      }
    } catch {
      throw .damaged("the queue's own record does not read: \(error.description)")
    }
    commandsSinceState = latest.commands.count
    // What follows is played again under the rules under which it was decided.
    if latest.state == nil || queue.rules != options.rules {
      queue.adopt(options.rules)
      try await writeState()
    }
    for row in tickets where queue.ticket(row.id) != nil {
      people[row.id] = Person(ticket: row.id, identity: row.identity, name: row.name)
      ticketOfIdentity[row.identity] = row.id
      Metrics.queueTickets.add(1)
      wait(for: row.id)
    }
    for row in open {
      let number = UInt64(row.number)
      matches[number] = row
      numberOfMatch[row.id] = number
      if let session = row.session { numberOfSession[session] = number }
    }
    try await resumeMatches(open)
    if !people.isEmpty || !open.isEmpty {
      log.info(
        "the queue is back",
        ["tickets": .integer(Int64(people.count)), "matches": .integer(Int64(open.count))])
    }
    schedule()
  }

  private func resumeMatches(_ open: [MatchRow]) async throws(StoreFailure) {
    for row in open where row.state == .matched {
      guard let session = row.session else { continue }
      let known = try await store.read { connection throws(StoreFailure) in
        try SessionRow.find(session, connection)
      }
      if known?.endedAt != nil {
        ended(session)
      } else if known?.startedAt == nil, let fields = try? Fields(row.offer), let offer = try? Offer(fields) {
        await book(row, offer)
      }
    }
  }
}
