// A way to reach someone (RFC 8839, section 5.1; RFC 6544 for TCP): in an m-line, or by itself in a message that
// trickles it.

package struct ICECandidate: Hashable, Sendable, CustomStringConvertible {
  package enum Transport: String, Sendable { case udp, tcp }
  package enum Kind: String, Sendable {
    case host
    case serverReflexive = "srflx"
    case peerReflexive = "prflx"
    case relay
  }
  package enum TCPRole: String, Sendable {
    case active, passive
    case simultaneous = "so"
  }

  package var foundation: String
  package var component: UInt8
  package var transport: Transport
  package var priority: UInt32
  /// An address, or a name that only the local network knows (`….local`).
  package var host: String
  package var port: UInt16
  package var kind: Kind
  package var relatedHost: String?
  package var relatedPort: UInt16?
  package var tcpRole: TCPRole?

  package init(
    foundation: String, component: UInt8 = 1, transport: Transport = .udp, priority: UInt32, host: String,
    port: UInt16, kind: Kind = .host, tcpRole: TCPRole? = nil
  ) {
    self.foundation = foundation
    self.component = component
    self.transport = transport
    self.priority = priority
    self.host = host
    self.port = port
    self.kind = kind
    self.tcpRole = tcpRole
  }

  package var address: TransportAddress? { TransportAddress(host: host, port: port) }

  /// `candidate:1 1 udp …`, also with `a=` before it or without its name; nil for what is no candidate, or one over
  /// a transport of the future: RFC 8839 wants those passed over, not refused.
  package init?(_ text: some StringProtocol) {
    var rest = text[...]
    for prefix in ["a=", "candidate:"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
    guard rest.utf8.count <= Limits.sdpLineByteCount, rest.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else {
      return nil
    }
    let fields = rest.split(separator: " ")
    guard fields.count >= 8, fields[6] == "typ",
      1...32 ~= fields[0].utf8.count,
      let component = UInt8(fields[1]), component > 0,
      let transport = Transport(rawValue: fields[2].lowercased()),
      let priority = UInt32(fields[3]), 1...255 ~= fields[4].utf8.count,
      let port = UInt16(fields[5]), let kind = Kind(rawValue: fields[7].lowercased())
    else { return nil }
    self.init(
      foundation: String(fields[0]), component: component, transport: transport, priority: priority,
      host: String(fields[4]), port: port, kind: kind)
    // What follows comes in pairs, of which browsers send many that only they understand.
    for index in stride(from: 8, to: fields.count - 1, by: 2) {
      let value = fields[index + 1]
      switch fields[index] {
      case "raddr": relatedHost = String(value)
      case "rport": relatedPort = UInt16(value)
      case "tcptype": tcpRole = TCPRole(rawValue: value.lowercased())
      default: continue
      }
    }
    // Half of where it was seen from says nothing.
    if relatedHost == nil || relatedPort == nil {
      relatedHost = nil
      relatedPort = nil
    }
  }

  /// Without `a=`, as a message carries it.
  package var description: String {
    var text = "candidate:\(foundation) \(component) \(transport.rawValue) \(priority) \(host) \(port)"
    text += " typ \(kind.rawValue)"
    if let relatedHost, let relatedPort { text += " raddr \(relatedHost) rport \(relatedPort)" }
    if let tcpRole { text += " tcptype \(tcpRole.rawValue)" }
    return text
  }
}
