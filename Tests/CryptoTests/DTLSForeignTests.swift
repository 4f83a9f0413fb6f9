// A client of somebody else's over a real socket: OpenSSL's own, on the loopback.

import Glibc
import Testing

@testable import Crypto

@Suite("DTLS with a foreign client") struct DTLSForeignTests {
  @Test("OpenSSL's client agrees on a profile and on the keys")
  func openssl() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port =
      withUnsafeMutablePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          bind(descriptor, address, length) + getsockname(descriptor, address, &length)
        }
      } == 0 ? UInt16(bigEndian: address.sin_port) : 0
    try #require(port != 0)
    // Certificate and key in one temporary file that the shell removes; the client ends after two seconds at most.
    let command =
      "f=$(mktemp) && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $f.k -out $f"
      + " -subj /CN=client -days 2 2>/dev/null && openssl x509 -in $f -noout -fingerprint -sha256 && (sleep 1.5 |"
      + " timeout 2 openssl s_client -dtls1_2 -connect 127.0.0.1:\(port) -cert $f -key $f.k"
      + " -use_srtp SRTP_AEAD_AES_256_GCM -keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 88 2>/dev/null);"
      + " rm -f $f $f.k"
    let pipe = try #require(popen(command, "r"))
    defer { pclose(pipe) }
    var line = [CChar](repeating: 0, count: 4_096)
    func nextLine() -> String? {
      fgets(&line, Int32(line.count), pipe).map { String(cString: $0) }
    }
    let digits = try #require(nextLine()?.split(separator: "=").last)
    let bytes = digits.split { $0 == ":" || $0 == "\n" }.compactMap { UInt8($0, radix: 16) }
    let fingerprint = try #require(DTLSFingerprint(.sha256, bytes))
    var session = DTLSSession(DTLSContext(DTLSCertificate()), .server, expecting: [fingerprint])
    session.proveAddress()
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 2_048)
    var turns = 0
    while session.state == .handshaking && turns < 50 {
      turns += 1
      let count = withUnsafeMutablePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          recvfrom(descriptor, &buffer, buffer.count, 0, address, &length)
        }
      }
      guard count > 0 else { break }
      let arrived = Array(buffer.prefix(count))
      session.receive(arrived.span)
      for datagram in DTLSPair.drain(&session) {
        _ = withUnsafePointer(to: &address) { address in
          address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            sendto(descriptor, datagram, datagram.count, 0, address, length)
          }
        }
      }
    }
    let exported = session.exportKeys()
    let keys = try #require(exported)
    #expect(keys.profile == .aeadAES256GCM)
    var theirs = ""
    while let line = nextLine() {
      if line.contains("Keying material: ") { theirs = String(line.split(separator: " ").last ?? "") }
    }
    let ours =
      keys.receiving.key.bytes + keys.sending.key.bytes + keys.receiving.salt.bytes + keys.sending.salt.bytes
    let expected = try hex(theirs)
    #expect(expected == ours)
  }
}
