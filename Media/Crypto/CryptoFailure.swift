// What can go wrong with keys and sealed bytes, and the one place that empties OpenSSL's error queue: the
// queue is a thread's, and what is left in it would be taken for the reason of somebody else's failure.

import COpenSSL

package enum CryptoFailure: Error, Equatable, Sendable {
  /// The bytes are no key of the kind asked for: wrong length, a point that is not on the curve, too few
  /// bits.
  case invalidKey(String)
  /// Sealed bytes that were altered, cut short, or sealed under another key.
  case notAuthentic
}

/// Why TLS can't begin, in words for an operator.
package struct TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String
}

enum ErrorQueue {
  /// OpenSSL's own words for the latest failure on this thread; the queue is empty afterwards.
  static func drain() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
    return String(cString: reason)
  }
}
