// The scenario: connect and join as fast as the server lets us, sit still, then chat at a steady rate.

import Access
import Control
import Glibc
import Values

@Control final class SignalingBench {
  private let port: Int
  private let pid: Int
  private let connections: Int
  private let rate: Int
  private let seconds: Int
  private var sockets: [BenchSocket] = []
  private var joined = 0
  private var opened = 0
  private var failure: String?
  private var latencies: [Double] = []
  private var replies = 0
  private var ticker: Timer?
  private var waiting: CheckedContinuation<Void, Never>?
  private var resume: [String: JSON] = [:]

  /// Joins on their way at any time: enough to keep the server busy, few enough for its listen queue.
  private static let outstanding = 64

  init(port: Int, pid: Int, connections: Int, rate: Int, seconds: Int) {
    self.port = port
    self.pid = pid
    self.connections = connections
    self.rate = rate
    self.seconds = seconds
  }

  func run() async -> Int32 {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    guard let idle = ServerFigures(pid: pid) else { return complain("no process \(pid)") }
    var result: JSON.Object = [
      "connections": .integer(Int64(connections)), "idleResidentBytes": .integer(Int64(idle.residentBytes)),
    ]

    let joinStart = ContinuousClock.now
    await joinAll()
    if let failure { return complain(failure) }
    let joinSeconds = (ContinuousClock.now - joinStart).inSeconds
    guard let afterJoin = ServerFigures(pid: pid) else { return complain("the server died") }
    let joinCPU = Double(afterJoin.cpuMicroseconds - idle.cpuMicroseconds)
    result.append("joinsPerSecond", .number(Double(connections) / joinSeconds))
    result.append("cpuMicrosecondsPerJoin", .number(joinCPU / Double(connections)))
    result.append("joinsPerCPUSecond", .number(Double(connections) / (joinCPU / 1e6)))

    await pause(.seconds(3))
    guard let sitting = ServerFigures(pid: pid) else { return complain("the server died") }
    result.append(
      "bytesPerConnection", .integer(Int64((sitting.residentBytes - idle.residentBytes) / connections)))

    let sent = await chat()
    if let failure { return complain(failure) }
    guard let afterChat = ServerFigures(pid: pid) else { return complain("the server died") }
    latencies.sort()
    result.append("messages", .integer(Int64(sent)))
    result.append("delivered", .integer(Int64(latencies.count)))
    result.append("messagesPerSecond", .number(Double(sent) / Double(seconds)))
    result.append("latencyMillisecondsP50", .number(percentile(0.5)))
    result.append("latencyMillisecondsP99", .number(percentile(0.99)))
    result.append(
      "cpuMicrosecondsPerMessage",
      .number(Double(afterChat.cpuMicroseconds - sitting.cpuMicroseconds) / Double(max(1, sent))))
    result.append("residentBytesAtEnd", .integer(Int64(afterChat.residentBytes)))
    print(JSON.object(result).pretty())
    return 0
  }

  private func percentile(_ share: Double) -> Double {
    latencies.isEmpty ? .nan : latencies[min(latencies.count - 1, Int(share * Double(latencies.count)))]
  }

  private func complain(_ text: String) -> Int32 {
    print("bench: \(text)")
    return 1
  }

  private func pause(_ wait: Duration) async {
    await withCheckedContinuation { continuation in
      ticker = Timer(after: wait) { continuation.resume() }
    }
  }

  // MARK: Join

  private func joinAll() async {
    await withCheckedContinuation { continuation in
      waiting = continuation
      for _ in 0..<min(Self.outstanding, connections) { openNext() }
    }
  }

  private func openNext() {
    guard opened < connections, failure == nil else { return }
    let index = opened
    opened += 1
    let socket = BenchSocket(port: port) { [unowned self] socket in join(index, socket) }
    guard let socket else { return fail("connecting number \(index): \(String(cString: strerror(errno)))") }
    socket.broken = { [unowned self] reason in fail("connection \(index): \(reason)") }
    socket.received = { [unowned self] text in received(text) }
    sockets.append(socket)
  }

  private func join(_ index: Int, _ socket: BenchSocket) {
    let now = Timestamp.now.seconds
    let claims = TokenClaims(
      subject: "user-\(index)", expiresAtSeconds: now + 3600, issuedAtSeconds: now, issuer: "devkey",
      name: "User \(index)",
      tandem: .init(room: "bench-\(index / 2)", role: index % 2 == 0 ? .mentor : .student))
    let token = TokenMint.token(claims, keyID: "devkey", secret: Array("devsecret".utf8))
    socket.send(JSON.object(["type": "join", "id": 1, "token": .string(token)]).encoded())
  }

  private func fail(_ reason: String) {
    guard failure == nil else { return }
    failure = reason
    waiting?.resume()
    waiting = nil
  }

  private func received(_ text: ArraySlice<UInt8>) {
    // Cheap looks at the start of the text: parsing would make the generator the bottleneck.
    if text.starts(with: Self.joinedStart) {
      joined += 1
      openNext()
      if joined == connections {
        waiting?.resume()
        waiting = nil
      }
    } else if text.starts(with: Self.chatStart) {
      delivered(text)
    } else if text.starts(with: Self.okStart) {
      replies += 1
    } else if text.starts(with: Self.errorStart) {
      fail(String(decoding: text, as: UTF8.self))
    }
  }

  private static let joinedStart = Array("{\"type\":\"joined\"".utf8)
  private static let chatStart = Array("{\"type\":\"chat\"".utf8)
  private static let okStart = Array("{\"type\":\"ok\"".utf8)
  private static let errorStart = Array("{\"type\":\"error\"".utf8)

  // MARK: Chat

  private static let epoch = ContinuousClock.now
  private static let mark = Array("sent at ".utf8)

  private func chat() async -> Int {
    let start = ContinuousClock.now
    let total = rate * seconds
    var sent = 0
    latencies.reserveCapacity(total)
    while sent < total, failure == nil {
      await pause(.milliseconds(1))
      let due = min(total, Int((ContinuousClock.now - start).inSeconds * Double(rate)))
      while sent < due {
        // A stride that shares no factor with the number of people visits all of them in turn.
        sendChat(from: sent &* 7_919 % connections)
        sent += 1
      }
    }
    await pause(.seconds(2))
    return sent
  }

  private func sendChat(from index: Int) {
    let microseconds = Int((ContinuousClock.now - Self.epoch).inSeconds * 1e6)
    let text =
      "sent at \(microseconds) and a sentence of ordinary length that a mentor might write to a student"
    sockets[index].send(Array("{\"type\":\"chat\",\"id\":2,\"text\":\"\(text)\"}".utf8))
  }

  private func delivered(_ text: ArraySlice<UInt8>) {
    var index = text.startIndex
    let last = text.endIndex - Self.mark.count
    while index < last, text[index] != Self.mark[0] || !text[index...].starts(with: Self.mark) { index += 1 }
    guard index < last else { return }
    var microseconds = 0
    index += Self.mark.count
    while index < text.endIndex, text[index] &- 48 < 10 {
      microseconds = microseconds * 10 + Int(text[index] - 48)
      index += 1
    }
    latencies.append(((ContinuousClock.now - Self.epoch).inSeconds * 1e6 - Double(microseconds)) / 1000)
  }
}
