// A PeerConnection without media: it offers and answers as browsers do (RFC 8829), in the words of a real one's captured
// offer, and minds what it is told: versions that grow, m-lines in their places, numbers that mean one thing.

import Glibc
import Wire

@testable import Sessions

enum Captures {
  static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    + "/WireTests/Captures"

  static func text(_ name: String) -> String {
    guard let file = fopen("\(folder)/\(name).sdp", "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256 << 10)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

struct ModelPeer {
  struct Line {
    var mid: String
    var kind: TrackView.Kind
    var sends: Bool
    var receives: Bool
    var isStopped = false
    var source: TrackView.Source
    /// What the browser lists on it: its own, or what a server's offer had.
    var words: MediaDescription
    var incoming: (track: String, ssrcs: [UInt32])?
  }

  let browser: String
  private let model: SessionDescription
  var lines: [Line] = []
  private var made = 0
  private var version: UInt64 = 0
  var credentials: ICECredentials
  private let fingerprint: Fingerprint
  private let session: String
  var hasOffered = false
  private var serverSession: String?
  private var serverVersion: UInt64 = 0
  private var lastSDP = ""
  var faults: [String] = []

  init(_ browser: String, number: UInt32) throws {
    self.browser = browser
    model = try SessionDescription(Captures.text("\(browser)-audio-video"))
    session = "\(number)"
    credentials = ICECredentials(ufrag: "u\(number)aa", password: String(repeating: "p", count: 24))
    fingerprint = Fingerprint(
      hash: "sha-256", digest: (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) })
  }

  /// What arrives, by track.
  var incoming: [String: String] {
    var tracks: [String: String] = [:]
    for line in lines where !line.isStopped {
      guard let incoming = line.incoming else { continue }
      if tracks[incoming.track] != nil { return ["twice": incoming.track] }
      tracks[incoming.track] = line.mid
    }
    return tracks
  }

  mutating func add(_ source: TrackView.Source, sends: Bool = true, receives: Bool = true) {
    let isAudio = source == .microphone || source == .screenAudio
    let words = model.media.first { $0.kind == (isAudio ? .audio : .video) }
    // In one bundle a number means one thing, so what was agreed for this kind is gone by.
    let known = lines.first { $0.kind == (isAudio ? .audio : .video) }?.words
    guard var words = known ?? words else { return faults.append("no words for \(source)") }
    made += 1
    words.sources = []
    words.sourceGroups = []
    words.candidates = []
    let mid = browser == "firefox" ? "\(lines.count)" : "\(made + 10)"
    let line = Line(
      mid: mid, kind: isAudio ? .audio : .video, sends: sends, receives: receives, source: source,
      words: words)
    // Browsers put a new m-line where a stopped one was.
    if let free = lines.firstIndex(where: \.isStopped), browser != "firefox" {
      lines[free] = line
    } else {
      lines.append(line)
    }
  }

  mutating func restartICE() { credentials.ufrag += "x" }

  mutating func offer() -> MediaOffer {
    hasOffered = true
    let description = describe { line in
      var media = line.words
      media.direction = MediaDirection(sends: line.sends, receives: line.receives)
      media.setup = .actpass
      return media
    }
    return MediaOffer(
      sdp: description,
      tracks: lines.filter { $0.sends && !$0.isStopped }.map { .init(mid: $0.mid, source: $0.source) })
  }

  private mutating func describe(_ section: (Line) -> MediaDescription) -> String {
    version += 1
    var description = SessionDescription(origin: .init(session: session, version: version))
    description.allowsMixedExtensions = true
    description.groups = [.init("BUNDLE", lines.filter { !$0.isStopped }.map(\.mid))]
    description.media = lines.map { line in
      var media = section(line)
      media.mid = line.mid
      media.credentials = credentials
      media.fingerprints = [fingerprint]
      media.isMultiplexed = true
      if line.isStopped {
        media.port = 0
        media.direction = .inactive
      }
      return media
    }
    return description.description
  }

  mutating func take(_ answer: AnswerView) {
    hasOffered = false
    guard let read = read(answer.sdp) else { return }
    guard read.media.count == lines.count else { return faults.append("an answer with other m-lines") }
    for (index, media) in read.media.enumerated() {
      if media.mid != lines[index].mid { faults.append("an answer's mid is another") }
      if media.isRejected { lines[index].isStopped = true }
      if media.direction.receives && !lines[index].sends { faults.append("an answer takes what is not sent") }
      if media.direction.sends && !lines[index].receives { faults.append("an answer sends unasked") }
      note(media, index)
    }
    check(answer.tracks)
    let own = Set(lines.filter { $0.sends && !$0.isStopped }.map(\.mid))
    if !Set(answer.published.map(\.mid)).isSubset(of: own) { faults.append("published what is not sent") }
  }

  /// The answer to a server's offer; nil where it is ignored because its own is on the way.
  mutating func answer(_ sdp: String, _ places: [TrackPlace]) -> String? {
    guard !hasOffered, let read = read(sdp) else { return nil }
    guard read.media.count >= lines.count else {
      faults.append("an offer with fewer m-lines")
      return nil
    }
    for (index, media) in read.media.enumerated() {
      if index == lines.count {
        let kind: TrackView.Kind = media.kind == .audio ? .audio : .video
        lines.append(
          Line(
            mid: media.mid ?? "", kind: kind, sends: false, receives: true,
            source: kind == .audio ? .microphone : .camera, words: MediaDescription(kind: media.kind)))
        lines[index].words.codecs = media.codecs
        lines[index].words.formats = media.formats
        lines[index].words.extensions = media.extensions
      }
      if media.mid != lines[index].mid { faults.append("an offer's mid is another") }
      if media.isRejected != lines[index].isStopped {
        faults.append("an offer opens what is stopped, or stops")
      }
      note(media, index)
    }
    check(places)
    let offered = read.media
    var number = 0
    return describe { line in
      defer { number += 1 }
      var media = offered[number]
      media.direction = media.direction.answered(sending: line.sends, receiving: line.receives)
      media.setup = .active
      media.sources = []
      media.sourceGroups = []
      media.streams = []
      media.candidates = []
      return media
    }
  }

  private mutating func read(_ sdp: String) -> SessionDescription? {
    guard let read = try? SessionDescription(sdp) else {
      faults.append("unreadable: \(sdp)")
      return nil
    }
    // Told again after a resume, an offer is the same to the letter.
    if read.origin.session == serverSession, read.origin.version <= serverVersion, sdp != lastSDP {
      faults.append("a version that does not grow")
    }
    lastSDP = sdp
    serverSession = read.origin.session
    serverVersion = read.origin.version
    let mids = read.media.compactMap(\.mid)
    if Set(mids).count != read.media.count { faults.append("mids twice") }
    if read.bundle != read.media.filter({ !$0.isRejected }).compactMap(\.mid) { faults.append("not bundled") }
    if !read.isICELite { faults.append("no ice-lite") }
    var codecs: [UInt8: String] = [:]
    var ssrcs: [UInt32] = []
    for media in read.media where !media.isRejected {
      for codec in media.codecs {
        let known = codecs.updateValue(codec.name, forKey: codec.payloadType)
        if let known, known != codec.name {
          faults.append("\(codec.payloadType): \(known) and \(codec.name)")
        }
      }
      ssrcs += media.sources.map(\.ssrc)
    }
    if Set(ssrcs).count != ssrcs.count { faults.append("an SSRC twice in one description") }
    return read
  }

  private mutating func note(_ media: MediaDescription, _ index: Int) {
    lines[index].incoming = nil
    guard media.direction.sends, lines[index].receives, !media.isRejected else { return }
    guard let track = media.streams.first?.track else { return faults.append("no msid on what is sent") }
    lines[index].incoming = (track, media.sources.map(\.ssrc))
  }

  private mutating func check(_ places: [TrackPlace]) {
    let named = Dictionary(places.map { ($0.track, $0.mid) }, uniquingKeysWith: { one, _ in one })
    // Less where this side would not take it any more.
    if !incoming.allSatisfy({ named[$0.key] == $0.value }) {
      faults.append("tracks \(named), m-lines \(incoming)")
    }
  }
}
