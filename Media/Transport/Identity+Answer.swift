// How a lite agent answers a check: at once, to the address that it came from. Nothing that is sent is much longer than
// what was asked, and whoever does not know a ufrag of ours hears nothing at all.

import Structures
import Wire

extension Identity {
  enum Verdict {
    case accepted
    case dropped(DropReason)
  }

  func answer(
    _ message: STUNMessage, _ datagram: Span<UInt8>, on path: Path,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Verdict {
    guard let name = message.username, message.integrityOffset != nil else {
      outlet.send(on: path) { STUNResponse.error(.badRequest, to: message, into: &$0) }
      return .dropped(.malformed)
    }
    guard isNamed(datagram.extracting(name.range)),
      message.isAuthentic(datagram, hmacSHA1: { head, rest in code(head, rest) })
    else {
      outlet.send(on: path) { STUNResponse.error(.unauthenticated, to: message, into: &$0) }
      return .dropped(.unauthentic)
    }
    if !message.notUnderstood.isEmpty {
      refuse(.unknownAttribute, message, on: path, into: &outlet)
      return .dropped(.refused)
    }
    // Whoever wants to be controlled has found another lite agent: one of the two has to change, and we can't.
    if message.controlled != nil {
      refuse(.roleConflict, message, on: path, into: &outlet)
      return .dropped(.refused)
    }
    outlet.send(on: path) { slot in
      STUNResponse.success(to: message, mapped: path.remote, into: &slot) { head, rest in code(head, rest) }
    }
    return .accepted
  }

  private func refuse(
    _ error: STUNError, _ message: STUNMessage, on path: Path,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) {
    outlet.send(on: path) { slot in
      STUNResponse.error(error, to: message, into: &slot) { head, rest in code(head, rest) }
    }
  }
}
