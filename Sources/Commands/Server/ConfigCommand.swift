// `tandem config`: what the server would go by, and every setting explained.

import Configuration
import Control
import Values

enum ConfigCommand {
  private static let options = [ServerAccess.config, ServerAccess.dev]

  static let command: Command = Command(
    group: "config", summary: "check, print and explain the configuration",
    examples: [
      Example("tandem config check --config tandem.yaml", "find mistakes before the server does"),
      Example("tandem config reference > tandem.yaml", "begin with a file of all defaults"),
    ],
    commands: [check, print, reference])

  private static let check: Command = Command(
    "check", summary: "find all mistakes in a configuration",
    description: "Reads file and environment as the server does. The exit code is 1 if anything is wrong.",
    options: [.json] + options,
    examples: [Example("tandem config check --config /etc/tandem/tandem.yaml", "check a file")]
  ) { invocation, console throws(CommandFailure) in
    do throws(ConfigurationError) {
      let loaded = try load(invocation)
      if invocation.isSet(.json) {
        console.print(
          ["ok": true, "problems": [], "warnings": .array(loaded.warnings.map(JSON.string))] as JSON)
      } else {
        for warning in loaded.warnings { console.remark("warning: \(Printable.plain(warning))") }
        console.print("\(loaded.file ?? "The configuration") is valid.")
      }
    } catch {
      if invocation.isSet(.json) {
        let problems = error.problems.map { problem in
          [
            "place": .string(problem.place), "key": .optional(problem.key),
            "message": .string(problem.message),
          ] as JSON
        }
        console.print(["ok": false, "problems": .array(problems), "warnings": []] as JSON)
      } else {
        for problem in error.problems { console.complain(Printable.plain(problem.description)) }
      }
      throw .reported
    }
  }

  private static let print: Command = Command(
    "print", summary: "print every setting, its value and where it comes from",
    description: "Secrets are shown as stars.", options: [.json] + options,
    examples: [
      Example("tandem config print --config /etc/tandem/tandem.yaml", "see what the server goes by"),
      Example("TANDEM_HTTP_PORT=8080 tandem config print | grep http.port", "see what a variable does"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let loaded: LoadedSettings
    do throws(ConfigurationError) {
      loaded = try load(invocation)
    } catch {
      throw .failed("the configuration has mistakes:\n\(error)")
    }
    if invocation.isSet(.json) {
      var object = JSON.Object()
      for (key, value, origin) in loaded.rows {
        object.append(key.name, ["value": .string(value), "origin": .string(origin.description)])
      }
      console.print(JSON.object(object))
      return
    }
    var table = Table([.init("KEY"), .init("VALUE"), .init("FROM")])
    for (key, value, origin) in loaded.rows { table.add([key.name, value, origin.description]) }
    console.print(table)
  }

  private static let reference: Command = Command(
    "reference", summary: "print a configuration file with every setting, its default and its purpose",
    options: [markdown],
    examples: [Example("tandem config reference > tandem.yaml", "begin a file of your own")]
  ) { invocation, console throws(CommandFailure) in
    console.write(
      invocation.isSet(markdown) ? ConfigurationTable.reference : ConfigurationTable.sampleFile)
  }

  private static let markdown = Option(flag: "markdown", "print the reference page instead")

  private static func load(_ invocation: Invocation) throws(ConfigurationError) -> LoadedSettings {
    try ConfigurationLoader.load(
      file: invocation.value(ServerAccess.config), environment: invocation.environment, flags: [],
      dev: invocation.isSet(ServerAccess.dev))
  }
}
