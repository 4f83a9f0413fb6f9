// `tandem doctor`: looks at everything that a server on this machine needs, and says what to do where it is not
// so. Each subject has a file of its own under Doctor.

import Configuration
import Control
import Values

enum DoctorCommand {
  static let command: Command = Command(
    "doctor", summary: "check this machine, the configuration and the server",
    description: """
      Checks what a server needs and how it is: one line for each, ok, warn or fail, and what to do about it. The
      exit code is 1 if anything fails. Nothing is changed.
      """,
    options: [.json] + ServerAccess.options,
    examples: [
      Example("tandem doctor --config /etc/tandem/tandem.yaml", "check a server's machine"),
      Example("tandem doctor --dev", "check a development server"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let examination = Examination(invocation)
    var findings = examination.configuration()
    if let loaded = examination.loaded {
      findings += DataCheck.directory(loaded.settings)
      findings += await DataCheck.store(loaded.settings)
      let server = await ServerCheck.look(invocation, loaded)
      findings += PortCheck.run(loaded.settings, answering: server.isUp)
      findings += SystemCheck.run(loaded.settings)
      findings += CertificateCheck.run(loaded.settings, at: .now)
      findings += server.findings
    }
    report(findings, invocation, console)
    if findings.contains(where: { $0.state == .fail }) { throw CommandFailure.reported }
  }

  @Control private static func report(_ findings: [Finding], _ invocation: Invocation, _ console: Console) {
    if invocation.isSet(.json) {
      console.print(
        [
          "ok": .bool(!findings.contains { $0.state == .fail }), "checks": .array(findings.map(\.json)),
        ] as JSON)
      return
    }
    let width = findings.reduce(0) { max($0, TextWidth.columns(of: $1.subject)) }
    for finding in findings {
      let subject = TextWidth.padded(finding.subject, to: width)
      console.print("\(mark(finding.state, console.style))  \(subject)  \(Printable.plain(finding.message))")
      if let advice = finding.advice {
        console.print(String(repeating: " ", count: width + 8) + "→ " + Printable.plain(advice))
      }
    }
    let (fails, warnings) = (count(findings, .fail), count(findings, .warn))
    console.print("")
    console.print(
      fails + warnings == 0
        ? "All is well."
        : "\(fails) \(fails == 1 ? "failure" : "failures"), \(warnings) \(warnings == 1 ? "warning" : "warnings")."
    )
  }

  private static func count(_ findings: [Finding], _ state: Finding.State) -> Int {
    findings.count { $0.state == state }
  }

  private static func mark(_ state: Finding.State, _ style: Style) -> String {
    switch state {
    case .ok: style.green("ok  ")
    case .warn: style.yellow("warn")
    case .fail: style.red("fail")
    }
  }
}

/// What one check found.
struct Finding: Sendable, Equatable {
  enum State: String, Sendable { case ok, warn, fail }

  let subject: String
  let state: State
  let message: String
  /// What to do, if anything.
  let advice: String?

  static func ok(_ subject: String, _ message: String) -> Finding {
    Finding(subject: subject, state: .ok, message: message, advice: nil)
  }
  static func warn(_ subject: String, _ message: String, advice: String? = nil) -> Finding {
    Finding(subject: subject, state: .warn, message: message, advice: advice)
  }
  static func fail(_ subject: String, _ message: String, advice: String? = nil) -> Finding {
    Finding(subject: subject, state: .fail, message: message, advice: advice)
  }

  var json: JSON {
    var object: JSON.Object = [
      "check": .string(subject), "state": .string(state.rawValue), "message": .string(message),
    ]
    if let advice { object.append("advice", .string(advice)) }
    return .object(object)
  }
}

/// The configuration as the server would load it, for the other checks to go by.
@Control private struct Examination {
  let loaded: LoadedSettings?
  private let problems: [String]
  private let file: String?

  init(_ invocation: Invocation) {
    file = invocation.value(ServerAccess.config)
    do {
      loaded = try ConfigurationLoader.load(
        file: file, environment: invocation.environment, flags: [], dev: invocation.isSet(ServerAccess.dev))
      problems = []
    } catch {
      loaded = nil
      problems = error.problems.map(\.description)
    }
  }

  func configuration() -> [Finding] {
    guard let loaded else {
      return problems.map {
        .fail(
          "configuration", $0, advice: "mend it, then 'tandem config check'; the rest is checked after that")
      }
    }
    let source = file.map { "\($0) is valid" } ?? "no file is given: defaults and environment"
    return [.ok("configuration", source)] + loaded.warnings.map { .warn("configuration", $0) }
  }
}
