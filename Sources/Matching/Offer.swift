// What the queue decides and says: offers, matches, and why somebody left; and what it is told. All of it values, so that
// a day can be written down and played again.

/// A mentor and one or more students who are asked, or told, to meet.
package struct Offer: Sendable, Equatable {
  package struct Seat: Sendable, Equatable {
    package let ticket: String
    package let person: String
    package let score: Double
    package let reasons: [Reason]
    package var hasAccepted = false
  }

  package let number: UInt64
  package let mentorTicket: String
  package let mentor: String
  package var mentorHasAccepted = false
  /// Of one to one sessions there is one.
  package var students: [Seat]
  package let subject: String?
  /// In milliseconds since 1970; the lease on everybody in it ends then.
  package let expiresAt: Int64

  var isAccepted: Bool { mentorHasAccepted && students.allSatisfy(\.hasAccepted) }
}

/// Why a ticket is no longer in the queue.
package enum Departure: String, CaseIterable, Sendable {
  case left, expired, unanswered
}

package enum MatchEvent: Sendable, Equatable {
  /// Both sides are asked.
  case offered(Offer)
  /// Everybody agreed, or nobody is asked: make the room.
  case matched(Offer)
  /// The offer is taken back for this ticket.
  case withdrawn(offer: UInt64, ticket: String)
  /// Back in the queue at its old place.
  case requeued(ticket: String)
  case departed(ticket: String, Departure)
}

package enum QueueRefusal: String, Error, Sendable {
  case full = "queue_full"
  case alreadyWaiting = "already_waiting"
  case alreadyMatched = "already_matched"
  case unknownTicket = "unknown_ticket"
  case unknownOffer = "unknown_offer"
  case unknownMatch = "unknown_match"
}

/// Everything that the queue can be told.
package enum QueueCommand: Sendable, Equatable {
  case enter(Ticket)
  case leave(ticket: String)
  case update(ticket: String, Profile)
  case accept(offer: UInt64, ticket: String)
  case decline(offer: UInt64, ticket: String)
  /// The session of that match is over; the mentor's seat is free again.
  case ended(match: UInt64)
  /// What the two said of an earlier session.
  case remember(Pair, PairHistory)
  /// A score from outside for the pair, -1 to 1; 0 forgets it.
  case refine(Pair, Double)
  case tick
}
