// Which server a command talks to and with which key: flags, then environment, then the configuration file, then
// this machine's default port. Every client command takes the same options.

import Configuration
import Values

struct ServerAccess: Sendable, Equatable {
  /// Without a slash at its end.
  let url: String
  let keyID: String
  let secret: Secret

  static let section = "Server and key"
  static let url = Option(
    "url", value: "URL", "address of the server", standard: standardURL, environment: "TANDEM_URL",
    section: section)
  static let apiKey = Option(
    "api-key", value: "ID", "id of the API key", environment: "TANDEM_API_KEY", section: section)
  static let apiSecret = Option(
    "api-secret", value: "SECRET",
    "its secret; others on this machine can see flags, so rather use the variable",
    environment: "TANDEM_API_SECRET", section: section)
  static let config = Option(
    "config", short: "c", value: "FILE", "configuration file to take address and key from", kind: .file,
    environment: "TANDEM_CONFIG", section: section)
  static let dev = Option(
    flag: "dev", "a server that runs with --dev on this machine: use its well-known key", section: section)
  static let options = [url, apiKey, apiSecret, config, dev]

  static let standardURL = "http://127.0.0.1:7080"
  static let devKeyID = "devkey"
  static let devSecret = Secret("devsecret")

  init(url: String, keyID: String, secret: Secret) {
    self.url = url
    self.keyID = keyID
    self.secret = secret
  }

  static func resolve(_ invocation: Invocation) throws(CommandFailure) -> ServerAccess {
    let settings = try settings(invocation)
    let (keyID, secret) = try key(invocation, settings)
    return ServerAccess(url: try address(invocation, settings), keyID: keyID, secret: secret)
  }

  /// What the configuration file says, if one is named.
  static func settings(_ invocation: Invocation) throws(CommandFailure) -> Settings? {
    guard let file = invocation.value(config) else { return nil }
    do throws(ConfigurationError) {
      return try ConfigurationLoader.load(
        file: file, environment: invocation.environment, flags: [], dev: invocation.isSet(dev)
      ).settings
    } catch {
      throw .failed("the configuration has mistakes:\n\(error)")
    }
  }

  private static func key(
    _ invocation: Invocation, _ settings: Settings?
  ) throws(CommandFailure) -> (String, Secret) {
    let id = invocation.value(apiKey)
    let secret = invocation.value(apiSecret).map(Secret.init)
    switch (id, secret) {
    case (let id?, let secret?): return (id, secret)
    case (let id?, nil):
      if let known = settings?.access.keys.first(where: { $0.id == id }) { return (known.id, known.secret) }
      throw .usage("the secret of the API key \(Printable.quoted(id)) is missing: set TANDEM_API_SECRET")
    case (nil, _?): throw .usage("the id of the API key is missing: set TANDEM_API_KEY")
    case (nil, nil):
      if invocation.isSet(dev) { return (devKeyID, devSecret) }
      if let first = settings?.access.keys.first { return (first.id, first.secret) }
      throw .usage(
        "no API key is given: set TANDEM_API_KEY and TANDEM_API_SECRET, name a configuration file that has a key "
          + "with --config, or say --dev for a development server")
    }
  }

  static func address(_ invocation: Invocation, _ settings: Settings?) throws(CommandFailure) -> String {
    var url = invocation.value(Self.url)
    if url == nil, let settings { url = try address(of: settings) }
    guard let url else { return standardURL }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw .usage("the server's address \(Printable.quoted(url)) must begin with http:// or https://")
    }
    return url.last == "/" ? String(url.dropLast()) : url
  }

  /// Where a server with these settings is reached from this machine.
  private static func address(of settings: Settings) throws(CommandFailure) -> String {
    if settings.http.tls.isOn, !settings.http.publicURL.isEmpty { return settings.http.publicURL }
    guard settings.http.port != 0 else {
      throw .usage(
        "the configuration lets the system choose the port (http.port is 0): give the address with --url")
    }
    let scheme = settings.http.tls.isOn ? "https" : "http"
    return "\(scheme)://\(host(reaching: settings.http.address)):\(settings.http.port)"
  }

  static func host(reaching address: String) -> String {
    switch address {
    case "0.0.0.0", "": "127.0.0.1"
    case "::", "[::]": "[::1]"
    case _ where address.contains(":") && !address.hasPrefix("["): "[\(address)]"
    default: address
    }
  }
}
