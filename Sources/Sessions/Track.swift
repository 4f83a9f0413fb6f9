// One track that somebody publishes: what others see of it, and what the worker was told. It exists while its m-line
// sends; the negotiation of its owner keeps it.

import Link
import Values
import Wire

struct Track: Sendable, Equatable {
  let id: String
  let owner: String
  let kind: TrackView.Kind
  var mid: String
  var source: TrackView.Source
  /// As it is on its way; until anything came in, the format that should.
  var codec: String
  /// What the publisher may send, in the order agreed.
  var formats: [AcceptedMedia.Format]
  /// As the worker has it.
  var setup: TrackSetup

  var handle: TrackHandle { setup.track }
  var isMuted: Bool { setup.isMuted }

  var view: TrackView {
    TrackView(
      id: id, mid: mid, kind: kind, source: source, muted: isMuted, simulcast: !setup.layers.isEmpty,
      codec: codec)
  }
}

/// A track of others on its way to one receiver.
struct Sending: Sendable, Equatable {
  let track: String
  let owner: String
  var setup: SubscriptionSetup

  /// As a description names it; the stream is its owner, so that sound and picture of one person belong together.
  var named: SentTrack {
    SentTrack(
      stream: MediaStreamID(stream: owner, track: track), name: owner, ssrc: setup.ssrc,
      retransmissionSSRC: setup.retransmissionSSRC)
  }
}

/// What a participant wants of a track. Layers and rates follow it where the publisher sends several.
package struct TrackWish: Sendable, Equatable {
  /// Clients' word for it; the worker's is the same, but the API floor has no business with the media plane.
  package enum Quality: String, Sendable, CaseIterable {
    case high, medium, low, off

    var command: Link.Quality {
      switch self {
      case .high: .high
      case .medium: .medium
      case .low: .low
      case .off: .off
      }
    }
  }

  package var quality: Quality
  package var maxHeight: Int?
  package var maxFps: Int?
  package var priority: Int?

  package init(quality: Quality, maxHeight: Int? = nil, maxFps: Int? = nil, priority: Int? = nil) {
    self.quality = quality
    self.maxHeight = maxHeight
    self.maxFps = maxFps
    self.priority = priority
  }

  func traced(of track: Track) -> JSON.Object {
    var detail: JSON.Object = [
      "from": .string(track.owner), "source": .string(track.source.rawValue),
      "quality": .string(quality.rawValue),
    ]
    if let maxHeight { detail.append("maxHeight", .integer(Int64(maxHeight))) }
    if let maxFps { detail.append("maxFps", .integer(Int64(maxFps))) }
    return detail
  }

  var command: LayerWish {
    LayerWish(quality.command, heightMax: maxHeight, framesPerSecondMax: maxFps, priority: priority)
  }
}

/// A client's offer to the server: its description, and what its sending m-lines carry.
package struct MediaOffer: Sendable, Equatable {
  package struct Source: Sendable, Equatable {
    package var mid: String
    package var source: TrackView.Source
    package init(mid: String, source: TrackView.Source) {
      self.mid = mid
      self.source = source
    }
  }

  package var sdp: String
  package var tracks: [Source]

  package init(sdp: String, tracks: [Source] = []) {
    self.sdp = sdp
    self.tracks = tracks
  }
}

/// Which m-line carries whose track.
package struct TrackPlace: Sendable, Equatable {
  package var mid: String
  package var track: String
  package var participant: String
}

package struct PublishedTrack: Sendable, Equatable {
  package var mid: String
  package var track: String
}

/// The server's answer to a client's offer.
package struct AnswerView: Sendable, Equatable {
  package var sdp: String
  /// Others' tracks that come to this client.
  package var tracks: [TrackPlace]
  /// The client's own.
  package var published: [PublishedTrack]
}
