// `offer`, `answer` and `candidate` for the server itself, `mute` and `subscribe`: a client's media through the server.
// What is meant for another participant (`to`) is in Relay.swift.

import Access
import Control
import Sessions
import Values

extension Client {
  func offerToServer(_ message: Message) throws(Refusal) {
    let seat = try seat()
    do throws(Refusal) {
      let offer = try message.read(MediaOffer.init)
      reply(message, "answer", try service.rooms.offer(seat, offer).fields)
    } catch {
      refuse(error, id: message.id)
    }
    // Until its reply the client is deaf to the server's own offers, also if it is refused: they follow now.
    service.rooms.settled(seat)
  }

  func answerToServer(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let sdp = try message.read { fields throws(InvalidField) in
      try fields.string("sdp", length: 1...Limits.sdpBytes)
    }
    try service.rooms.answer(seat, sdp: sdp)
    reply(message, "ok")
  }

  func mute(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let (track, muted) = try message.read { fields throws(InvalidField) in
      (try fields.string("track", length: 1...128), try fields.bool("muted"))
    }
    try service.rooms.muteOwn(seat, track: track, muted: muted)
    reply(message, "ok")
  }

  func subscribe(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let (track, wish) = try message.read { fields throws(InvalidField) in
      (
        try fields.string("track", length: 1...128),
        TrackWish(
          quality: try fields.optionalChoice("quality", TrackWish.Quality.self) ?? .high,
          maxHeight: try fields.optionalInteger("maxHeight", in: 1...Limits.pictureHeight),
          maxFps: try fields.optionalInteger("maxFps", in: 1...Limits.picturesPerSecond),
          priority: try fields.optionalInteger("priority", in: 0...Limits.trackPriority))
      )
    }
    try service.rooms.subscribe(seat, track: track, wish)
    reply(message, "ok")
  }
}

extension MediaOffer {
  init(_ fields: Fields) throws(InvalidField) {
    var tracks: [Source] = []
    for track in try fields.list("tracks", atMost: Limits.offeredTracks) {
      guard let source = try track.optionalChoice("source", TrackView.Source.self) else { continue }
      tracks.append(Source(mid: try track.string("mid", length: 1...32), source: source))
    }
    self.init(sdp: try fields.string("sdp", length: 1...Limits.sdpBytes), tracks: tracks)
  }
}

extension AnswerView {
  var fields: JSON.Object {
    ["sdp": .string(sdp), "tracks": .array(tracks.map(\.json)), "published": .array(published.map(\.json))]
  }
}

extension TrackPlace {
  var json: JSON { ["mid": .string(mid), "track": .string(track), "participant": .string(participant)] }
}

extension PublishedTrack {
  var json: JSON { ["mid": .string(mid), "track": .string(track)] }
}
