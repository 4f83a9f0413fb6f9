// How an outbox groups, what it does when the kernel refuses, and that it stays bounded: against a kernel that is a
// function of the test.

import CSystem
import Glibc
import Testing

@testable import Engine

/// What a message said when it was handed over.
private struct Sent: Equatable {
  var port: UInt16
  var sizes: [Int]
  var isSegmented: Bool
  /// The first byte of each datagram.
  var marks: [UInt8]

  init(_ message: tandem_message) {
    let header = message.header
    port = header.msg_name.map { UDPAddress($0.assumingMemoryBound(to: sockaddr_in6.self)).port } ?? 0
    sizes = (0..<header.msg_iovlen).map { header.msg_iov[$0].iov_len }
    marks = (0..<header.msg_iovlen).map {
      header.msg_iov[$0].iov_base?.load(as: UInt8.self) ?? 0
    }
    isSegmented = header.msg_controllen > 0
  }
}

@Suite("The outbox of a turn")
struct UDPOutboxTests {
  private func outbox(slots: Int = 256, destinations: Int = 4) -> UDPOutbox {
    var outbox = UDPOutbox(family: .both, slots: slots, destinations: destinations, slotBytes: 1_500)
    for index in 0..<destinations {
      outbox.setPath(UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 1), port: UInt16(1_000 + index))), of: index)
    }
    return outbox
  }

  private func append(_ outbox: inout UDPOutbox, to destination: Int, _ size: Int, mark: UInt8 = 0) {
    outbox.append(to: destination) { bytes in
      bytes[0] = mark
      return size
    }
  }

  private func flush(_ outbox: inout UDPOutbox, answers: [Int32] = []) -> [Sent] {
    var sent: [Sent] = []
    var next = 0
    outbox.flush { messages, count in
      let answer = next < answers.count ? answers[next] : Int32(count)
      next += 1
      for index in 0..<max(0, min(Int(answer), Int(count))) { sent.append(Sent(messages[index])) }
      return min(answer, Int32(count))
    }
    return sent
  }

  @Test("equal sizes to one receiver go as one send, the last may be shorter, a longer one begins anew")
  func grouping() {
    var outbox = outbox()
    for size in [100, 100, 60, 100, 200, 200, 200] { append(&outbox, to: 0, size) }
    let sent = flush(&outbox)
    #expect(sent.map(\.sizes) == [[100, 100, 60], [100], [200, 200, 200]])
    #expect(sent.map(\.isSegmented) == [true, false, true])
    #expect(outbox.counts.datagrams == 7 && outbox.counts.calls == 1 && outbox.isEmpty)
  }

  @Test("packets that take turns between receivers are gathered by receiver, each in its order")
  func interleaved() {
    var outbox = outbox()
    for mark in UInt8(0)..<3 { for peer in 0..<3 { append(&outbox, to: peer, 100, mark: mark) } }
    let sent = flush(&outbox)
    #expect(sent.map(\.port) == [1_000, 1_001, 1_002])
    #expect(sent.allSatisfy { $0.marks == [0, 1, 2] })
  }

  @Test("a segmented send holds at most 64 datagrams, and at most 65,000 bytes")
  func bounds() {
    var outbox = outbox()
    for _ in 0..<70 { append(&outbox, to: 0, 100) }
    for _ in 0..<50 { append(&outbox, to: 1, 1_400) }
    #expect(flush(&outbox).map(\.sizes.count) == [64, 6, 46, 4])
  }

  @Test(
    "where segments are refused the same datagrams go one by one, and that receiver is sent no more",
    arguments: [EIO, EINVAL, EMSGSIZE])
  func refused(error: Int32) {
    var outbox = outbox()
    for mark in UInt8(0)..<3 { append(&outbox, to: 0, 100, mark: mark) }
    append(&outbox, to: 1, 100)
    append(&outbox, to: 1, 100)
    let sent = flush(&outbox, answers: [-error])
    #expect(sent.map(\.marks) == [[0], [1], [2], [0, 0]])
    #expect(outbox.counts.segmentsRefused == 1 && outbox.counts.datagrams == 5)
    append(&outbox, to: 0, 100)
    append(&outbox, to: 0, 100)
    #expect(flush(&outbox).map(\.isSegmented) == [false, false])
    outbox.setPath(UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 1), port: 1_000)), of: 0)
    append(&outbox, to: 0, 100)
    append(&outbox, to: 0, 100)
    #expect(flush(&outbox).map(\.isSegmented) == [true])
  }

  @Test("what the socket does not take stays and goes first the next time, in order")
  func blocked() {
    var outbox = outbox()
    for mark in UInt8(0)..<2 { for peer in 0..<3 { append(&outbox, to: peer, 100, mark: mark) } }
    #expect(flush(&outbox, answers: [1, -EAGAIN]).map(\.port) == [1_000])
    #expect(outbox.isBlocked && outbox.counts.blocked == 1 && !outbox.isEmpty)
    append(&outbox, to: 0, 100, mark: 9)
    append(&outbox, to: 1, 100, mark: 9)
    let sent = flush(&outbox)
    #expect(sent.map(\.port) == [1_001, 1_002, 1_000])
    #expect(sent.map(\.marks) == [[0, 1, 9], [0, 1], [9]])
    #expect(!outbox.isBlocked && outbox.isEmpty)
  }

  @Test("a refusal in the middle of singles keeps the rest")
  func blockedWhileSingle() {
    var outbox = outbox()
    for mark in UInt8(0)..<3 { append(&outbox, to: 0, 100, mark: mark) }
    #expect(flush(&outbox, answers: [-EIO, 1, -EAGAIN]).map(\.marks) == [[0]])
    #expect(flush(&outbox).map(\.marks) == [[1], [2]])
  }

  @Test("a full outbox lets the oldest go and counts it; its memory does not grow")
  func overflow() {
    var outbox = outbox(slots: 8)
    for mark in UInt8(0)..<6 { append(&outbox, to: Int(mark % 2), 100, mark: mark) }
    _ = flush(&outbox, answers: [-EAGAIN])
    for mark in UInt8(6)..<13 { append(&outbox, to: 3, 100, mark: mark) }
    #expect(outbox.counts.overflowed == 5)
    #expect(outbox.room == 0)
    let sent = flush(&outbox)
    #expect(sent.map(\.marks) == [[5], [6, 7, 8, 9, 10, 11, 12]])
  }

  @Test("one receiver that cannot be reached does not hold up the others")
  func errors() {
    var outbox = outbox()
    for peer in 0..<4 { append(&outbox, to: peer, 100) }
    #expect(flush(&outbox, answers: [-ENETUNREACH, 1, -EPERM]).map(\.port) == [1_001, 1_003])
    #expect(outbox.counts.unreachable == 1 && outbox.counts.denied == 1 && outbox.counts.datagrams == 2)
  }

  @Test("more messages than a call takes go in several, even of one receiver")
  func manyMessages() {
    var outbox = outbox(slots: 4_096)
    for index in 0..<3_000 { append(&outbox, to: index < 100 ? 0 : 1, 1 + index % 1_000) }
    var sizes: [Int] = []
    outbox.flush { messages, count in
      for index in 0..<Int(count) { sizes += Sent(messages[index]).sizes }
      return Int32(count)
    }
    #expect(sizes == (0..<3_000).map { 1 + $0 % 1_000 })
  }

  @Test(
    "whatever the kernel answers, each receiver gets a part of its datagrams in order, none twice, and nothing stays behind",
    arguments: 1...30)
  func anyAnswers(seed: UInt64) {
    var random = Seeded(state: seed)
    var outbox = outbox(slots: 64, destinations: 5)
    var appended = 0
    var received: [UInt16: [Int]] = [:]
    for _ in 0..<200 {
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        let number = appended
        let size = [50, 100, 100, 100, 120].randomElement(using: &random) ?? 50
        outbox.append(to: Int.random(in: 0..<5, using: &random)) { bytes in
          for shift in 0..<4 { bytes[shift] = UInt8(truncatingIfNeeded: number >> (8 * shift)) }
          return size
        }
        appended += 1
      }
      outbox.flush { messages, count in
        let errors = [EAGAIN, EINTR, EIO, EINVAL, EPERM, ENOBUFS]
        if Int.random(in: 0..<3, using: &random) == 0 {
          return -(errors.randomElement(using: &random) ?? EIO)
        }
        let taken = Int.random(in: 1...Int(count), using: &random)
        for index in 0..<taken {
          let header = messages[index].header
          let port = Sent(messages[index]).port
          for vector in 0..<header.msg_iovlen {
            let number = header.msg_iov[vector].iov_base?.loadUnaligned(as: UInt32.self) ?? 0
            received[port, default: []].append(Int(number))
          }
        }
        return Int32(taken)
      }
    }
    _ = flush(&outbox)
    for numbers in received.values { #expect(numbers == Array(Set(numbers)).sorted()) }
    let counts = outbox.counts
    let given = counts.datagrams + counts.overflowed
    #expect(outbox.isEmpty && given <= appended)
    #expect(counts.datagrams > appended / 4)
  }
}
