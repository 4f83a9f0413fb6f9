// What the owner of a generator tells it, and what it tells its owner: values through mailboxes, as between the planes of
// the server.

package import Caller
package import Structures
package import Wire

package enum GeneratorCommand: Sendable {
  /// A new caller under a number that is free.
  case open(Int32, ICECredentials, seed: UInt64)
  case connect(Int32, CallerRemote)
  /// Numbered from 0 in the order in which they were added.
  case send(Int32, [SenderSetup])
  case expect(Int32, [ExpectedStream])
  case forget(Int32, [UInt32])
  case mute(Int32, sender: Int, Bool)
  /// To another address of its own, as a phone that changes networks.
  case move(Int32)
  case restart(Int32, local: ICECredentials, remote: ICECredentials)
  /// Says goodbye; the number is free again.
  case close(Int32)
  /// Begins or ends the window over which figures are taken.
  case measure(Bool)
  case stop

  /// Whom it concerns; nil: all.
  var number: Int32? {
    switch self {
    case .open(let number, _, _), .connect(let number, _), .send(let number, _), .expect(let number, _),
      .forget(let number, _), .mute(let number, _, _), .move(let number), .restart(let number, _, _),
      .close(let number):
      number
    case .measure, .stop: nil
    }
  }
}

package enum GeneratorEvent: Sendable {
  /// The server has answered a check: the first one, or on the path moved to.
  case reachable(Int32, at: Instant)
  case connected(Int32, at: Instant)
  case failed(Int32, String)
  /// The server said goodbye.
  case closed(Int32)
  /// The first packet of a stream.
  case firstPacket(Int32, ssrc: UInt32, at: Instant)
  /// Each second, and when a window ends.
  case figures(GeneratorFigures)
}
