// Which way media should go in a room of topology `auto`: through the server at first, directly while exactly two are
// there, and back when that ends. Nothing on the server stops for it: clients move, and stay where a direct path fails.

import Store
import Values

extension Room {
  /// Asks the two to try a direct path, or all to come back; says nothing while all is as it was.
  mutating func settleTopology() -> [Action] {
    // Nobody is told before the reply that it waits for.
    guard !negotiations.values.contains(where: \.isHeld) else { return [] }
    var actions: [Action] = []
    let present = roster.all.filter { $0.presence != .joining }
    if !directPair.isEmpty, let reason = reasonToReturn(present) {
      directPair = []
      actions.append(.tell(.topology(.sfu, reason: reason), .everyone))
      actions += traced(nil, .topology, ["topology": "sfu", "reason": .string(reason)])
    }
    guard directPair.isEmpty, canGoDirect(present) else { return actions }
    directPair = present.map(\.id)
    return actions + [.tell(.topology(.p2p, reason: "two_participants"), .everyone)]
      + traced(nil, .topology, ["topology": "p2p", "reason": "two_participants"])
  }

  private func reasonToReturn(_ present: [Participant]) -> String? {
    if options.topology != .auto { return "configured" }
    if recording != nil { return "recording" }
    // An observer is a third one too: it has its media from the server.
    if present.count > Limits.directPathEnds { return "third_participant" }
    return present.map(\.id) == directPair ? nil : "participant_left"
  }

  private func canGoDirect(_ present: [Participant]) -> Bool {
    options.topology == .auto && present.count == Limits.directPathEnds && recording == nil
      && present.allSatisfy { $0.isAnnounced && !$0.tracks.isEmpty }
  }
}
