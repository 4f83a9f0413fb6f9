// What the explanation of a session is made of: the room's own doings, and what the worker tells of its people.

import Link
import Store
import Values
import Wire

extension Room {
  /// A line in the trace of the session that runs; nothing outside of one.
  func traced(_ participant: String?, _ kind: TraceRow.Kind, _ detail: JSON.Object = [:]) -> [Action] {
    guard let session, session.startedAt != nil else { return [] }
    return [.keep(.traced(session: session.id, participant: participant, kind, .object(detail)))]
  }

  /// How good the connections of some are: who was rated, and what is worth a line.
  mutating func rated(_ qualities: [(participant: String, quality: PeerQuality)], at now: Timestamp)
    -> [Action]
  {
    var actions: [Action] = []
    for (id, quality) in qualities {
      let isNews = roster.update(id) { $0.quality.took(quality, at: now) }
      if isNews == true { actions += traced(id, .quality, quality.traced) }
    }
    return actions
  }

  /// From where somebody's media comes: the network, not the address.
  func arrived(_ id: String, from remote: String, _ kind: TraceRow.Kind, at now: Timestamp) -> [Action] {
    var detail = kind == .connected ? sinceJoin(of: id, at: now) : [:]
    detail.append("network", .string(Self.network(remote)))
    return traced(id, kind, detail)
  }

  func sinceJoin(of id: String, at now: Timestamp) -> JSON.Object {
    guard let joined = roster[id]?.joinedAt else { return [:] }
    return ["sinceJoinMs": .integer(max(0, now.milliseconds - joined.milliseconds))]
  }

  /// `192.0.2.7:5000` is of `192.0.2.0/24`, an IPv6 address of its first 48 bits.
  static func network(_ remote: String) -> String {
    let end = remote.lastIndex(of: ":") ?? remote.endIndex
    let host = remote[..<end].filter { $0 != "[" && $0 != "]" }
    guard let address = TransportAddress(host: host, port: 0) else { return "unknown" }
    if address.isIPv4 {
      return "\(address.ipv4 >> 24).\(address.ipv4 >> 16 & 255).\(address.ipv4 >> 8 & 255).0/24"
    }
    let groups = [48, 32, 16].map { String(address.high >> $0 & 0xFFFF, radix: 16) }
    return groups.joined(separator: ":") + "::/48"
  }
}
