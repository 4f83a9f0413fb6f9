// Which case was running when the process died: told from the signal's handler, to the one who has to replay it.

import Glibc

enum Culprit {
  // Written by the only thread there is; read by its own signal handler.
  nonisolated(unsafe) private static var name = ""
  nonisolated(unsafe) private static var seed: UInt64 = 0
  nonisolated(unsafe) private static var number = 0

  static func note(_ name: String, _ seed: UInt64, _ number: Int) {
    self.name = name
    self.seed = seed
    self.number = number
  }

  static func watch() {
    for fatal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGALRM] {
      signal(fatal) { received in
        let text =
          "\(received == SIGALRM ? "hang" : "crash") in \(Culprit.name): replay with"
          + " --only \(Culprit.name) --seed \(Culprit.seed) --replay \(Culprit.number)\n"
        _ = write(STDERR_FILENO, text, text.utf8.count)
        _exit(1)
      }
    }
  }
}
