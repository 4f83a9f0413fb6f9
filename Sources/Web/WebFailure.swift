// Why the server cannot serve, said to the operator: what, where, and what to do.

package struct WebFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package let what: String
  package let remedy: String

  package init(_ what: String, remedy: String) {
    self.what = what
    self.remedy = remedy
  }

  package var description: String { "\(what): \(remedy)" }
}
