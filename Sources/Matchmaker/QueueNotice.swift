// What people in the queue are told. Typed here; API turns it into the messages of the protocol.

package import Control
package import Matching
package import Values

package struct QueueUpdate: Sendable, Equatable {
  package var ticket: String
  /// 1: the next. Nil for a mentor, for whom students wait.
  package var position: Int?
  package var waitingStudents: Int
  package var freeMentors: Int
  /// As likely sooner as later, and what nine of ten do not exceed; nil if too little was measured.
  package var seconds: Int?
  package var secondsAtMost: Int?
  package var widening: [WaitEstimate.Widening] = []
}

package struct FoundMatch: Sendable, Equatable {
  package struct Other: Sendable, Equatable {
    package var identity: String
    package var name: String?
    package var role: String
  }

  package var match: String
  package var role: String
  package var others: [Other]
  package var subject: String?
  package var score: Double
  package var reasons: [Reason]
  package var expiresAt: Timestamp
}

package struct ConfirmedMatch: Sendable, Equatable {
  package var match: String
  package var room: String
  package var session: String
}

package enum QueueNotice: Sendable, Equatable {
  case update(QueueUpdate)
  case found(FoundMatch)
  case confirmed(ConfirmedMatch)
  /// `reason`: declined, expired, left, changed.
  case cancelled(match: String, reason: String)
  /// The ticket is gone: expired or unanswered.
  case departed(ticket: String, reason: String)
}

/// A connection of somebody who waits.
@Control package protocol QueueListener: AnyObject {
  func tell(_ notice: QueueNotice)
  /// The same person waits on another connection now.
  func replaced()
}
