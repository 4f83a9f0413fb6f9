// What a running server does now and then: says whether it is well, reads its settings anew, keeps house.

import API
import Access
import Agenda
import Configuration
import Control
import Engine
import Library
import Matchmaker
import Observe
import Sessions
import Store
import Values
import Web
import Webhooks

extension TandemServer {
  static let housekeepingInterval = Duration.seconds(10)
  static let drainCheckInterval = Duration.milliseconds(250)

  /// Less than this and new work is refused: enough for the store to note what still happens.
  static let diskReserveBytes: UInt64 = 64 << 20

  /// Rows removed in one transaction, so that no other write waits long behind it.
  private static let sweepBatch = 1_000

  /// As long as platforms usually repeat a request, and much longer.
  private static let idempotencyLife = Duration.seconds(2 * 86_400)

  /// A loop this late delays every message by as much; something is wrong or overloaded.
  static let tolerableLag = Duration.seconds(1)

  func readiness() async -> Service.Readiness {
    let free = TapeDisk.freeBytes(in: data.path)
    let worst = lag.worst
    return Service.Readiness([
      ("loop", worst < Self.tolerableLag ? nil : "the control loop is \(worst.milliseconds) ms late"),
      ("store", store.health),
      (
        "disk",
        free.map { $0 >= Self.diskReserveBytes } ?? true
          ? nil : "only \(free ?? 0) bytes are free in \(data.path)"
      ),
      ("media", media.problem),
      ("drain", service.draining ? "draining" : nil),
    ])
  }

  /// What is under way when the server stops may end; the rest is sent after the next start.
  static let webhookGrace = Duration.seconds(2)

  func configureWebhooks() {
    let settings = loaded.settings.webhooks
    Task {
      do throws(StoreFailure) {
        try await webhooks.configure(
          Self.endpoints(loaded.settings), timeout: settings.timeout, maxAge: settings.maxAge)
      } catch {
        log.error("webhooks are not being sent", ["reason": .string(error.message)])
      }
    }
  }

  func keepHouse() {
    let settings = loaded.settings
    service.refreshTokens(at: .now)
    Task {
      let now = Timestamp.now
      await library.keepHouse(at: now)
      await matchmaker.sweep(before: now - settings.events.retention)
      await sweep(before: now - settings.events.retention, at: now)
      do throws(StartFailure) {
        verifier.jwks = try Self.jwks(settings) ?? verifier.jwks
      } catch {
        log.error(
          "the JWKS file can't be used; the keys read before stay", ["reason": .string(error.description)])
      }
    }
  }

  /// Forgets events that nobody may ask for any more, and idempotency keys of which no repetition will come.
  private func sweep(before time: Timestamp, at now: Timestamp) async {
    do throws(StoreFailure) {
      let batch = Self.sweepBatch
      var swept = batch
      while swept == batch {
        swept = try await store.write(.process) { connection throws(StoreFailure) in
          try EventLog.sweep(before: time, limit: batch, connection)
        }
      }
      let forgotten = now - Self.idempotencyLife
      try await store.write(.process) { connection throws(StoreFailure) in
        try TraceRow.sweep(before: time, connection)
        try IdempotencyRow.sweep(before: forgotten, connection)
        try RevocationRow.sweep(at: now, connection)
      }
    } catch {
      log.warning("old events could not be removed", ["reason": .string(error.message)])
    }
  }

  /// SIGHUP: what can change while running changes, the rest is named. A wrong file changes nothing.
  func reload() {
    let new: LoadedSettings
    do throws(ConfigurationError) {
      new = try reloadSettings()
    } catch {
      log.error("the configuration is wrong and stays as it was", ["reason": .string("\(error)")])
      return
    }
    let differences = new.settings.differences(from: loaded.settings)
    for difference in differences {
      log.info(
        difference.needsRestart ? "changed, but takes a restart" : "changed",
        ["key": .string(difference.key), "old": .string(difference.old), "new": .string(difference.new)])
    }
    if differences.isEmpty { log.info("the configuration was read again and is the same") }
    do throws(StartFailure) {
      let options = try Self.webOptions(new.settings)
      let jwks = try Self.jwks(new.settings)
      loaded = new
      Logging.configure(new.settings.log, dev: new.dev)
      keys.updateConfigured(new.settings.access.keys)
      verifier.jwks = jwks
      verifier.options = TokenVerifier.Options(new.settings.access)
      service.options = Self.serviceOptions(new.settings, dev: new.dev)
      library.options = Self.libraryOptions(new.settings)
      matchmaker.change(Self.matchmakerOptions(new.settings))
      agenda.options = Self.agendaOptions(new.settings)
      rooms.options = Self.sessionsOptions(new.settings)
      configureWebhooks()
      web.reload(options)
    } catch {
      log.error("the new configuration can't be used and stays as it was", ["reason": .string("\(error)")])
    }
  }
}
