// One m-line of a client's PeerConnection as both sides have it: what the client sends on it, what we send on it, and in
// which formats. Lines are never removed; what is free carries the next track of its kind.

import Link
import Wire

struct MLine: Sendable, Equatable {
  var mid: String
  let section: MediaDescription.Kind
  var transport: String
  /// Port zero for good, unless the client puts another in its place.
  var isRejected = false
  /// For the words of a rejected line.
  var firstFormat = "0"
  /// False while it stands in an unanswered offer of ours alone.
  var isAgreed = true
  /// Numbers are the client's; nil: nothing in common.
  var accepted: AcceptedMedia?
  /// All that the client lists, taken or not: in one bundle a number means one thing.
  var listedPayloadTypes: Set<UInt8> = []
  var listedExtensions: [HeaderExtension] = []
  var allowsMixedExtensions = false
  /// As the client declared them.
  var clientSSRCs: [UInt32] = []

  /// What the client sends.
  var received: Track?
  /// Whether the client would take something on it.
  var clientReceives = false
  /// What we send, agreed.
  var sent: Sending?
  /// What our unanswered offer wants to send.
  var proposed: Sending?
  /// What our unanswered offer says is sent, the track of `sent` or `proposed` as it was then.
  var offered: String?
  /// The track that the client believes comes on it.
  var told: String?

  init(mid: String, section: MediaDescription.Kind, transport: String = MediaDescription.media) {
    self.mid = mid
    self.section = section
    self.transport = transport
  }

  var kind: TrackView.Kind? {
    switch section {
    case .audio: .audio
    case .video: .video
    case .application, .other: nil
    }
  }

  var isOpen: Bool { !isRejected && accepted != nil }

  /// Free for another track to this client.
  func canCarry(_ track: Track) -> Bool {
    isOpen && kind == track.kind && clientReceives && sent == nil && proposed == nil
      && !payloads(of: track).isEmpty
  }

  func payloads(of track: Track) -> [PayloadMapping] {
    accepted.map { CodecMatch.payloads(from: track.formats, to: $0.formats) } ?? []
  }

  /// Takes what a client's description lists.
  mutating func list(_ media: MediaDescription) {
    listedPayloadTypes = Set(media.formats.compactMap { UInt8($0) })
    listedExtensions = media.extensions
    clientSSRCs = media.sources.map(\.ssrc)
    firstFormat = media.formats.first ?? firstFormat
    transport = media.transport
  }

  /// The m-line of an offer of ours, without what belongs to the transport.
  var offer: MediaDescription {
    guard isOpen, let accepted else {
      var media = MediaDescription(kind: section, port: 0, transport: transport, formats: [firstFormat])
      media.mid = mid
      media.direction = .inactive
      return media
    }
    var media = MediaDescription(kind: section, transport: transport)
    media.mid = mid
    let track = proposed ?? sent
    media.direction = MediaDirection(sends: track != nil, receives: received != nil)
    for format in accepted.formats {
      media.codecs.append(format.codec)
      if let retransmission = format.retransmission { media.codecs.append(retransmission) }
    }
    media.formats = media.codecs.map { String($0.payloadType) }
    media.extensions = accepted.extensions
    media.allowsMixedExtensions = allowsMixedExtensions
    media.isMultiplexed = true
    media.hasReducedReports = true
    if received != nil {
      media.rids = accepted.rids
      media.simulcast = accepted.simulcast
    }
    if let track {
      media.append(track.named, retransmits: accepted.formats.contains { $0.retransmission != nil })
    }
    return media
  }
}
