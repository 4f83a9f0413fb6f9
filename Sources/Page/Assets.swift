// The call page and the browser SDK: files of Sources/Page/assets, inside the binary. The API's page route asks
// for one by its path; each is copied out of the binary once, at first use, and shared by all responses.

import CPage
import Values

package struct Asset: Sendable {
  package let contentType: String
  /// Strong: it changes with every byte of the content, and with nothing else. With its quotes.
  package let etag: String
  package let bytes: [UInt8]
}

package enum Assets {
  /// What a page may load and do. Nothing inline, nothing from elsewhere; nobody may put it into a frame.
  package static let contentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; "
    + "img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

  /// The file served at a path such as `/` or `/tandem.js`; nil if there is none.
  package static func asset(path: String) -> Asset? { all[path] }

  private static let all: [String: Asset] = {
    var all: [String: Asset] = [:]
    for index in 0..<tandem_page_asset_count() {
      let embedded = tandem_page_asset_at(index)
      let bytes = Array(UnsafeBufferPointer(start: embedded.bytes, count: embedded.length))
      all[String(cString: embedded.path)] = Asset(
        contentType: String(cString: embedded.content_type), etag: etag(of: bytes), bytes: bytes)
    }
    return all
  }()

  /// FNV-1a over the content. Its authors are ours, so the hash has to tell versions apart and resist nobody.
  private static func etag(of bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let octets = (0..<8).reversed().map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    return "\"\(Hex.encode(octets))\""
  }
}
