// TLS as other programs see it: versions, renewal of certificates, a handshake that stops half way.

import Control
import Glibc
import Testing
import Values

@testable import Web

/// The clients here are the `openssl` and `curl` commands: nothing of ours, so nothing of ours can agree with
/// its own mistakes.
@Suite("TLS", .serialized, .timeLimit(.minutes(1))) struct TLSTests {
  init() { Control.runInBackground() }

  /// What a shell command prints; the shell waits on a thread of its own.
  private func shell(_ command: String) async -> String {
    let thread = WorkThread(named: "shell")
    defer { thread.stop() }
    let text = try? await thread.run { () -> String in
      guard let pipe = popen(command + " 2>&1", "r") else { return "" }
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { text += buffer[..<count] }
      pclose(pipe)
      return String(decoding: text, as: UTF8.self)
    }
    return text ?? ""
  }

  private func makeCertificate(_ folder: String, name: String) async {
    _ = await shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=\(name)"
        + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout \(folder)/new.key -out \(folder)/new.pem"
        + " && mv \(folder)/new.key \(folder)/tls.key && mv \(folder)/new.pem \(folder)/tls.pem")
  }

  @Control private func withTLS(
    _ change: (inout WebServer.Options) -> Void = { _ in },
    _ body: @Control (WebServer, House, String) async throws -> Void
  ) async throws {
    var template = Array("/tmp/tandem-tls-XXXXXX".utf8CString)
    let folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    await makeCertificate(folder, name: "first")
    try await withServer({
      $0.tls = (folder + "/tls.pem", folder + "/tls.key")
      change(&$0)
    }) { server, house in try await body(server, house, folder) }
    _ = await shell("rm -r \(folder)")
  }

  @Test("requests of all sizes come through, and say that they are secure")
  @Control func requests() async throws {
    try await withTLS { server, house, folder in
      house.bodyLimitBytes = 1_000_000
      house.routes["/big"] = { request in
        Response(body: .bytes([UInt8](repeating: 0x61, count: 1_000_000 + request.body.count)))
      }
      let url = "https://localhost:\(server.port)"
      let small = await shell("curl -sS -i --cacert \(folder)/tls.pem \(url)/x")
      #expect(small.hasPrefix("HTTP/1.1 200"))
      #expect(small.contains("strict-transport-security: max-age=") && small.contains("\"secure\":true"))
      let big = await shell(
        "head -c 500000 /dev/zero | curl -sS -o /dev/null -w '%{http_code} %{size_download} %{http_version}'"
          + " --data-binary @- --cacert \(folder)/tls.pem \(url)/big")
      #expect(big == "200 1500000 1.1")
    }
  }

  @Test("a client that trusts nobody we know is told why")
  @Control func unknownAuthority() async throws {
    try await withTLS { server, _, _ in
      do throws(HTTPClient.Failure) {
        _ = try await HTTPClient(userAgent: "t").send(.get, url: "https://localhost:\(server.port)/x")
        Issue.record("a self-signed certificate must not be trusted")
      } catch {
        guard case .tls(let reason) = error else {
          Issue.record("it must be about TLS: \(error)")
          return
        }
        #expect(reason.contains("certificate"))
      }
    }
  }

  @Test(
    "old versions of TLS are refused, new ones taken",
    arguments: [
      ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true),
    ])
  @Control func versions(option: String, isFine: Bool) async throws {
    try await withTLS { server, _, _ in
      let text = await shell(
        "printf 'GET /x HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n'"
          + " | timeout 5 openssl s_client -quiet \(option) -cipher ALL:@SECLEVEL=0 -alpn h2,http/1.1"
          + " -connect 127.0.0.1:\(server.port)")
      #expect(text.contains("HTTP/1.1 200") == isFine, "\(text)")
    }
  }

  @Test("a WebSocket over TLS echoes")
  @Control func socket() async throws {
    try await withTLS { server, house, _ in
      house.onText = { text, socket in
        socket.send(text)
        socket.close(code: 1000, reason: "done")
      }
      let text = await shell(
        "(printf 'GET /ws HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
          + "Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n'; sleep 0.3;"
          + " printf '\\201\\205\\0\\0\\0\\0hello'; sleep 0.5)"
          + " | timeout 5 openssl s_client -quiet -connect 127.0.0.1:\(server.port)")
      #expect(text.contains("101 Switching Protocols") && text.contains("hello") && text.contains("done"))
    }
  }

  @Test("a renewed certificate serves new connections while the old ones go on; a broken one changes nothing")
  @Control func renewal() async throws {
    try await withTLS { server, _, folder in
      let who = "timeout 5 openssl s_client -connect 127.0.0.1:\(server.port) </dev/null | grep subject="
      #expect(await shell(who).contains("first"))
      let request = "printf 'GET /x HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'"
      let lastRequest = "printf 'GET /x HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n'"
      async let old = shell(
        "(\(request); sleep 1.5; \(lastRequest); sleep 0.3)"
          + " | timeout 8 openssl s_client -quiet -connect 127.0.0.1:\(server.port)")
      try await Task.sleep(for: .milliseconds(500))
      await makeCertificate(folder, name: "second")
      server.checkCertificates()
      #expect(await shell(who).contains("second"))
      #expect(await old.split(separator: "HTTP/1.1 200").count == 3, "both answers on the old connection")
      _ = await shell("echo broken > \(folder)/tls.pem")
      server.checkCertificates()
      #expect(await shell(who).contains("second"))
    }
  }

  @Test("a certificate that cannot be used stops the start, with what to do")
  @Control func unusable() async throws {
    var options = WebServer.Options()
    (options.address, options.port) = ("127.0.0.1", 0)
    options.tls = ("/nonexistent/tls.pem", "/nonexistent/tls.key")
    do throws(WebFailure) {
      _ = try WebServer(options: options, handler: House())
      Issue.record("there is no certificate")
    } catch {
      #expect(error.what.contains("/nonexistent/tls.pem") && error.remedy.contains("PEM"))
    }
  }

  @Test("a handshake that does not go on is cut; plain text on the TLS port too")
  @Control func slowHandshake() async throws {
    try await withTLS({ $0.headTimeout = .milliseconds(400) }) { server, house, _ in
      let silent = try Peer(port: server.port)
      #expect(await silent.rest() == [])
      let plain = try Peer(port: server.port)
      await plain.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = await plain.rest()
      #expect(answer.map { !String(decoding: $0, as: UTF8.self).contains("200") } == true)
      #expect(house.requests.isEmpty)
    }
  }
}
