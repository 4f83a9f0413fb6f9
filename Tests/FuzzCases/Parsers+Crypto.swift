// First flights of DTLS, and protected packets.

import Crypto

extension Parser {
  static let crypto: [Parser] = [
    Parser("dtls", bytes: [DTLSFuzz.firstFlight()], oneIn: 50) { DTLSFuzz.fuzz($0.span) },
    Parser("srtp", bytes: SRTPFuzz.packets(), oneIn: 20) { SRTPFuzz.fuzz($0.span) },
  ]
}
