// Somebody in a load test, whatever server it calls: the run says what it is to do and hands it what its callers say; it
// tells the context how far it has come.

package import Control
package import Generator

@Control package protocol LoadParticipant: AnyObject {
  var plan: ParticipantPlan { get }
  func join()
  func leave()
  /// Goes on from another address of its own.
  func roam()
  /// Loses its signaling connection and comes back.
  func reconnect()
  /// Of one of the callers that it has opened.
  func happened(_ event: GeneratorEvent)
}

/// A caller that plays for somebody: which generator's, and its number there.
package struct LoadSeat: Hashable, Sendable {
  package let generator: Int
  package let number: Int32
}

/// How far somebody has come. Each is reached once, unless it fails.
package enum LoadStage: Int, Sendable, Comparable {
  case waiting, joining, joined, connected, hearing, left, failed

  package static func < (left: LoadStage, right: LoadStage) -> Bool { left.rawValue < right.rawValue }
}
