// The program's entry. Everything runs on the control loop; Commands has the rest. It ends without what libraries would do at
// the end: OpenSSL would take its tables from under threads that still play media or fetch, and nothing here waits in a buffer.

import Commands
import Control
import Glibc

_exit(
  Control.run {
    let environment = ProcessEnvironment.current()
    let code = await Program.run(
      Array(CommandLine.arguments.dropFirst()), environment: environment,
      console: .standard(environment: environment))
    Control.stop(code)
  })
