// The one port for HTTP and WebSocket.

package import Control

@Control package final class WebServer {
  package struct Options: Sendable {
    package var address = "0.0.0.0"
    /// 0: any free port.
    package var port = 7080
    package var tls: (certificate: String, key: String)?
    /// Only from these is `X-Forwarded-For` or a PROXY header believed.
    package var trustedProxies: [AddressRange] = []
    package var proxyProtocol = false
    /// Exact origins such as `https://app.example`, or `*`.
    package var corsOrigins: [String] = []
    /// 0: no limit.
    package var maxConnections = 20_000
    package var maxConnectionsPerAddress = 512
    package var maxFrameBytes = 262_144
    /// Over this a client that doesn't read is closed.
    package var socketQueueBytes = 262_144
    /// Over this what may be dropped is.
    package var socketQueueSoftBytes = 131_072
    package var headTimeout = Duration.seconds(10)
    package var bodyTimeout = Duration.seconds(30)
    package var idleTimeout = Duration.seconds(60)
    package var writeTimeout = Duration.seconds(30)
    package var pingInterval = Duration.seconds(20)
    package var pongTimeout = Duration.seconds(10)

    package init() {}
  }

  private var options: Options

  /// Listens at once; the first connection is served when this has returned.
  package init(options: Options, handler: any WebHandler) throws(WebFailure) { self.options = options }

  package var port: Int { options.port }

  /// Takes over what can change while running: TLS files, origins, limits, timeouts, trusted proxies.
  package func reload(_ options: Options) { self.options = options }

  /// New connections are refused from now on; those that are open go on.
  package func stopAccepting() {}

  /// Closes all WebSockets with that code, lets queued bytes go out (at most two seconds), and frees everything.
  package func close(code: Int, reason: String) async {}
}
