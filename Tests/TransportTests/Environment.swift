// How long the long tests run: more than by default when asked by a variable of the environment.

import Glibc

enum Environment {
  static func number(_ name: String, else standard: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? standard
  }
}
