// Puts the parts together from the settings, in the order in which they need each other, and takes them down in
// reverse. `tandem serve` is nothing but this.

import API
import Access
import Agenda
import CSystem
package import Configuration
package import Control
import Glibc
import Library
import Matchmaker
import Link
import Observe
import Sessions
import Store
import Values
import Web
import Webhooks

@Control package final class TandemServer {
  package typealias Reload = @Control () throws(ConfigurationError) -> LoadedSettings

  var loaded: LoadedSettings
  let reloadSettings: Reload
  let data: DataDirectory
  let store: SQLiteStore
  let journal: ReplayJournal
  let keys: KeyRing
  let verifier: TokenVerifier
  let rooms: Rooms
  let service: Service
  let web: WebServer
  let webhooks: WebhookDispatcher
  let media: MediaWorkers
  let tape: Tape
  let library: Library
  let matchmaker: Matchmaker
  let agenda: Agenda
  let lag = LoopLag()
  let log = Log("server")

  private var signals: [SignalWatch] = []
  private var housekeeping: Timer?
  private var ended: CheckedContinuation<Int32, Never>?
  var drainTimer: Timer?
  private var stopping = false

  /// Serves until it is told to stop; the result is the process's exit code. Errors at start are one sentence
  /// on stderr.
  package static func run(_ loaded: LoadedSettings, reload: @escaping Reload) async -> Int32 {
    let started = ContinuousClock.now
    Logging.configure(loaded.settings.log, dev: loaded.dev)
    if !loaded.dev { FileLimit.check(for: loaded.settings.http.maxConnections) }
    SignalWatch.ignoreBrokenPipes()
    do {
      let server = try await TandemServer(loaded, reload: reload)
      return await server.serve(since: started)
    } catch {
      Logging.complain("tandem: \(error)")
      return 1
    }
  }

  private init(_ loaded: LoadedSettings, reload: @escaping Reload) async throws(StartFailure) {
    let settings = loaded.settings
    self.loaded = loaded
    reloadSettings = reload
    data = try DataDirectory(settings.data.directory)
    let masterKey: [UInt8]
    do throws(StoreFailure) {
      store = try await SQLiteStore.open(directory: data.path)
      masterKey = try await MasterKeys.settle(
        store, MasterKeyFile.path(directory: data.path, configured: settings.data.masterKeyFile))
    } catch {
      throw StartFailure("\(settings.data.directory): \(error.message)")
    }
    // After the store, whose lock keeps a second process away from the recordings too.
    tape = try Tape(directory: data.file("recordings"), workers: MediaWorkers.count(settings.media))
    media = try MediaWorkers(settings.media, tapes: tape.senders, tellsLoopback: loaded.dev)
    do throws(StoreFailure) {
      keys = KeyRing(store: store, configured: settings.access.keys, masterKey: masterKey)
      try await keys.load()
      let revocations = Revocations(store: store)
      try await revocations.load(at: .now)
      verifier = TokenVerifier(keys: keys, options: TokenVerifier.Options(settings.access))
      // Read before the journal begins a new segment.
      let recovered = ReplayJournal.recover(directory: data.path)
      journal = ReplayJournal(directory: data.path, window: Self.journalWindow(settings))
      let encoder = EventEncoder()
      rooms = Rooms(
        store: store, journal: journal, options: Self.sessionsOptions(settings), revocations: revocations,
        media: MediaPlane(workers: media.plane, options: Self.mediaOptions(settings)),
        encode: { encoder.encode($0) })
      let orders = tape.orders
      library = Library(
        store: store, directory: tape.directory, masterKey: masterKey, options: Self.libraryOptions(settings)
      ) { orders.send($0) }
      matchmaker = Matchmaker(store: store, rooms: rooms, options: Self.matchmakerOptions(settings))
      agenda = Agenda(store: store, rooms: rooms, options: Self.agendaOptions(settings))
      Self.connect(rooms, library, matchmaker, agenda)
      try await library.resume()
      _ = try await rooms.restore(recovered: recovered)
      try await matchmaker.restore()
      service = Service(
        rooms: rooms, keys: keys, verifier: verifier, revocations: revocations, audit: Audit(store: store),
        store: store, options: Self.serviceOptions(settings, dev: loaded.dev))
      encoder.service = service
      (service.library, service.matchmaker, service.agenda) = (library, matchmaker, agenda)
    } catch {
      throw StartFailure("\(settings.data.directory): \(error.message)")
    }
    let storedKeys = keys.list().count { $0.source == .store && $0.revokedAt == nil }
    if let refusal = loaded.refusal(storedKeys: storedKeys) { throw StartFailure("\(refusal)") }
    verifier.jwks = try Self.jwks(settings)
    webhooks = WebhookDispatcher(
      store: store, send: WebhookRequest.over(HTTPClient(userAgent: "tandem/\(Version.current)")))
    let webOptions = try Self.webOptions(settings)
    do throws(WebFailure) {
      web = try WebServer(options: webOptions, handler: service)
    } catch {
      throw StartFailure("\(error)")
    }
  }

  private func serve(since started: ContinuousClock.Instant) async -> Int32 {
    service.readiness = { [unowned self] in await readiness() }
    media.onEvent = { [rooms] event in rooms.mediaHappened(event) }
    tape.onNews = { [library] news in library.happened(news) }
    tape.start()
    media.start()
    agenda.start()
    configureWebhooks()
    signals = [
      SignalWatch(SIGTERM) { [unowned self] in terminate() },
      SignalWatch(SIGINT) { [unowned self] in terminate() },
      SignalWatch(SIGHUP) { [unowned self] in reload() },
    ]
    housekeeping = Timer { [unowned self] in
      keepHouse()
      housekeeping?.start(after: Self.housekeepingInterval)
    }
    housekeeping?.start(after: Self.housekeepingInterval)
    let page = pageAddress
    log.info(
      "ready",
      [
        "address": .string(page), "startMilliseconds": .integer((ContinuousClock.now - started).milliseconds),
        "version": .string(Version.current),
      ])
    if loaded.dev, let key = loaded.settings.access.keys.first {
      await showBanner(page: page, key: (key.id, Array(key.secret.value.utf8)))
    }
    tandem_forget_start()
    return await withCheckedContinuation { ended = $0 }
  }

  /// What a person types into a browser to get here.
  private var pageAddress: String {
    let http = loaded.settings.http
    if !http.publicURL.isEmpty {
      return http.publicURL.hasSuffix("/") ? http.publicURL : http.publicURL + "/"
    }
    let host: String
    switch http.address {
    case "0.0.0.0", "::", "": host = "127.0.0.1"
    default: host = http.address.contains(":") ? "[\(http.address)]" : http.address
    }
    return "\(http.tls.isOn ? "https" : "http")://\(host):\(web.port)/"
  }

  private func showBanner(page: String, key: (id: String, secret: [UInt8])) async {
    // The links' room is made new at every start, should its last life have ended.
    var room = RoomSpecification()
    room.id = Banner.room
    room.name = "First call"
    _ = try? await rooms.create(room)
    Banner.show(Banner.text(page: page, key: key, at: .now))
  }

  // MARK: Stop

  /// The first time: let calls come to their end. The second time: now.
  private func terminate() {
    guard !service.draining else {
      log.info("stopping at once")
      Task { await stop() }
      return
    }
    let deadline = Timestamp.now + loaded.settings.drain.deadline
    log.info(
      "draining; a second signal stops at once",
      ["rooms": .integer(Int64(rooms.activeRooms)), "deadline": .string(deadline.rfc3339)])
    service.drain(deadline: deadline)
    drainTimer = Timer { [unowned self] in checkDrain(deadline) }
    checkDrain(deadline)
  }

  private func checkDrain(_ deadline: Timestamp) {
    if rooms.activeRooms == 0 || Timestamp.now >= deadline {
      Task { await stop() }
    } else {
      drainTimer?.start(after: Self.drainCheckInterval)
    }
  }

  private func stop() async {
    guard !stopping else { return }
    stopping = true
    drainTimer = nil
    housekeeping = nil
    web.stopAccepting()
    agenda.stop()
    rooms.closeAll(.restart)
    // Rooms stay as they are in the store: whoever resumes within the window finds its place at the next start.
    await web.close(code: 1012, reason: "the server is restarting")
    await media.stop()
    await tape.stop()
    await library.settle()
    await matchmaker.stop()
    await webhooks.stop(grace: Self.webhookGrace)
    journal.close()
    await store.close()
    log.info("stopped")
    ended?.resume(returning: 0)
  }
}
