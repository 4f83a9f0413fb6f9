// One client's PeerConnection with the server, as far as descriptions agree on it (RFC 8829): which m-line carries what,
// under which numbers. A pure machine: the room hands it descriptions and the tracks there are; out come descriptions and
// commands for the worker, which is told and never asked. By subject: +Offer (the client offers, we answer), +Proposal
// (we offer), +Answer (the client answers).

import Access
import Link
import Wire

/// Where a room's media is: its worker's end, which all descriptions name, and the terms of all.
struct MediaPlace: Sendable, Equatable {
  let worker: Int
  let room: RoomHandle
  let candidates: [ICECandidate]
  let fingerprint: Fingerprint
  let terms: MediaTerms
}

struct Negotiation: Sendable {
  /// What the client last offered about the transport.
  struct Remote: Sendable, Equatable {
    var credentials: ICECredentials
    var fingerprints: [Fingerprint]
    /// The name of its `o=` line.
    var session: String
  }

  /// What came of one step.
  struct Change: Sendable, Equatable {
    var commands: [Command] = []
    var added: [Track] = []
    var removed: [Track] = []
    /// Seen by others as another.
    var updated: [Track] = []
    /// Sent in other formats than before: to be mapped anew for those who get it.
    var reformatted: [Track] = []
  }

  struct Proposal: Sendable, Equatable {
    var sdp: String
    var places: [TrackPlace]
  }

  let participant: String
  let place: MediaPlace
  /// Of our `o=` line.
  var session: String
  var version: UInt64 = 0
  /// Nil before the first offer, and after its media has failed.
  var peer: PeerHandle?
  var local = ICECredentials(ufrag: "", password: "")
  var remote: Remote?
  /// Our part in the handshake, as answered first.
  var setup = DTLSSetup.passive
  var allowsMixedExtensions = false
  var lines: [MLine] = []
  /// Our offer, unanswered.
  var pending: Proposal?
  /// A reply is on its way to the client: an offer before it would be ignored.
  var isHeld = true
  /// Own tracks of which the client was not told yet by an event.
  var unannounced: [String] = []
  /// Tracks that the client would not take on the m-line that was offered for them.
  var declined: Set<String> = []
  var wishes: [String: TrackWish] = [:]
  /// Sources that were muted when their PeerConnection was replaced: they come back muted.
  var mutedSources: Set<TrackView.Source> = []

  init(participant: String, place: MediaPlace, names: inout MediaNames) {
    self.participant = participant
    self.place = place
    session = names.session()
  }

  /// What it publishes, in the order of its m-lines.
  var tracks: [Track] { lines.compactMap(\.received) }

  var published: [PublishedTrack] {
    lines.compactMap { line in line.received.map { PublishedTrack(mid: line.mid, track: $0.id) } }
  }

  /// What comes to the client, an unanswered offer of ours included.
  var places: [TrackPlace] {
    lines.compactMap { line in
      (line.proposed ?? line.sent).map {
        TrackPlace(mid: line.mid, track: $0.track, participant: $0.owner)
      }
    }
  }

  var transport: AnswerTransport {
    AnswerTransport(credentials: local, fingerprint: place.fingerprint, candidates: place.candidates)
  }

  func position(ofTrack id: String) -> Int? { lines.firstIndex { $0.received?.id == id } }

  /// SSRCs that mean something in this PeerConnection already.
  private var ssrcs: Set<UInt32> {
    var used: Set<UInt32> = []
    for line in lines {
      used.formUnion(line.clientSSRCs)
      for sending in [line.sent, line.proposed] {
        guard let setup = sending?.setup else { continue }
        used.insert(setup.ssrc)
        if let repeats = setup.retransmissionSSRC { used.insert(repeats) }
      }
    }
    return used
  }

  /// A way for a track to this client on one of its lines.
  func sending(_ track: Track, on line: MLine, names: inout MediaNames) -> Sending? {
    guard let accepted = line.accepted else { return nil }
    let payloads = line.payloads(of: track)
    guard !payloads.isEmpty else { return nil }
    var used = ssrcs
    let ssrc = names.ssrc(unlike: used)
    used.insert(ssrc)
    let retransmits = accepted.formats.contains { $0.retransmission != nil }
    return Sending(
      track: track.id, owner: track.owner,
      setup: SubscriptionSetup(
        subscription: names.subscription(), track: track.handle, mid: StreamName(line.mid), ssrc: ssrc,
        retransmissionSSRC: retransmits ? names.ssrc(unlike: used) : nil, payloads: payloads,
        redundancy: CodecMatch.redundancy(accepted.formats, for: payloads),
        extensions: ExtensionMap(accepted.extensions, sending: true), canonicalName: track.owner,
        wish: wishes[track.id]?.command ?? LayerWish()))
  }

  /// Stops sending what is not there any more, also while an offer waits for its answer.
  mutating func release(keeping wanted: Set<String>) -> [Command] {
    var commands: [Command] = []
    for index in lines.indices {
      guard let sent = lines[index].sent, !wanted.contains(sent.track) else { continue }
      commands.append(.unsubscribe(sent.setup.subscription))
      lines[index].sent = nil
    }
    declined.formIntersection(wanted)
    wishes = wishes.filter { wanted.contains($0.key) }
    return commands
  }

  /// A publisher has changed its formats: what this client gets of it follows.
  mutating func remap(_ track: Track) -> [Command] {
    guard let peer, let index = lines.firstIndex(where: { $0.sent?.track == track.id }),
      var sent = lines[index].sent
    else { return [] }
    let payloads = lines[index].payloads(of: track)
    guard payloads != sent.setup.payloads else { return [] }
    sent.setup.payloads = payloads
    sent.setup.redundancy = CodecMatch.redundancy(lines[index].accepted?.formats ?? [], for: payloads)
    lines[index].sent = sent
    return [.subscribe(peer, sent.setup)]
  }

  /// Sets one of its own tracks; nil if there is none such.
  mutating func mute(_ id: String, _ isMuted: Bool) -> (track: Track, changed: Bool)? {
    guard let index = position(ofTrack: id), var track = lines[index].received else { return nil }
    guard track.isMuted != isMuted else { return (track, false) }
    track.setup.isMuted = isMuted
    lines[index].received = track
    return (track, true)
  }

  /// What a client wants of a track, now and when it comes.
  mutating func wish(_ id: String, _ wish: TrackWish) -> [Command] {
    wishes[id] = wish
    // Who asks for it again takes it after all.
    if wish.quality != .off { declined.remove(id) }
    for index in lines.indices {
      if lines[index].proposed?.track == id { lines[index].proposed?.setup.wish = wish.command }
      guard let sent = lines[index].sent, sent.track == id, sent.setup.wish != wish.command else {
        continue
      }
      lines[index].sent?.setup.wish = wish.command
      return [.wish(sent.setup.subscription, wish.command)]
    }
    return []
  }

  /// Its transport is gone: nothing comes or goes until the client offers anew. The lines stay, because a client that
  /// has not given up its PeerConnection offers them again.
  mutating func lose(disconnecting: Bool) -> Change {
    dropProposal()
    var change = Change()
    for index in lines.indices {
      if let sent = lines[index].sent { change.commands.append(.unsubscribe(sent.setup.subscription)) }
      if let track = lines[index].received {
        change.commands.append(.unpublish(track.handle))
        change.removed.append(track)
        if track.isMuted { mutedSources.insert(track.source) } else { mutedSources.remove(track.source) }
      }
      lines[index].sent = nil
      lines[index].told = nil
      lines[index].received = nil
    }
    if let peer, disconnecting { change.commands.append(.disconnect(peer)) }
    peer = nil
    unannounced = []
    return change
  }

  /// Our unanswered offer never was.
  mutating func dropProposal() {
    pending = nil
    lines.removeAll { !$0.isAgreed }
    for index in lines.indices { lines[index].proposed = nil }
  }
}
