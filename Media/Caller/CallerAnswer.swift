// What a caller answers to an offer of the server: it takes all that is offered in formats that it knows, and goes on
// sending on the lines that are its own.

import Wire

extension CallerOffer {
  /// Nil for what is no description.
  package func answer(to text: String) -> String? {
    guard let offered = try? SessionDescription(text) else { return nil }
    var answer = SessionDescription(origin: .init(session: session, version: version))
    answer.media = offered.media.map(answer(to:))
    answer.groups = [.init("BUNDLE", answer.media.filter { !$0.isRejected }.compactMap(\.mid))]
    answer.allowsMixedExtensions = offered.allowsMixedExtensions
    answer.streamSemantics = "WMS *"
    return answer.description
  }

  private func answer(to offered: MediaDescription) -> MediaDescription {
    var media = MediaDescription(kind: offered.kind, transport: offered.transport, formats: offered.formats)
    media.mid = offered.mid
    media.codecs = offered.codecs
    let sends = offered.mid == "0" && sendsAudio || offered.mid == "1" && sendsVideo
    media.direction = offered.direction.answered(sending: sends, receiving: true)
    guard !offered.isRejected, offered.kind == .audio || offered.kind == .video else {
      media.port = 0
      return media
    }
    media.credentials = credentials
    media.fingerprints = [fingerprint]
    media.setup = .active
    media.isMultiplexed = true
    media.hasReducedReports = offered.hasReducedReports
    media.extensions = offered.extensions
    guard media.direction.sends else { return media }
    let stream = MediaStreamID(stream: canonicalName, track: canonicalName + offered.kind.name)
    media.streams = [stream]
    let ssrcs = offered.kind == .audio ? [audioSSRC] : [videoSSRC, videoRetransmissionSSRC]
    media.sources = ssrcs.map { MediaSource(ssrc: $0, name: canonicalName, stream: stream) }
    if ssrcs.count == 2 { media.sourceGroups = [MediaSourceGroup("FID", ssrcs)] }
    return media
  }
}
