// Who could be somebody's match at all, without looking at everybody: by subject, students who wait and mentors with a free
// seat, each list in order of arrival. Kept by the queue; what is in it can be rebuilt from the tickets.

struct CandidateIndex: Sendable {
  /// Somebody in a list: its place in the order, and where its entry is.
  struct Member: Sendable, Equatable {
    let sequence: UInt64
    let slot: Int32
  }

  /// By the number of the subject; the last list is everybody, for those to whom the subject does not matter.
  private var lists: [[Member]] = []
  private(set) var all: [Member] = []

  func members(_ subject: Int32) -> [Member] {
    Int(subject) < lists.count ? lists[Int(subject)] : []
  }

  func count(_ subject: Int32) -> Int { Int(subject) < lists.count ? lists[Int(subject)].count : 0 }

  mutating func insert(_ member: Member, _ topics: [Candidate.Topic]) {
    Self.insert(member, into: &all)
    for topic in topics {
      while lists.count <= Int(topic.name) { lists.append([]) }
      Self.insert(member, into: &lists[Int(topic.name)])
    }
  }

  mutating func remove(_ member: Member, _ topics: [Candidate.Topic]) {
    Self.remove(member, from: &all)
    for topic in topics where Int(topic.name) < lists.count {
      Self.remove(member, from: &lists[Int(topic.name)])
    }
  }

  /// How many are in front of the sequence.
  static func position(_ sequence: UInt64, in list: [Member]) -> Int {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func insert(_ member: Member, into list: inout [Member]) {
    guard let last = list.last, last.sequence >= member.sequence else { return list.append(member) }
    let place = position(member.sequence, in: list)
    if list[place].sequence != member.sequence { list.insert(member, at: place) }
  }

  private static func remove(_ member: Member, from list: inout [Member]) {
    let place = position(member.sequence, in: list)
    if place < list.count, list[place].sequence == member.sequence { list.remove(at: place) }
  }
}
