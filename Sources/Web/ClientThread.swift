// The thread on which libcurl does all outgoing requests, started with the first of them.

import CCurl
import Control
import Glibc
import Synchronization

/// One request under way. `@unchecked Sendable`: made by the caller, then touched by the client's thread only;
/// `isCancelled` is atomic.
final class Transfer: @unchecked Sendable {
  let method: Method
  let url: String
  let headerLines: [String]
  let body: [UInt8]
  let userAgent: String
  let timeoutMilliseconds: Int
  let bodyLimit: Int
  let sink: HTTPClient.Sink?

  fileprivate var continuation: CheckedContinuation<Result<HTTPClient.Answer, HTTPClient.Failure>, Never>?
  fileprivate var handle: UnsafeMutableRawPointer?
  fileprivate var headers = Headers()
  fileprivate var headerBytes = 0
  fileprivate var answer: [UInt8] = []
  fileprivate var isTooLarge = false
  /// The sink wanted no more.
  fileprivate var isRefused = false
  private var isGood = false
  fileprivate let isCancelled = Atomic<Bool>(false)

  init(
    method: Method, url: String, headerLines: [String], body: [UInt8], userAgent: String,
    timeoutMilliseconds: Int, bodyLimit: Int, sink: HTTPClient.Sink? = nil
  ) {
    self.method = method
    self.url = url
    self.headerLines = headerLines
    self.body = body
    self.userAgent = userAgent
    self.timeoutMilliseconds = timeoutMilliseconds
    self.bodyLimit = bodyLimit
    self.sink = sink
  }

  fileprivate func finish(_ result: Result<HTTPClient.Answer, HTTPClient.Failure>) {
    continuation?.resume(returning: result)
    continuation = nil
  }

  /// A line of the head; a new status line (after 100 Continue) begins anew.
  fileprivate func take(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
    headerBytes += bytes.count
    guard headerBytes <= Limits.clientHeaderBytes else {
      isTooLarge = true
      return false
    }
    if bytes.starts(with: "HTTP/".utf8) {
      headers = Headers()
      // Of "HTTP/1.1 200 OK" or "HTTP/2 200", the first digit of the status.
      isGood = bytes.drop { $0 != UInt8(ascii: " ") }.dropFirst().first == UInt8(ascii: "2")
    } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      let value = bytes[(colon + 1)...].filter { $0 != 0x0d && $0 != 0x0a }
      headers.add(String(decoding: bytes[..<colon], as: UTF8.self), RequestHead.trimmed(value))
    }
    return true
  }

  fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
    if let sink, isGood {
      isRefused = !sink(Array(bytes))
      return !isRefused
    }
    guard answer.count + bytes.count <= bodyLimit else {
      isTooLarge = true
      return false
    }
    answer.append(contentsOf: bytes)
    return true
  }
}

final class ClientThread: Sendable {
  static let shared = ClientThread()

  /// `@unchecked Sendable`: libcurl's set, of which other threads only use the wake-up, which is made for it.
  private struct TransferSet: @unchecked Sendable { let raw: UnsafeMutableRawPointer }

  private struct State {
    var waiting: [Transfer] = []
    var set: TransferSet?
  }
  private let state = Mutex(State())

  func perform(_ transfer: Transfer) async -> Result<HTTPClient.Answer, HTTPClient.Failure> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.continuation = continuation
        if let reason = submit(transfer) { transfer.finish(.failure(.unavailable(reason))) }
      }
    } onCancel: {
      transfer.isCancelled.store(true, ordering: .relaxed)
      wake()
    }
  }

  /// Why it cannot be done, or nil.
  private func submit(_ transfer: Transfer) -> String? {
    let (started, reason) = state.withLock { state -> (TransferSet?, String?) in
      var started: TransferSet?
      if state.set == nil {
        if let reason = tandem_curl_load() { return (nil, String(cString: reason)) }
        guard let raw = tandem_curl_open() else { return (nil, "libcurl has no memory") }
        started = TransferSet(raw: raw)
        state.set = started
      }
      state.waiting.append(transfer)
      return (started, nil)
    }
    if let started { WorkThread.spawn(named: "web-client") { [self] in loop(started.raw) } }
    wake()
    return reason
  }

  private func wake() {
    if let set = state.withLock({ $0.set }) { tandem_curl_wake(set.raw) }
  }

  // MARK: - On the thread

  private func loop(_ set: UnsafeMutableRawPointer) {
    var running: [Transfer] = []
    while true {
      let next = state.withLock { state -> [Transfer] in
        state.waiting = state.waiting.filter { transfer in
          guard transfer.isCancelled.load(ordering: .relaxed) else { return true }
          transfer.finish(.failure(Self.cancelled))
          return false
        }
        let count = min(state.waiting.count, Limits.clientConcurrency - running.count)
        defer { state.waiting.removeFirst(count) }
        return Array(state.waiting.prefix(count))
      }
      for transfer in next where start(transfer, set) { running.append(transfer) }
      // The wait ends with anything that happens; its length matters to nobody.
      tandem_curl_run(set, 10_000)
      collect(set)
      for transfer in running where transfer.isCancelled.load(ordering: .relaxed) {
        end(transfer, set, .failure(Self.cancelled))
      }
      running.removeAll { $0.handle == nil }
    }
  }

  private static let cancelled = HTTPClient.Failure.unavailable("the request was cancelled")

  private func start(_ transfer: Transfer, _ set: UnsafeMutableRawPointer) -> Bool {
    var request = tandem_curl_request()
    request.timeout_ms = transfer.timeoutMilliseconds
    request.context = Unmanaged.passUnretained(transfer).toOpaque()
    request.on_header = { bytes, size, count, context in
      ClientThread.sink(bytes, size * count, context) { $0.take(headerLine: $1) }
    }
    request.on_body = { bytes, size, count, context in
      ClientThread.sink(bytes, size * count, context) { $0.take(body: $1) }
    }
    var lines = transfer.headerLines
    // libcurl would say that it is a form.
    if !lines.contains(where: { $0.hasPrefix("content-type:") }) { lines.append("Content-Type:") }
    let texts = lines.map { UnsafePointer(strdup($0)) }
    defer { for text in texts { free(UnsafeMutablePointer(mutating: text)) } }
    transfer.handle = transfer.url.withCString { url in
      transfer.method.rawValue.withCString { method in
        transfer.userAgent.withCString { userAgent in
          texts.withUnsafeBufferPointer { headers in
            transfer.body.withUnsafeBytes { body in
              request.url = url
              request.method = method
              request.user_agent = userAgent
              request.headers = headers.baseAddress
              request.header_count = headers.count
              request.body = body.isEmpty && transfer.method != .post ? nil : body.baseAddress ?? Self.nothing
              request.body_bytes = body.count
              return tandem_curl_start(set, &request)
            }
          }
        }
      }
    }
    guard transfer.handle != nil else {
      transfer.finish(.failure(.unavailable("libcurl has no memory")))
      return false
    }
    return true
  }

  /// Where an empty body lies.
  private nonisolated(unsafe) static let nothing = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

  private static func sink(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (Transfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return take(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
  }

  private func collect(_ set: UnsafeMutableRawPointer) {
    var ending = tandem_curl_ending()
    while tandem_curl_next(set, &ending) != 0 {
      guard let context = ending.context else { continue }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      let reason = withUnsafeBytes(of: ending.reason) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      end(transfer, set, result(transfer, ending.outcome, Int(ending.status), reason))
    }
  }

  private func end(
    _ transfer: Transfer, _ set: UnsafeMutableRawPointer,
    _ result: Result<HTTPClient.Answer, HTTPClient.Failure>
  ) {
    guard let handle = transfer.handle else { return }
    transfer.handle = nil
    tandem_curl_end(set, handle)
    transfer.finish(result)
  }

  private func result(
    _ transfer: Transfer, _ outcome: tandem_curl_outcome, _ status: Int, _ reason: String
  ) -> Result<HTTPClient.Answer, HTTPClient.Failure> {
    if transfer.isTooLarge { return .failure(.tooLarge) }
    if transfer.isRefused { return .failure(.unavailable("what came could not be kept")) }
    switch outcome {
    case TANDEM_CURL_ANSWERED:
      return .success(
        HTTPClient.Answer(status: status, headers: transfer.headers, body: transfer.answer))
    case TANDEM_CURL_TIMED_OUT: return .failure(.timedOut)
    case TANDEM_CURL_BAD_URL: return .failure(.invalidURL(reason))
    case TANDEM_CURL_TLS: return .failure(.tls(reason))
    default: return .failure(.unreachable(reason))
    }
  }
}
