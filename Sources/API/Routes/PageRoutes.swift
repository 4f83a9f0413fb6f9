// The web page and its modules, as they are in the binary.

import Access
import Page
import Web

enum PageRoutes {
  static func response(_ request: Request) -> Response? {
    guard request.method == .get || request.method == .head,
      let asset = Assets.asset(path: request.rawPath)
    else { return nil }
    return Response(
      headers: Headers([
        ("Content-Type", asset.contentType), ("ETag", asset.etag), ("Cache-Control", "no-cache"),
        ("Content-Security-Policy", Assets.contentSecurityPolicy),
        ("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        // Public files without a user in them: any page may import the SDK.
        ("Access-Control-Allow-Origin", "*"),
      ]), body: .bytes(asset.bytes))
  }
}
