// What somebody who enters the queue asks for, over what the platform has written down about them. The platform's word
// counts alone where a client could say too much of itself: rating, safeguarding, priority, who must not meet whom.

import Access
import Matching
package import Values

package struct QueueWish: Sendable {
  /// As the client sent it; nil: only what is written down counts.
  package var profile: JSON.Object?

  package init(profile: JSON.Object?) { self.profile = profile }

  /// Only the platform says these.
  static let platformsOwn: Set<String> = ["rating", "safeguarding", "priority", "attributes"]
  /// Of these both count.
  static let added: Set<String> = ["blocked"]
  /// The token says these.
  static let tokens: Set<String> = ["id", "role"]

  func ticket(_ id: String, _ grant: Grant, _ known: JSON?) throws(Refusal) -> Ticket {
    var merged = JSON.Object()
    for member in known?.object?.members ?? [] where !Self.tokens.contains(member.name) {
      merged[member.name] = member.value
    }
    for member in profile?.members ?? [] {
      if Self.platformsOwn.contains(member.name) || Self.tokens.contains(member.name) { continue }
      if Self.added.contains(member.name), let more = member.value.array {
        let before = merged[member.name]?.array ?? []
        merged[member.name] = .array(before + more.filter { !before.contains($0) })
      } else {
        merged[member.name] = member.value
      }
    }
    merged["id"] = .string(grant.identity)
    merged["role"] = .string(grant.role.rawValue)
    var ticket = JSON.Object([
      .init(name: "id", value: .string(id)), .init(name: "profile", value: .object(merged)),
    ])
    for name in ["maximumWaitSeconds", "priority", "seats", "groupSize", "acceptsGroup"] {
      if let value = merged[name] { ticket.append(name, value) }
    }
    do throws(InvalidField) {
      return try Ticket(Fields(.object(ticket)))
    } catch {
      throw Refusal(.invalidMessage, error.description)
    }
  }
}
