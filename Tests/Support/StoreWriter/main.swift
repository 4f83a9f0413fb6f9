// Writes to a store and to a replay journal until it is killed, and says on standard output what was
// acknowledged. Run by the tests of what survives a kill: `store-writer DIRECTORY FIRST`.

import Control
import Glibc
import Store
import Values

let arguments = CommandLine.arguments
guard arguments.count == 3, let first = Int64(arguments[2]) else { exit(2) }
let directory = arguments[1]

exit(Control.run { await write(to: directory, from: first) })
