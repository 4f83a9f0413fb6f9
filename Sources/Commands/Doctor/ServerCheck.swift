// Doctor: the server itself, if one runs: does it answer, is it ready, which version is it, does it take our key.

import Configuration
import Control
import Values
import Web

enum ServerCheck {
  struct Result: Sendable {
    let isUp: Bool
    let findings: [Finding]
  }

  @Control static func look(_ invocation: Invocation, _ loaded: LoadedSettings) async -> Result {
    let subject = "server"
    let url: String
    do {
      url = try ServerAccess.address(invocation, loaded.settings)
    } catch {
      return Result(isUp: false, findings: [.warn(subject, "its address is not known", advice: "give --url")])
    }
    let client = HTTPClient(userAgent: "tandem/\(Program.version)")
    let health: HTTPClient.Answer
    do {
      health = try await client.send(.get, url: url + "/healthz", timeout: Limits.probeTimeout)
    } catch {
      let isMeant = invocation.isSet(ServerAccess.url)
      let message = "nothing answers at \(url)"
      return Result(
        isUp: false,
        findings: [
          isMeant
            ? .fail(subject, Complaint.about(error, server: url))
            : .warn(subject, message, advice: "start it: tandem serve")
        ])
    }
    guard health.status == 200 else {
      return Result(
        isUp: false,
        findings: [.fail(subject, "\(url)/healthz answers \(health.status)", advice: "see the server's log")])
    }
    var findings = [version(url, health)]
    if let ready = try? await client.send(.get, url: url + "/readyz", timeout: Limits.probeTimeout) {
      findings.append(readiness(ready))
    }
    findings += await key(invocation)
    return Result(isUp: true, findings: findings)
  }

  private static func version(_ url: String, _ answer: HTTPClient.Answer) -> Finding {
    let version = (try? JSON(parsing: answer.body))?["version"]?.string ?? ""
    if version.isEmpty || version == Program.version {
      return .ok("server", "answers at \(url)" + (version.isEmpty ? "" : ", version \(version)"))
    }
    return .warn(
      "server", "answers at \(url) with version \(version), this program is \(Program.version)",
      advice: "use the server's own program where commands behave oddly")
  }

  private static func readiness(_ answer: HTTPClient.Answer) -> Finding {
    if answer.status == 200 { return .ok("readiness", "takes new calls") }
    let checks = (try? JSON(parsing: answer.body))?["checks"]?.object?.members ?? []
    let problems = checks.filter { $0.value.string != "ok" }.map {
      "\($0.name): \($0.value.string ?? "not ok")"
    }
    let reason = problems.isEmpty ? "status \(answer.status)" : problems.joined(separator: "; ")
    return .fail("readiness", "takes no new calls: \(reason)", advice: "see the server's log")
  }

  /// Only if a key is at hand: without one there is nothing to check.
  @Control private static func key(_ invocation: Invocation) async -> [Finding] {
    guard let access = try? ServerAccess.resolve(invocation) else { return [] }
    do throws(CommandFailure) {
      _ = try await APIClient(access).get(["v1", "rooms"], query: [("limit", "1")])
      return [.ok("API key", "the server takes \(access.keyID)")]
    } catch {
      guard case .failed(let message) = error else { return [] }
      return [.fail("API key", message.split(separator: "\n").joined(separator: " "))]
    }
  }
}
