// The process's environment variables, read once at the start: nothing below reads them by itself.

import CSystem

package enum ProcessEnvironment {
  package static func current() -> [String: String] {
    var result: [String: String] = [:]
    var next = tandem_environment()
    while let pointer = next, let entry = pointer.pointee {
      let text = String(cString: entry)
      if let sign = text.firstIndex(of: "=") {
        result[String(text[..<sign])] = String(text[text.index(after: sign)...])
      }
      next = pointer + 1
    }
    return result
  }
}
