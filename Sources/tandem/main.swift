// The program's entry. Everything runs on the control loop; Commands has the rest.

import Commands
import Control
import Glibc

exit(
  Control.run {
    let environment = ProcessEnvironment.current()
    let code = await Program.run(
      Array(CommandLine.arguments.dropFirst()), environment: environment,
      console: .standard(environment: environment))
    Control.stop(code)
  })
