// Where a WebSocket client connects to: a URL taken apart, and its host looked up, once for any number of connections.

import CSystem
import Control
import Crypto
import Glibc

package struct WebSocketTarget: Sendable {
  /// Which certificates are trusted.
  package enum Trust: Sendable, Equatable {
    case system
    case file(String)
    /// Whatever the server shows: for tests on one's own machine.
    case anything
  }

  package struct Failure: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
  }

  /// `Host:` as it is sent.
  let authority: String
  let host: String
  let path: String
  let tls: TLSClientContext?
  let address: sockaddr_storage
  let addressBytes: socklen_t
  /// Whether nothing but this machine can be there.
  package let isLoopback: Bool

  /// `url`: http, https, ws or wss, of the server; `path` is added to its own.
  package static func resolve(
    _ url: String, path: String, trust: Trust = .system
  ) async throws(Failure) -> WebSocketTarget {
    guard let parts = URLParts(url) else {
      throw Failure("\(url) is no address of a server: http://HOST:PORT or https://HOST:PORT")
    }
    let thread = WorkThread(named: "resolve")
    defer { thread.stop() }
    let found: (sockaddr_storage, socklen_t)?
    do {
      found = try await thread.run { Self.lookUp(parts.host, parts.port) }
    } catch { throw Failure("\(parts.host) could not be looked up") }
    guard let found else { throw Failure("there is no host \(parts.host)") }
    let tls: TLSClientContext?
    do {
      tls = parts.isSafe ? try TLSClientContext(trust.authorities) : nil
    } catch { throw Failure("\(error)") }
    return WebSocketTarget(
      authority: parts.authority, host: parts.host, path: parts.path + path, tls: tls, address: found.0,
      addressBytes: found.1, isLoopback: Self.isLoopback(found.0))
  }

  private static func lookUp(_ host: String, _ port: UInt16) -> (sockaddr_storage, socklen_t)? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(list) }
    var storage = sockaddr_storage()
    let count = Int(first.pointee.ai_addrlen)
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.copyMemory(
        from: UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: min(count, bytes.count)))
    }
    return (storage, first.pointee.ai_addrlen)
  }

  private static func isLoopback(_ storage: sockaddr_storage) -> Bool {
    withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: bytes[4] == 127
      case AF_INET6:
        bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
          || bytes[8..<18].allSatisfy { $0 == 0 } && bytes[18] == 0xFF && bytes[20] == 127
      default: false
      }
    }
  }
}

extension WebSocketTarget.Trust {
  fileprivate var authorities: TLSClientContext.Authorities {
    switch self {
    case .system: .system
    case .file(let path): .file(path)
    case .anything: .anything
    }
  }
}

/// `https://host:port/path` in its parts.
struct URLParts: Equatable {
  var isSafe: Bool
  var host: String
  var port: UInt16
  /// Without a slash at its end.
  var path: String
  var authority: String

  init?(_ url: String) {
    guard let slashes = url.firstRange(of: "://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      return nil
    }
    switch url[..<slashes.lowerBound].lowercased() {
    case "http", "ws": isSafe = false
    case "https", "wss": isSafe = true
    default: return nil
    }
    let rest = url[slashes.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    authority = String(rest[..<slash])
    var path = String(rest[slash...])
    while path.hasSuffix("/") { path.removeLast() }
    self.path = path
    var name = authority[...]
    var number: Substring?
    if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
      let behind = name[name.index(after: end)...]
      guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
      number = behind.isEmpty ? nil : behind.dropFirst()
      name = name[name.index(after: name.startIndex)..<end]
    } else if let colon = name.lastIndex(of: ":") {
      number = name[name.index(after: colon)...]
      name = name[..<colon]
    }
    guard !name.isEmpty, !name.contains("@"), !path.contains("?"), !path.contains("#") else { return nil }
    host = String(name)
    guard let port = number.map({ UInt16($0) }) ?? (isSafe ? 443 : 80), port > 0 else { return nil }
    self.port = port
  }
}
