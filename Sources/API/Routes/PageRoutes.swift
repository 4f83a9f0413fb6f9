// The web page and its modules, as they are in the binary.

import Access
import Page
import Web

enum PageRoutes {
  /// Nothing from anywhere else, nothing inline, in nobody's frame; media and WebSocket to this very server.
  private static let policy = """
    default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; \
    img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'
    """

  static func response(_ request: Request) -> Response? {
    guard request.method == .get || request.method == .head,
      let asset = Assets.asset(path: request.rawPath)
    else { return nil }
    return Response(
      headers: Headers([
        ("Content-Type", asset.contentType), ("ETag", asset.etag), ("Cache-Control", "no-cache"),
        ("Content-Security-Policy", policy),
        ("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
      ]), body: .bytes(asset.bytes))
  }
}
