// A WebSocket as the floors above see it.

package import Control

/// What a WebSocket's frames mean. Every call is on the control loop.
@Control package protocol SocketHandler: AnyObject {
  func opened(_ socket: any Socket)
  /// A whole text message of valid UTF-8 within the limit.
  func received(_ text: [UInt8], on socket: any Socket)
  /// A whole binary message; the protocol has none, so it counts against the client.
  func receivedBinary(on socket: any Socket)
  /// The last call, however it ended. `code` is the peer's, or nil if the connection just broke.
  func closed(_ socket: any Socket, code: Int?)
}

/// How much a message matters when the client reads too slowly.
package enum Importance: Sendable, Equatable {
  /// Never dropped; if it doesn't fit any more, the client is closed.
  case required
  /// Dropped first when the queue is over its soft limit.
  case droppable
  /// Replaces a queued message with the same key: only the newest counts (levels, quality, talk).
  case latest(String)
}

@Control package protocol Socket: AnyObject {
  /// The client's address as text, without port, from a trusted proxy's word if there is one.
  var address: String { get }
  /// Queues a text message. The bytes are shared, not copied, between sockets.
  func send(_ text: [UInt8], _ importance: Importance)
  /// Sends what is queued, then the close frame; cut if the peer does not answer in time.
  func close(code: Int, reason: String)
  /// Bytes waiting to be sent.
  var queuedBytes: Int { get }
}

extension Socket {
  package func send(_ text: [UInt8]) { send(text, .required) }
}
