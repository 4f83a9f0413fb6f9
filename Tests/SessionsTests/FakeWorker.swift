// A worker of which only the books are kept: who is connected, what is published, what goes to whom. Commands that no
// honest negotiation would send are remembered as faults.

import Link
import Synchronization
import Wire

final class FakeWorker: Sendable {
  struct Books: Sendable {
    var commands: [Command] = []
    var faults: [String] = []
    var peers: [PeerHandle: PeerSetup] = [:]
    var published: [TrackHandle: (peer: PeerHandle, setup: TrackSetup)] = [:]
    var subscribed: [SubscriptionHandle: (peer: PeerHandle, setup: SubscriptionSetup)] = [:]
    var isFull = false

    mutating func take(_ command: Command) {
      commands.append(command)
      switch command {
      case .connect(let peer, let setup):
        if peers[peer] != nil { faults.append("\(peer) connects twice") }
        if peers.values.contains(where: { $0.local.ufrag == setup.local.ufrag }) {
          faults.append("same ufrag")
        }
        peers[peer] = setup
      case .restart(let peer, let local, let remote):
        if peers[peer] == nil { faults.append("a restart of nobody") }
        peers[peer]?.local = local
        peers[peer]?.remote = remote
      case .disconnect(let peer):
        if peers.removeValue(forKey: peer) == nil { faults.append("\(peer) disconnects twice") }
        if published.values.contains(where: { $0.peer == peer }) { faults.append("tracks left behind") }
        if subscribed.values.contains(where: { $0.peer == peer }) {
          faults.append("subscriptions left behind")
        }
      case .publish(let peer, let setup):
        if peers[peer] == nil { faults.append("nobody publishes") }
        if setup.formats.isEmpty { faults.append("a track without formats") }
        published[setup.track] = (peer, setup)
      case .unpublish(let track):
        if published.removeValue(forKey: track) == nil { faults.append("an unknown track ends") }
      case .mute(let track, let isMuted):
        if published[track] == nil { faults.append("an unknown track is muted") }
        published[track]?.setup.isMuted = isMuted
      case .record(let track, _):
        if published[track] == nil { faults.append("an unknown track is recorded") }
      case .subscribe(let peer, let setup): subscribe(peer, setup)
      case .unsubscribe(let subscription):
        if subscribed.removeValue(forKey: subscription) == nil {
          faults.append("an unknown subscription ends")
        }
      case .wish(let subscription, let wish):
        if subscribed[subscription] == nil { faults.append("an unknown subscription changes") }
        subscribed[subscription]?.setup.wish = wish
      case .stop: break
      }
    }

    private mutating func subscribe(_ peer: PeerHandle, _ setup: SubscriptionSetup) {
      guard let own = peers[peer] else { return faults.append("nobody subscribes") }
      guard let track = published[setup.track] else { return faults.append("a subscription to nothing") }
      if track.peer == peer { faults.append("a subscription to oneself") }
      if peers[track.peer]?.room != own.room { faults.append("a subscription across rooms") }
      let from = Set(track.setup.formats.map(\.payloadType))
      if setup.payloads.isEmpty || !setup.payloads.allSatisfy({ from.contains($0.from) }) {
        faults.append("payload types that the publisher does not send")
      }
      subscribed[setup.subscription] = (peer, setup)
      var ssrcs: [UInt32] = []
      for other in subscribed.values where other.peer == peer {
        ssrcs.append(other.setup.ssrc)
        if let repeats = other.setup.retransmissionSSRC { ssrcs.append(repeats) }
      }
      for other in published.values where other.peer == peer { ssrcs += other.setup.ssrcs }
      if Set(ssrcs).count != ssrcs.count { faults.append("an SSRC twice in one connection") }
    }
  }

  let books = Mutex(Books())
  static let fingerprint = Fingerprint(hash: "sha-256", digest: (0..<32).map { UInt8($0 * 7) })

  var faults: [String] { books.withLock { $0.faults } }
  var commands: [Command] { books.withLock { $0.commands } }
  var peerCount: Int { books.withLock { $0.peers.count } }

  func send(_ command: Command) -> Bool {
    books.withLock { books in
      guard !books.isFull else { return false }
      books.take(command)
      return true
    }
  }

  /// The tracks that a peer is sent, by the words of its description.
  func received(by peer: PeerHandle) -> [SubscriptionSetup] {
    books.withLock { $0.subscribed.values.filter { $0.peer == peer }.map(\.setup) }
  }
}
