// Ten thousand people in rooms of two, who then talk: `tandem-bench PORT SERVER-PID [connections rate seconds]`.
// Prints figures as JSON; scripts/bench starts the server and draws the table.

import Control
import Glibc

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard arguments.count >= 2 else {
  print("usage: tandem-bench PORT SERVER-PID [CONNECTIONS RATE SECONDS]")
  exit(2)
}
let code = Control.run {
  let bench = SignalingBench(
    port: arguments[0], pid: arguments[1], connections: arguments.count > 2 ? arguments[2] : 10_000,
    rate: arguments.count > 3 ? arguments[3] : 5_000, seconds: arguments.count > 4 ? arguments[4] : 20)
  Control.stop(await bench.run())
}
exit(code)
