// A client's offer or answer, read and checked for what all of ours need: one transport for everything, credentials, a
// certificate's fingerprint. What is wrong is refused with the line that it is in.

import Access
import Wire

struct OfferedSession: Sendable {
  let description: SessionDescription
  /// Of the one transport; nil where every m-line is rejected.
  let credentials: ICECredentials?
  let fingerprints: [Fingerprint]
  let setup: DTLSSetup?
  /// By mid.
  let sources: [String: TrackView.Source]
  private let text: String

  /// `isAnswer`: rejected m-lines are the client's word on our offer, and no sources are named.
  init(_ sdp: String, _ tracks: [MediaOffer.Source] = [], isAnswer: Bool = false) throws(Refusal) {
    text = sdp
    let read: SessionDescription
    do throws(SDPError) {
      read = try SessionDescription(sdp)
    } catch { throw Refusal(.badSDP, "\(error)") }
    description = read
    let media = read.media
    let bundle = read.bundle
    let tagged = media.first { !$0.isRejected && $0.mid.map(bundle.contains) ?? false }
    credentials = tagged?.credentials
    fingerprints = tagged?.fingerprints ?? []
    setup = media.first { !$0.isRejected && $0.setup != nil }?.setup
    var sources: [String: TrackView.Source] = [:]
    for track in tracks { sources[track.mid] = track.source }
    self.sources = sources
    guard !media.isEmpty else { throw Self.refusal(line: 1, "there is no m-line") }
    guard media.count <= Limits.mediaLines else {
      throw problem(Limits.mediaLines, "there are more than \(Limits.mediaLines) m-lines")
    }
    for (index, section) in media.enumerated() where !section.isRejected { try check(section, index) }
    try checkTransport()
    guard sources.count == tracks.count else { throw Refusal(.badSDP, "tracks: a mid is named twice") }
    for (mid, source) in sources { try check(mid, source) }
    guard !isAnswer || setup == .active || setup == .passive || tagged == nil else {
      throw refusal(at: "a=setup", "an answer's setup is active or passive")
    }
  }

  private func check(_ section: MediaDescription, _ index: Int) throws(Refusal) {
    guard let mid = section.mid else { throw problem(index, "this m-line has no mid") }
    guard description.bundle.contains(mid) else {
      throw problem(index, "this m-line is not in the BUNDLE group: there is one transport for all")
    }
    switch section.kind {
    case .audio, .video:
      guard section.isMultiplexed else { throw problem(index, "rtcp-mux is missing") }
    case .application, .other: break
    }
    if let own = section.credentials, let credentials, own != credentials {
      throw problem(
        index, "this m-line has other ICE credentials than the first: there is one transport for all")
    }
    guard section.fingerprints.isEmpty || section.fingerprints == fingerprints else {
      throw problem(
        index, "this m-line has another fingerprint than the first: there is one transport for all")
    }
    guard section.setup != .holdconn else { throw problem(index, "setup holdconn opens no connection") }
  }

  private func checkTransport() throws(Refusal) {
    guard let first = description.media.firstIndex(where: { !$0.isRejected }) else { return }
    guard credentials != nil else { throw problem(first, "ice-ufrag and ice-pwd are missing") }
    guard !fingerprints.isEmpty else { throw problem(first, "the fingerprint is missing") }
  }

  private func check(_ mid: String, _ source: TrackView.Source) throws(Refusal) {
    // One that has just been stopped may still be named.
    guard let section = description.media.first(where: { $0.mid == mid }) else {
      throw Refusal(.badSDP, "tracks: no m-line has the mid \"\(mid)\"")
    }
    let fits =
      switch source {
      case .microphone, .screenAudio: section.kind == .audio
      case .camera, .screen: section.kind == .video
      }
    guard fits else { throw Refusal(.badSDP, "tracks: the m-line \"\(mid)\" can't be a \(source.rawValue)") }
  }

  /// What is wrong with an m-line, by its place.
  func problem(_ index: Int, _ problem: String) -> Refusal {
    var seen = -1
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    let line = lines.firstIndex { line in
      if line.starts(with: "m=".utf8) { seen += 1 }
      return seen == index
    }
    return Self.refusal(line: (line ?? 0) + 1, problem)
  }

  private func refusal(at start: String, _ problem: String) -> Refusal {
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    return Self.refusal(line: (lines.firstIndex { $0.starts(with: start.utf8) } ?? 0) + 1, problem)
  }

  private static func refusal(line: Int, _ problem: String) -> Refusal {
    Refusal(.badSDP, "line \(line): \(problem)")
  }
}
