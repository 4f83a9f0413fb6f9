// What a text of the configuration may be: an address, a path, a URL. Checked when it is read, so that a typing
// error is found at start and not when a call needs the value.

package enum TextRule: Sendable, Equatable {
  case any
  case path
  /// An address to listen on.
  case address
  case ipAddress
  /// CIDR, or a single address.
  case network
  /// `https://host[:port]`, or `*`.
  case origin
  /// An http or https URL.
  case webAddress
  /// `stun:`, `stuns:`, `turn:`, `turns:`.
  case iceURL
  case identifier
  /// `web=debug`.
  case subsystemLevel
}
