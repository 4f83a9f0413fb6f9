// The seam to the API floor: what a joined client's connection can be told, why it is closed, and how an event
// becomes bytes. An event is encoded once; each receiver's frame differs only in its number.

package import Control

@Control package protocol ParticipantConnection: AnyObject {
  /// One whole frame. `latestKey` names replaceable state, of which only the newest counts when the client reads
  /// too slowly; nil: the frame must arrive.
  func deliver(_ frame: [UInt8], latestKey: String?)
  /// After what was delivered, and after the reply to a request of this client that is being handled: `leave`
  /// and `end` close the very connection that asks. It is no participant's any more.
  func close(_ reason: CloseReason)
}

package enum CloseReason: Sendable, Equatable, CaseIterable {
  case left, kicked, denied, replaced, roomClosed, timeout, restart, unauthorized, limited

  package var code: Int {
    switch self {
    case .left, .roomClosed: 1000
    case .restart: 1012
    case .unauthorized: 4401
    case .kicked, .denied: 4403
    case .timeout: 4408
    case .replaced: 4409
    case .limited: 4429
    }
  }

  /// The close frame's text: a word for programs to log, not to act on.
  package var text: String {
    switch self {
    case .left: "left"
    case .kicked: "kicked"
    case .denied: "denied"
    case .replaced: "replaced"
    case .roomClosed: "room closed"
    case .timeout: "timeout"
    case .restart: "restart"
    case .unauthorized: "unauthorized"
    case .limited: "too many messages"
    }
  }
}

/// The bytes of an event but for its number, which is each receiver's own.
package struct EncodedEvent: Sendable, Equatable {
  /// Up to the number: `{"type":"chat","seq":`
  let head: [UInt8]
  /// What follows it: `,"from":…}`
  let tail: [UInt8]

  package init(head: [UInt8], tail: [UInt8]) {
    self.head = head
    self.tail = tail
  }

  package func frame(seq: UInt64) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(head.count + tail.count + 20)
    frame.append(contentsOf: head)
    frame.append(contentsOf: String(seq).utf8)
    frame.append(contentsOf: tail)
    return frame
  }

  var byteCount: Int { head.count + tail.count + 20 }
}

package typealias EventEncoding = @Control (Event) -> EncodedEvent
