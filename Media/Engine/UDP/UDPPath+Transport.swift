// The same path in the words of sockets and in those of transports.

package import Transport
import Wire

extension UDPPath {
  init(_ path: Path) {
    self.init(
      to: UDPAddress(
        IPAddress(high: path.remote.high, low: path.remote.low), port: path.remote.port, scope: path.scope),
      from: IPAddress(high: path.localHigh, low: path.localLow))
  }

  /// As transports know it.
  package var path: Path {
    Path(
      remote: TransportAddress(high: remote.ip.high, low: remote.ip.low, port: remote.port),
      scope: remote.scope, localHigh: local.high, localLow: local.low)
  }
}
