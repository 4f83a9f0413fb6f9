// `tandem load-test`: plays participants against a server, and says how the server did.

import Configuration
import Control
import Glibc
import LoadTest
import Values
import Web

enum LoadTestCommand {
  private static let load = "What is played"
  private static let bounds = "Bounds: a missed one is exit 1"

  private static let rooms = Option(
    "rooms", short: "r", value: "COUNT", "rooms", kind: .integer(1...100_000), standard: "10", section: load)
  private static let participants = Option(
    "participants", short: "p", value: "COUNT", "people in each room", kind: .integer(1...1_000),
    standard: "2", section: load)
  private static let listeners = Option(
    "listeners", value: "SHARE", "how many of each room only listen, such as 80%", standard: "0%",
    section: load)
  private static let audio = Option(
    "audio", value: "KIND", "Opus: always, with pauses (dtx), nothing but pauses, or none",
    kind: .choice(LoadPlan.Audio.allCases.map(\.rawValue)), standard: "on", section: load)
  private static let audioBytes = Option(
    "audio-bytes", value: "BYTES", "payload of each sound packet, 50 a second", kind: .integer(40...1_200),
    standard: "80", section: load)
  private static let video = Option(
    "video", value: "KIND", "VP8 at 30 frames a second, or none",
    kind: .choice(LoadPlan.Video.allCases.map(\.rawValue)), standard: "off", section: load)
  private static let videoPackets = Option(
    "video-packets", value: "COUNT", "packets of a picture's stream a second", kind: .integer(30...2_000),
    standard: "100", section: load)
  private static let videoBytes = Option(
    "video-bytes", value: "BYTES", "payload of each of them", kind: .integer(100...1_200), standard: "1100",
    section: load)
  private static let ramp = Option(
    "ramp", value: "TIME", "over which all of them join", kind: .duration, standard: "10s", section: load)
  private static let storm = Option(flag: "storm", "all join at once", section: load)
  private static let hold = Option(
    "hold", value: "TIME", "how long is measured once they are there", kind: .duration, standard: "60s",
    section: load)
  private static let loss = Option(
    "loss", value: "SHARE", "datagrams lost on purpose, each way", standard: "0%", section: load)
  private static let roam = Option(
    "roam", value: "SHARE", "how many take another address a minute", standard: "0%", section: load)
  private static let reconnect = Option(
    "reconnect", value: "SHARE", "how many lose their signaling connection a minute", standard: "0%",
    section: load)
  private static let record = Option(
    flag: "record", "the server records all rooms, and everybody consents", section: load)
  private static let threads = Option(
    "threads", value: "COUNT", "threads that play media", kind: .integer(1...64), standard: "1",
    section: load)
  private static let ownSockets = Option(
    flag: "own-sockets",
    "a UDP socket for each participant; without it those of a server on this machine share one", section: load
  )
  private static let seed = Option(
    "seed", value: "NUMBER", "the same one draws the same chances", kind: .integer(0...Int(Int32.max)),
    standard: "1", section: load)
  private static let authorities = Option(
    "ca", value: "FILE", "certificates to trust besides none of the system's", kind: .file,
    section: ServerAccess.section)
  private static let insecure = Option(
    flag: "insecure", "take any certificate of the server", section: ServerAccess.section)
  private static let serverPID = Option(
    "server-pid", value: "PID", "read what the server uses from /proc instead of its metrics",
    kind: .integer(1...Int(Int32.max)), section: ServerAccess.section)
  private static let joinBound = Option(
    "max-join-p99", value: "TIME", "join request to reply", kind: .text, section: bounds)
  private static let mediaBound = Option(
    "max-first-media-p99", value: "TIME", "join request to the first packet heard", section: bounds)
  private static let latencyBound = Option(
    "max-latency-p99", value: "TIME", "one way, such as 20ms", section: bounds)
  private static let lossBound = Option(
    "max-loss", value: "SHARE", "packets that never came", section: bounds)
  private static let failureBound = Option(
    "max-failures", value: "COUNT", "people who could not join or stay",
    kind: .integer(0...Int(Int32.max)), standard: "0", section: bounds)

  static let command: Command = Command(
    "load-test", summary: "play participants against a server and measure how it does",
    description: """
      Joins rooms over the public protocol with real ICE, DTLS and SRTP, sends sound and pictures at a steady pace, and
      measures what arrives: how long joining took, latency, loss, jitter, and what the server used meanwhile.

      It needs a key of the server, and rooms of its own: their names begin with load-. A server limits connections and
      joins from one address: see docs/load-test.md for what to set on a server under test.
      """,
    options: [
      rooms, participants, listeners, audio, audioBytes, video, videoPackets, videoBytes, ramp, storm, hold,
      loss, roam, reconnect, record, threads, ownSockets, seed, joinBound, mediaBound, latencyBound,
      lossBound,
      failureBound,
      Option.json, authorities, insecure, serverPID,
    ] + ServerAccess.options,
    examples: [
      Example(
        "tandem load-test --dev --rooms 50 --video vp8 --hold 30s",
        "a hundred people in pairs, for half a minute"),
      Example(
        "tandem load-test --dev --rooms 1 --participants 100 --listeners 99% --video vp8", "a webinar"),
      Example(
        "tandem load-test --dev --rooms 250 --storm --max-join-p99 1s --max-latency-p99 20ms",
        "500 people in the same moment, and exit 1 if that takes too long"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let access = try ServerAccess.resolve(invocation)
    let plan = try plan(invocation)
    let limits = try limits(invocation)
    FileAllowance.raise()
    let result = try await play(plan, access, invocation, console)
    let missed = limits.missed(by: result)
    if invocation.isSet(.json) {
      console.print(result.json(missed: missed))
    } else {
      LoadTestReport.print(result, missed: missed, to: console)
    }
    guard missed.isEmpty, result.tally.joinedCount > 0 else { throw .reported }
  }

  // MARK: What was asked for

  private static func plan(_ invocation: Invocation) throws(CommandFailure) -> LoadPlan {
    var plan = LoadPlan()
    plan.rooms = invocation.integer(rooms) ?? 10
    plan.participants = invocation.integer(participants) ?? 2
    plan.listeners = try share(invocation, listeners)
    plan.audio = invocation.value(audio).flatMap(LoadPlan.Audio.init) ?? .on
    plan.audioBytes = invocation.integer(audioBytes) ?? 80
    plan.video = invocation.value(video).flatMap(LoadPlan.Video.init) ?? .off
    plan.videoPacketsPerSecond = Int64(invocation.integer(videoPackets) ?? 100)
    plan.videoBytes = invocation.integer(videoBytes) ?? 1_100
    plan.ramp = invocation.isSet(storm) ? .zero : invocation.duration(ramp) ?? .seconds(10)
    plan.hold = invocation.duration(hold) ?? .seconds(60)
    plan.loss = try share(invocation, loss)
    plan.roaming = try share(invocation, roam)
    plan.reconnects = try share(invocation, reconnect)
    plan.isRecorded = invocation.isSet(record)
    plan.threads = invocation.integer(threads) ?? 1
    plan.hasOwnSockets = invocation.isSet(ownSockets)
    plan.seed = UInt64(invocation.integer(seed) ?? 1)
    plan.roomPrefix = "load-\(Timestamp.now.milliseconds % 100_000_000)"
    return plan
  }

  private static func limits(_ invocation: Invocation) throws(CommandFailure) -> LoadBounds {
    var limits = LoadBounds()
    limits.join99 = try time(invocation, joinBound)
    limits.firstMedia99 = try time(invocation, mediaBound)
    limits.latency99 = try time(invocation, latencyBound)
    if invocation.value(lossBound) != nil { limits.loss = try share(invocation, lossBound) }
    limits.failures = invocation.integer(failureBound) ?? 0
    return limits
  }

  /// `2%` or `0.02`.
  static func share(_ invocation: Invocation, _ option: Option) throws(CommandFailure) -> Double {
    guard let text = invocation.value(option) else { return 0 }
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text), number >= 0,
      number <= (isPercent ? 100 : 1)
    else { throw .usage("--\(option.name) is a share such as 2% or 0.02, not \(Printable.quoted(text))") }
    return isPercent ? number / 100 : number
  }

  /// `20ms`, `1s` or `0.5s`.
  static func time(_ invocation: Invocation, _ option: Option) throws(CommandFailure) -> Duration? {
    guard let text = invocation.value(option) else { return nil }
    for (unit, factor) in [("ms", 1e-3), ("µs", 1e-6), ("us", 1e-6), ("s", 1.0)] where text.hasSuffix(unit) {
      guard let number = Double(text.dropLast(unit.count)), number > 0, number < 1e6 else { break }
      return .seconds(number * factor)
    }
    throw .usage("--\(option.name) is a time such as 20ms or 1s, not \(Printable.quoted(text))")
  }

  // MARK: The run

  @Control private static func play(
    _ plan: LoadPlan, _ access: ServerAccess, _ invocation: Invocation, _ console: Console
  ) async throws(CommandFailure) -> LoadResult {
    let trust: WebSocketTarget.Trust =
      invocation.isSet(insecure) ? .anything : invocation.value(authorities).map { .file($0) } ?? .system
    let target: WebSocketTarget
    do {
      target = try await WebSocketTarget.resolve(access.url, path: "/v1/ws", trust: trust)
    } catch { throw .failed("\(error)") }
    let context: LoadContext
    do {
      context = try LoadContext(plan, isLoopback: target.isLoopback)
    } catch { throw .failed("\(error)") }
    try await makeRooms(plan, access)
    let server = TandemParticipant.Server(
      target: target, keyID: access.keyID, secret: Array(access.secret.value.utf8))
    let bar = ProgressLine(console, isQuiet: invocation.isSet(.json))
    let pid = invocation.integer(serverPID)
    let run = LoadRun(
      context, sample: { await sample(access, pid) },
      progress: { bar.show($0.share, LoadTestProgress.text($0)) }
    ) {
      TandemParticipant($0, server, context)
    }
    let watch = SignalWatch(SIGINT) { run.end() }
    defer { withExtendedLifetime(watch) {} }
    let result = await run.run()
    bar.end()
    return result
  }

  /// Rooms of more people than a room has by default must be made, and those that are recorded; others make themselves.
  @Control private static func makeRooms(
    _ plan: LoadPlan, _ access: ServerAccess
  ) async throws(CommandFailure) {
    guard plan.participants > Limits.peopleOfAnyRoom || plan.isRecorded else { return }
    let client = APIClient(access)
    for room in 0..<plan.rooms {
      try await client.send(
        .post, ["v1", "rooms"],
        body: [
          "id": .string("\(plan.roomPrefix)-\(room)"),
          "maxParticipants": .integer(Int64(max(plan.participants, 2))),
          "recording": .string(plan.isRecorded ? "always" : "on_demand"),
          "emptyTimeout": 30,
        ])
    }
  }

  @Control private static func sample(_ access: ServerAccess, _ pid: Int?) async -> ServerSample? {
    if let pid { return ServerSample(pid: pid) }
    var headers = Headers([])
    headers["authorization"] = "Bearer \(AdminToken.mint(access))"
    let answer = try? await HTTPClient(userAgent: "tandem/\(Program.version)").send(
      .get, url: access.url + "/metrics", headers: headers, timeout: .seconds(5))
    return answer.flatMap { ServerSample(metrics: String(decoding: $0.body, as: UTF8.self)) }
  }
}

/// Each participant is a connection, and a connection is an open file.
enum FileAllowance {
  static func raise() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(files, &limit)
  }
}
