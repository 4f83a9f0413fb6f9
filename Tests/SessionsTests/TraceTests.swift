// What the trace of a session says of where somebody is: the network, never the address.

import Testing

@testable import Sessions

@Suite("Traces")
struct TraceTests {
  @Test(
    "an address becomes its network",
    arguments: [
      ("192.0.2.7:5000", "192.0.2.0/24"), ("[2001:db8:1:2::7]:5000", "2001:db8:1::/48"),
      ("[fd00::2]:9", "fd00:0:0::/48"), ("[::1]:9", "0:0:0::/48"), ("nowhere", "unknown"),
    ])
  func network(remote: String, network: String) {
    #expect(Room.network(remote) == network)
  }
}
