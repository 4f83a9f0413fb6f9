// Doctor on certificates: made by OpenSSL's own program.

import Commands
import Control
import Testing
import Values

@Suite("Doctor and certificates", .enabled(if: TestFiles.has("openssl"))) struct CertificateTests {
  let scratch: Scratch

  init() throws {
    Control.runInBackground()
    scratch = try Scratch()
  }

  func make(_ name: String, days: Int) throws {
    let made = TestFiles.shell(
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days \(days) \\
      -keyout \(scratch.path)/\(name).key -out \(scratch.path)/\(name).pem
      """)
    try #require(made.code == 0, "\(made.text)")
  }

  @Control func finding(_ certificate: String, _ key: String) async throws -> (state: String, message: String)
  {
    let collected = Collected()
    _ = await collected.run(
      "doctor", "--json",
      environment: [
        "TANDEM_HTTP_TLS_CERTIFICATE": "\(scratch.path)/\(certificate)", "TANDEM_HTTP_PORT": "0",
        "TANDEM_HTTP_TLS_KEY": "\(scratch.path)/\(key)", "TANDEM_DATA_DIRECTORY": "\(scratch.path)/data",
      ])
    let checks = try JSON(parsing: collected.output)["checks"]?.array ?? []
    let check = try #require(checks.first { $0["check"] == "certificate" })
    return (check["state"]?.string ?? "", check["message"]?.string ?? "")
  }

  @Test("a good certificate is told how long it is good")
  @Control func good() async throws {
    try make("good", days: 90)
    let found = try await finding("good.pem", "good.key")
    #expect(found.state == "ok")
    #expect(found.message.contains("valid for 89 days") || found.message.contains("valid for 90 days"))
  }

  @Test("one that ends soon is a warning, one that has ended a failure")
  @Control func ending() async throws {
    try make("soon", days: 5)
    #expect(try await finding("soon.pem", "soon.key").state == "warn")
    let again = TestFiles.shell(
      "cd '\(scratch.path)' && openssl x509 -in soon.pem -signkey soon.key -days -1 -out over.pem")
    try #require(again.code == 0, "\(again.text)")
    let over = try await finding("over.pem", "soon.key")
    #expect(over.state == "fail" && over.message.contains("expired"))
  }

  @Test("a key of another certificate, or files that are none, are failures")
  @Control func mismatch() async throws {
    try make("one", days: 90)
    try make("two", days: 90)
    #expect(try await finding("one.pem", "two.key").message.contains("is not the key of"))
    #expect(try await finding("one.key", "one.key").message.contains("holds no certificate"))
    #expect(try await finding("one.pem", "one.pem").message.contains("holds no private key"))
    #expect(try await finding("none.pem", "one.key").message.contains("can't be read"))
  }
}
