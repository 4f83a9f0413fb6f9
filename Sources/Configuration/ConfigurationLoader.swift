// Brings the sources together: flag over environment over --dev over file over default. Called by `serve` and
// `config check|print`, and again by a reload. Collects every problem before it gives up.

import Glibc

package enum ConfigurationLoader {
  /// `file`: the path given on the command line, else TANDEM_CONFIG, else none. `flags`: the arguments of `serve`
  /// as they came, without `--config` and `--dev`.
  package static func load(
    file: String?, environment: [String: String], flags: [String], dev: Bool
  ) throws(ConfigurationError) -> LoadedSettings {
    let path = file ?? environment["TANDEM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    var merge = SettingsMerge()
    if let path {
      var source = FileSettings(path: path)
      source.read()
      merge.problems += source.problems
      merge.add(source.assignments)
    }
    if dev { merge.add(Development.assignments) }
    merge.add(EnvironmentSettings.read(environment, problems: &merge.problems))
    merge.add(FlagSettings.read(flags, problems: &merge.problems))
    if dev { merge.addDevelopmentKey() }
    merge.readSecretFiles()
    merge.nameNode()
    // A value that could not be read makes every check of how values fit together misleading.
    if merge.problems.isEmpty {
      merge.problems = Consistency.problems(of: merge.settings, dev: dev, merge.origin)
    }
    guard merge.problems.isEmpty else { throw ConfigurationError(merge.problems) }
    return LoadedSettings(
      settings: merge.settings, origins: merge.origins, file: path, dev: dev,
      warnings: Consistency.warnings(of: merge.settings, dev: dev))
  }
}

/// What `--dev` sets: a server for one's own machine, apart from a real one's data.
private enum Development {
  static let key = Settings.APIKey(id: "devkey", secret: Secret("devsecret"))
  static let assignments: [Assignment] = [
    ("http.address", .text("127.0.0.1")), ("data.directory", .text("./data/dev")),
    ("log.format", .text("human")),
    // Everybody who tries it out comes from this machine: what is bounded by address would bound all together.
    ("http.maxConnectionsPerAddress", .integer(0)), ("limits.requestsPerSecond", .integer(5_000)),
    ("limits.requestBurst", .integer(10_000)), ("limits.authFailuresPerMinute", .integer(1_000)),
    // Ctrl-C on one's own machine means now; who is in a call may come back.
    ("drain.deadline", .duration(.seconds(1))),
  ].compactMap { name, value in
    ConfigurationTable.key(named: name).map { Assignment(key: $0, value: value, origin: .dev) }
  }
}

private struct SettingsMerge {
  var settings = Settings()
  var origins: [String: Origin] = [:]
  var problems: [ConfigurationError.Problem] = []

  func origin(_ key: String) -> Origin { origins[key] ?? .standard }

  /// One source's values over those of the weaker ones.
  mutating func add(_ source: [Assignment]) {
    for assignment in source {
      if case .secretFile(let other) = assignment.key.kind, assignment.isSet {
        if let secret = source.first(where: { $0.key.name == other && $0.isSet }) {
          problems.append(
            .init(
              place: assignment.origin.description, key: assignment.key.name,
              message: "and \(other) (\(secret.origin)) exclude each other"))
        }
        clear(other)
      } else if case .secret = assignment.key.kind, assignment.isSet {
        clear(assignment.key.name + "File")
      }
      assignment.key.set(assignment.value, &settings)
      origins[assignment.key.name] = assignment.origin
    }
  }

  private mutating func clear(_ name: String) {
    guard let key = ConfigurationTable.key(named: name) else { return }
    key.set(key.get(Settings()), &settings)
    origins[name] = nil
  }

  mutating func addDevelopmentKey() {
    guard !settings.access.keys.contains(where: { $0.id == Development.key.id }) else { return }
    settings.access.keys.append(Development.key)
    if settings.access.keys.count == 1 { origins["access.keys"] = .dev }
  }

  mutating func readSecretFiles() {
    for key in ConfigurationTable.keys {
      guard case .secretFile(let other) = key.kind, case .text(let path) = key.get(settings), !path.isEmpty,
        let secret = ConfigurationTable.key(named: other)
      else { continue }
      do throws(Complaint) {
        secret.set(.secret(try SecretFile.read(path)), &settings)
        origins[other] = origin(key.name)
      } catch {
        problems.append(
          .init(place: origin(key.name).description, key: key.name, message: error.message))
      }
    }
  }

  /// The host's name, cut to what an id may be.
  mutating func nameNode() {
    guard settings.node.id.isEmpty else { return }
    origins["node.id"] = nil
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let allowed = String(decoding: host, as: UTF8.self).filter { TextRule.isName(String($0)) }.prefix(64)
    settings.node.id = allowed.isEmpty ? "tandem" : String(allowed)
  }
}

extension Assignment {
  /// Whether it sets something, and does not just repeat that nothing is set.
  fileprivate var isSet: Bool {
    switch value {
    case .text(let text): !text.isEmpty
    case .secret(let secret): !secret.isEmpty
    case .integer, .boolean, .duration, .bytes, .list, .apiKeys, .webhooks: true
    }
  }
}

/// How values fit together: each is sound, and yet the server could not run or would be open to all.
private enum Consistency {
  static func problems(
    of settings: Settings, dev: Bool, _ origin: (String) -> Origin
  ) -> [ConfigurationError.Problem] {
    var problems: [ConfigurationError.Problem] = []
    func wrong(_ key: String, _ message: String) {
      let place = origin(key) == .standard ? "" : origin(key).description
      problems.append(.init(place: place, key: key, message: message))
    }
    if settings.http.tls.certificate.isEmpty != settings.http.tls.key.isEmpty {
      let (set, missing) =
        settings.http.tls.key.isEmpty
        ? ("http.tls.certificate", "http.tls.key") : ("http.tls.key", "http.tls.certificate")
      wrong(set, "needs \(missing) as well")
    }
    if settings.http.proxyProtocol, settings.http.trustedProxies.isEmpty {
      wrong("http.proxyProtocol", "needs http.trustedProxies: whose headers are to be believed")
    }
    if !settings.turn.urls.isEmpty, settings.turn.secret.isEmpty {
      wrong("turn.urls", "needs turn.secret or turn.secretFile, the secret of the TURN servers")
    }
    if settings.media.port != 0, settings.media.port + max(1, settings.media.workers) - 1 > 65_535 {
      wrong("media.port", "leaves no ports for \(settings.media.workers) workers")
    }
    if !dev, settings.access.keys.contains(where: { $0.secret.value == "devsecret" }) {
      wrong("access.keys", "holds the secret of --dev, which everybody knows; make another one")
    }
    return problems
  }

  static func warnings(of settings: Settings, dev: Bool) -> [String] {
    var warnings: [String] = []
    if dev, !["127.0.0.1", "::1"].contains(settings.http.address) {
      warnings.append(
        "--dev listens on \(settings.http.address): whoever reaches it may do everything with the key devkey")
    }
    for key in settings.access.keys where key.secret.value.utf8.count < 32 && !dev {
      warnings.append(
        "access.keys: the secret of \(key.id) is short (\(key.secret.value.utf8.count) bytes); "
          + "32 random bytes cannot be guessed")
    }
    if !settings.access.jwksFile.isEmpty, settings.access.jwksIssuer.isEmpty {
      warnings.append("access.jwksFile: without access.jwksIssuer any issuer's tokens are taken")
    }
    return warnings
  }
}
