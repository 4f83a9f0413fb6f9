// What commands of the control plane do. Each finds its peer by handle; of what is gone, nothing happens.

import Forwarding
package import Link
package import Structures
import Transport

extension Relay {
  package mutating func perform(_ command: Command, at now: Instant) {
    switch command {
    case .connect(let handle, let setup): connect(handle, setup, at: now)
    case .restart(let handle, let local, let remote):
      guard let peer = peers[handle] else { return }
      egress.transports.restart(peer, local: local, remote: remote)
    case .disconnect(let handle): disconnect(handle, at: now)
    case .publish(let handle, let setup):
      guard let peer = peers[handle] else { return }
      router.publish(peer, setup, at: now, into: &egress)
    case .unpublish(let track): router.unpublish(track, at: now, into: &egress)
    case .mute(let track, let isMuted): router.mute(track, isMuted, at: now, into: &egress)
    case .record(let track, let isRecorded): router.record(track, isRecorded, at: now)
    case .subscribe(let handle, let setup):
      guard let peer = peers[handle] else { return }
      router.subscribe(peer, setup, at: now, into: &egress)
    case .unsubscribe(let subscription): router.unsubscribe(subscription, at: now, into: &egress)
    case .wish(let subscription, let wish):
      router.setWish(subscription, wish, at: now, into: &egress)
    case .stop: disconnectAll(at: now)
    }
  }

  private mutating func connect(_ handle: PeerHandle, _ setup: PeerSetup, at now: Instant) {
    guard peers[handle] == nil else { return }
    let peer = numbers.take()
    guard Int(peer) < options.transport.peersMax, egress.transports.add(peer, setup, at: now) else {
      numbers.giveBack(peer)
      egress.tell(.failed(handle, .capacity))
      return
    }
    while handles.count <= Int(peer) { handles.append(nil) }
    handles[Int(peer)] = handle
    peers[handle] = peer
    router.addPeer(peer, handle, room: setup.room, at: now)
  }

  private mutating func disconnect(_ handle: PeerHandle, at now: Instant) {
    guard let peer = peers.removeValue(forKey: handle) else { return }
    router.removePeer(peer, at: now, into: &egress)
    egress.remove(peer)
    handles[Int(peer)] = nil
    numbers.giveBack(peer)
  }

  /// Says goodbye to everybody: clients need not wait for a timeout to know.
  private mutating func disconnectAll(at now: Instant) {
    for handle in Array(peers.keys) { disconnect(handle, at: now) }
  }
}
