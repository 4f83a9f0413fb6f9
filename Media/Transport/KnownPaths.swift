// Where a peer has proved to be, and which of these paths media goes out on: the first at once, later the one that the
// client nominates, or the one that it is heard on when the other has fallen silent. All transitions are here.

import Structures
import Wire

struct KnownPaths {
  /// What a check or a packet has changed.
  struct Change {
    var isNew = false
    /// Whether media goes another way from here on.
    var isSwitch = false
    /// A path that gave way to the new one.
    var dropped: Path?
  }

  private var paths = InlineArray<8, Path>(repeating: Path(remote: .init(high: 0, low: 0, port: 0)))
  private var heard = InlineArray<8, Instant>(repeating: Instant(nanoseconds: 0))
  private(set) var count = 0
  private var chosen = -1
  /// Until the client has decided, media goes where its own comes from.
  private var isNominated = false

  init() { precondition(paths.count == Limits.pathsOfPeer, "as many places as the limit says") }

  var selected: Path? { chosen >= 0 ? paths[chosen] : nil }

  subscript(index: Int) -> Path { paths[index] }

  /// A signed check came over the path.
  mutating func checked(_ path: Path, isNominated nominates: Bool, at now: Instant) -> Change {
    var change = Change()
    let place: Int
    if let known = index(of: path) {
      place = known
    } else {
      change.isNew = true
      if count < Limits.pathsOfPeer {
        place = count
        count += 1
      } else {
        place = oldest()
        change.dropped = paths[place]
      }
      paths[place] = path
    }
    heard[place] = now
    if chosen < 0 || (nominates && place != chosen) || (place != chosen && isSilent(chosen, at: now)) {
      chosen = place
      change.isSwitch = true
    }
    if nominates { isNominated = true }
    return change
  }

  /// A packet that proved authentic came over the path; true if media goes another way from here on.
  mutating func heard(_ path: Path, at now: Instant) -> Bool {
    if chosen >= 0, paths[chosen] == path {
      heard[chosen] = now
      return false
    }
    guard let place = index(of: path) else { return false }
    heard[place] = now
    guard chosen < 0 || !isNominated || isSilent(chosen, at: now) else { return false }
    chosen = place
    return true
  }

  /// Somebody else has proved to be at this address. Media goes to the path that was heard last, if there is one.
  mutating func forget(_ address: AddressKey) {
    let before = selected
    var kept = 0
    for place in 0..<count where AddressKey(paths[place]) != address {
      paths[kept] = paths[place]
      heard[kept] = heard[place]
      kept += 1
    }
    count = kept
    chosen = before.flatMap(index(of:)) ?? newest()
  }

  func reaches(_ address: AddressKey) -> Bool {
    for place in 0..<count where AddressKey(paths[place]) == address { return true }
    return false
  }

  private func index(of path: Path) -> Int? {
    for place in 0..<count where paths[place] == path { return place }
    return nil
  }

  private func isSilent(_ place: Int, at now: Instant) -> Bool {
    now.milliseconds(since: heard[place]) >= Limits.pathSilenceMilliseconds
  }

  /// The path that has not been used for longest, but never the one that media goes out on.
  private func oldest() -> Int {
    var found = chosen == 0 ? 1 : 0
    for place in 0..<count where place != chosen && heard[place] < heard[found] { found = place }
    return found
  }

  private func newest() -> Int {
    var found = -1
    for place in 0..<count where found < 0 || heard[place] > heard[found] { found = place }
    return found
  }
}
