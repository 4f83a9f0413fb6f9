// What rooms know of the media workers: who they are, how busy, and which of a worker's handles means whom. Rooms sends
// commands through it; a mailbox that is full for a moment loses nothing, because what it turned away waits here.

package import Control
package import Link
package import Wire
import Access

/// One worker as it presents itself at start.
package struct MediaWorker: Sendable {
  package let number: Int
  package let candidates: [ICECandidate]
  package let fingerprint: Fingerprint
  /// False: its mailbox is full.
  package let send: @Sendable (Command) -> Bool

  package init(
    number: Int, candidates: [ICECandidate], fingerprint: Fingerprint,
    send: @escaping @Sendable (Command) -> Bool
  ) {
    self.number = number
    self.candidates = candidates
    self.fingerprint = fingerprint
    self.send = send
  }
}

@Control package final class MediaPlane {
  private struct Lane {
    let worker: MediaWorker
    var figures = WorkerFigures()
    /// Of ours: the figures are a second old.
    var peerCount = 0
    /// Rooms that it was given since it last told how busy it is.
    var recentRooms = 0

    /// What it will soon be at least, as far as anybody can tell.
    var likelyLoad: Double { figures.load + Double(recentRooms) * Limits.likelyLoadOfRoom }
    /// What its mailbox had no room for, in order.
    var waiting: [Command] = []
  }

  private var lanes: [Lane]
  private let terms: MediaTerms
  let loadBound: Double
  var names = MediaNames()
  private var peers: [PeerHandle: Seat] = [:]
  private var tracks: [TrackHandle: Seat] = [:]
  private var rooms: [RoomHandle: String] = [:]

  package init(workers: [MediaWorker], options: MediaOptions = MediaOptions()) {
    lanes = workers.map { Lane(worker: $0) }
    terms = options.terms
    loadBound = options.loadBound
  }

  var isEmpty: Bool { lanes.isEmpty }
  var workers: [WorkerGlance] { lanes.map { WorkerGlance($0.worker.number, $0.figures) } }
  /// For tests: nothing is remembered of who has left.
  var handleCount: Int { peers.count + tracks.count + rooms.count }

  func seat(of peer: PeerHandle) -> Seat? { peers[peer] }
  func seat(of track: TrackHandle) -> Seat? { tracks[track] }
  func room(of handle: RoomHandle) -> String? { rooms[handle] }

  // MARK: Choosing

  private static var full: Refusal {
    Refusal(.unavailable, "The server has no room for more media right now.", retryAfter: .seconds(5))
  }

  private func hasHeadroom(_ lane: Lane) -> Bool { lane.figures.load < loadBound && lane.waiting.isEmpty }

  /// Refuses a new peer where no worker, or not the room's own, has headroom for it.
  func checkHeadroom(_ place: MediaPlace?) throws(Refusal) {
    let fits = place.map { hasHeadroom(lanes[$0.worker]) } ?? lanes.contains(where: hasHeadroom)
    guard fits else { throw Self.full }
  }

  /// A worker for a room that has none yet: the first one that is not half busy, because what one thread does in few large
  /// batches costs two threads twice the wake-ups; else the least busy one. Loads are a second old, so of those that are
  /// about as busy the one with the fewest peers takes it.
  func place(room: String) throws(Refusal) -> MediaPlace {
    let candidates = lanes.indices.filter { hasHeadroom(lanes[$0]) }
    func weight(_ index: Int) -> (Int, Int) { (Int(lanes[index].likelyLoad * 10), lanes[index].peerCount) }
    let roomy = candidates.first { lanes[$0].likelyLoad < Limits.sharedLoad }
    guard let index = roomy ?? candidates.min(by: { weight($0) < weight($1) }) else { throw Self.full }
    lanes[index].recentRooms += 1
    let handle = names.room()
    rooms[handle] = room
    let worker = lanes[index].worker
    return MediaPlace(
      worker: index, room: handle, candidates: worker.candidates, fingerprint: worker.fingerprint,
      terms: terms)
  }

  func forget(_ room: RoomHandle) { rooms[room] = nil }

  func took(_ figures: WorkerFigures, of number: Int) {
    guard let index = lanes.firstIndex(where: { $0.worker.number == number }) else { return }
    lanes[index].figures = figures
    lanes[index].recentRooms = 0
    flush(index)
  }

  // MARK: Sending

  func send(_ commands: [Command], to index: Int, of seat: Seat) {
    for command in commands {
      note(command, index, seat)
      lanes[index].waiting.append(command)
    }
    flush(index)
  }

  private func note(_ command: Command, _ index: Int, _ seat: Seat) {
    switch command {
    case .connect(let peer, _):
      peers[peer] = seat
      lanes[index].peerCount += 1
    case .disconnect(let peer):
      if peers.removeValue(forKey: peer) != nil { lanes[index].peerCount -= 1 }
    case .publish(_, let setup): tracks[setup.track] = seat
    case .unpublish(let track): tracks[track] = nil
    case .restart, .mute, .record, .subscribe, .unsubscribe, .wish, .stop: break
    }
  }

  /// In their order: what waits goes before what is new.
  private func flush(_ index: Int) {
    let lane = lanes[index]
    guard !lane.waiting.isEmpty else { return }
    var sent = 0
    while sent < lane.waiting.count, lane.worker.send(lane.waiting[sent]) { sent += 1 }
    lanes[index].waiting.removeFirst(sent)
    // A worker that has taken nothing for that long is lost, and its rooms with it.
    let excess = lanes[index].waiting.count - Limits.commandsWaiting
    if excess > 0 { lanes[index].waiting.removeFirst(excess) }
  }
}
