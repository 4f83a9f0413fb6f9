// Who hears of what: the parts know each other only through what is connected here.

import Access
import Agenda
import Control
import Library
import Matchmaker
import Sessions

extension TandemServer {
  static func connect(_ rooms: Rooms, _ library: Library, _ matchmaker: Matchmaker, _ agenda: Agenda) {
    library.rooms = rooms
    rooms.recorder = library
    rooms.onSessionEnded = { [weak matchmaker] session in matchmaker?.ended(session) }
    agenda.sign = { [weak library] statement in
      guard let library else { return .failure(Refusal(.unavailable, "The server is stopping.")) }
      do throws(Refusal) {
        let (jws, key) = try await library.signed(statement)
        return .success(Agenda.Signed(jws: jws, key: key))
      } catch {
        return .failure(error)
      }
    }
    agenda.rated = { [weak matchmaker] identity in await matchmaker?.rated(identity) }
    agenda.remember = { [weak matchmaker] pair in
      matchmaker?.remember(
        mentor: pair.mentor, student: pair.student, sessions: pair.sessions, mean: pair.mean)
    }
  }
}
