// First flights of DTLS, and protected packets.

import Crypto

extension Parser {
  static let crypto: [Parser] = [
    Parser("dtls", bytes: [DTLSFuzz.firstFlight()]) { DTLSFuzz.fuzz($0.span) },
    Parser("srtp", bytes: SRTPFuzz.packets()) { SRTPFuzz.fuzz($0.span) },
  ]
}
