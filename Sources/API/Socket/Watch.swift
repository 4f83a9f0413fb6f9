// `watch`: an operator's connection. It is in no room; it gets the event log as it grows, and once a second how things
// stand.

import Access
import Control
import Matchmaker
import Sessions
import Values
import Web

extension Client {
  func watch(_ message: Message) throws(Refusal) {
    guard case .fresh(let deadline) = state else {
      throw Refusal(.alreadyJoined, "this connection has joined, waits or watches already")
    }
    let token = try message.read { fields throws(InvalidField) in try fields.string("token", length: 1...8192)
    }
    let grant: Grant
    do throws(Refusal) {
      grant = try service.authenticate(token, address: address)
      try service.checkRate(of: grant)
      try ActionTable.require(.operateNode, grant)
    } catch {
      refuse(error, id: message.id)
      closeAfter(error)
      return
    }
    guard service.watching.hasRoom else { throw Refusal(.rateLimited, "too many operators watch already") }
    guard service.identities.enter(grant.identity, atMost: service.options.connectionsPerIdentity) else {
      throw Refusal(.rateLimited, "too many connections of this identity")
    }
    deadline.cancel()
    state = .joining(behind: [])
    Task.immediate {
      do throws(Refusal) {
        let cursor = try await service.watching.begin()
        guard socket != nil else { return service.identities.leave(grant.identity) }
        reply(
          message, "watching",
          [
            "cursor": .string(String(cursor)), "server": service.presentation,
            "dev": .bool(service.options.isDev),
          ])
        settle(.watching(identity: grant.identity))
        service.watching.add(self, token: token, from: cursor)
      } catch {
        service.identities.leave(grant.identity)
        turnedAway(error, message)
      }
    }
  }

  func stopWatching() {
    guard case .watching(let identity) = state else { return }
    service.identities.leave(identity)
    service.watching.remove(self)
  }

  /// An event of a watch: a snapshot replaces one that still waits to be sent, and of the log a slow reader gets less.
  func show(_ event: EncodedEvent, _ importance: Importance) {
    watchSeq += 1
    socket?.send(event.frame(seq: watchSeq), importance)
  }

  /// Its token is no longer good.
  func endWatch(_ refusal: Refusal) {
    stopWatching()
    state = .closed
    refuse(refusal, id: nil)
    close(code: 4401, refusal.code.rawValue)
  }
}

extension Service {
  /// How things stand, in one frame for all who watch.
  var snapshot: JSON.Object {
    let overview = rooms.overview(roomsAtMost: Limits.watchedRooms, peopleAtMost: Limits.watchedPeople)
    var fields: JSON.Object = [
      "at": .string(Timestamp.now.rfc3339), "draining": .bool(draining),
      "totals": [
        "rooms": .integer(Int64(overview.roomCount)),
        "activeRooms": .integer(Int64(overview.activeRoomCount)),
        "participants": .integer(Int64(overview.participantCount)),
      ],
      "loadLimit": .number(overview.loadBound), "workers": .array(overview.workers.map(\.json)),
      "rooms": .array(overview.rooms.map(\.json)),
    ]
    if let view = matchmaker?.totals {
      fields.append(
        "queue",
        [
          "waitingStudents": .integer(Int64(view.students)), "freeMentors": .integer(Int64(view.mentors)),
          "offers": .integer(Int64(view.offers)), "matches": .integer(Int64(view.matches)),
        ])
    }
    return fields
  }
}

extension WorkerGlance {
  fileprivate var json: JSON {
    [
      "number": .integer(Int64(number)), "load": .number((load * 1_000).rounded() / 1_000),
      "peers": .integer(Int64(peers)), "tracks": .integer(Int64(tracks)),
      "subscriptions": .integer(Int64(subscriptions)),
      "packetsIn": .integer(Int64(packetsIn)), "packetsOut": .integer(Int64(packetsOut)),
      "bytesIn": .integer(Int64(bytesIn)), "bytesOut": .integer(Int64(bytesOut)),
      "lost": .integer(Int64(max(0, packetsLost))),
    ]
  }
}

extension RoomGlance {
  fileprivate var json: JSON {
    [
      "id": .string(view.id), "name": .string(view.name), "topology": .string(view.topology.rawValue),
      "locked": .bool(view.locked), "recording": .string(view.recordingState.rawValue),
      "session": .optional(session), "count": .integer(Int64(count)), "people": .array(people.map(\.json)),
    ]
  }
}

extension PersonGlance {
  fileprivate var json: JSON {
    var object: JSON.Object = [
      "id": .string(id), "identity": .string(identity), "name": .string(name), "role": .string(role),
      "state": .string(state.rawValue), "tracks": .integer(Int64(tracks)),
      "muted": .integer(Int64(mutedTracks)),
    ]
    if let connection {
      object.append("score", .number(connection.score))
      object.append("fault", .optional(connection.fault))
      object.append("kbpsUp", .integer(Int64(connection.kbpsUp)))
      object.append("kbpsDown", .integer(Int64(connection.kbpsDown)))
    }
    return .object(object)
  }
}
