// Whether a packet's number goes on with its stream, or the stream has begun anew somewhere else (RFC 3550 appendix
// A.1). One far number proves nothing; two in a row do. Asked by all who count packets.

package struct Continuity: Equatable, Sendable {
  package enum Verdict: Equatable, Sendable {
    case first, onward
    /// Not newer than the newest: out of order, or seen already.
    case late
    /// Far away from all others. Not to be counted.
    case strange
    /// The second far one in a row: what was known of the stream is void.
    case restarted
  }

  package private(set) var newest: Int64?
  private var strangeNext: Int64?
  private let ahead: Int64
  private let behind: Int64

  package init(ahead: Int64, behind: Int64) {
    self.ahead = ahead
    self.behind = behind
  }

  package mutating func judge(_ count: Int64) -> Verdict {
    guard let last = newest else {
      newest = count
      return .first
    }
    let step = count &- last
    if step > ahead || step < -behind {
      guard count == strangeNext else {
        strangeNext = count &+ 1
        return .strange
      }
      newest = count
      strangeNext = nil
      return .restarted
    }
    strangeNext = nil
    guard step > 0 else { return .late }
    newest = count
    return .onward
  }
}
