// Key frames asked for by many, and what the publisher hears of it.

import Structures
import Testing

@testable import Forwarding

@Suite("Asking for key frames")
struct KeyframeRequestTests {
  private let start = Instant(nanoseconds: 1_000_000_000)
  private typealias Action = KeyframeRequests.Action

  private func fresh(pictureLoss: Bool = true, fullIntra: Bool = true) -> KeyframeRequests {
    KeyframeRequests(takesPictureLoss: pictureLoss, takesFullIntra: fullIntra)
  }

  private func ask(_ requests: inout KeyframeRequests, at milliseconds: Int64) -> Action {
    requests.requested(at: start.adding(milliseconds: milliseconds))
  }

  private func wait(_ requests: inout KeyframeRequests, until milliseconds: Int64) -> Action {
    requests.timeout(at: start.adding(milliseconds: milliseconds))
  }

  @Test("many receivers asking at once cost the publisher one PLI")
  func coalesces() {
    var requests = fresh()
    #expect(requests.deadline == nil)
    #expect(ask(&requests, at: 0) == .sendPictureLoss)
    for milliseconds in Int64(0)..<500 { #expect(ask(&requests, at: milliseconds) == .none) }
    requests.keyframeCame(at: start.adding(milliseconds: 80))
    #expect(requests.deadline == nil)
  }

  @Test("it is asked again until a key frame comes, and not for ever")
  func retries() {
    var requests = fresh()
    #expect(ask(&requests, at: 0) == .sendPictureLoss)
    for index in 1..<Int64(Limits.keyframeTries) {
      #expect(wait(&requests, until: index * 500 - 1) == .none)
      #expect(wait(&requests, until: index * 500) == .sendPictureLoss)
    }
    #expect(requests.gaveUpCount == 0)
    #expect(wait(&requests, until: Int64(Limits.keyframeTries) * 500) == .none)
    #expect(requests.deadline == nil)
    #expect(requests.gaveUpCount == 1)
    #expect(ask(&requests, at: 6_000) == .sendPictureLoss)
  }

  @Test("who comes just after a key frame gets one when the publisher may be asked again")
  func postponed() {
    var requests = fresh()
    #expect(ask(&requests, at: 0) == .sendPictureLoss)
    requests.keyframeCame(at: start.adding(milliseconds: 50))
    #expect(ask(&requests, at: 60) == .none)
    #expect(requests.deadline == start.adding(milliseconds: 500))
    #expect(wait(&requests, until: 500) == .sendPictureLoss)
    requests.keyframeCame(at: start.adding(milliseconds: 550))
    #expect(ask(&requests, at: 1_000) == .sendPictureLoss)
  }

  @Test("FIR with a new number each time where it is all the publisher takes; nothing where nothing is taken")
  func fullIntra() {
    var requests = fresh(pictureLoss: false)
    #expect(ask(&requests, at: 0) == .sendFullIntra(number: 1))
    #expect(wait(&requests, until: 500) == .sendFullIntra(number: 2))
    var deaf = fresh(pictureLoss: false, fullIntra: false)
    #expect(ask(&deaf, at: 0) == .none)
    #expect(deaf.deadline == nil)
  }

  @Test("nothing is asked of a source that nobody watches any more")
  func forgotten() {
    var requests = fresh()
    #expect(ask(&requests, at: 0) == .sendPictureLoss)
    requests.forget()
    #expect(requests.deadline == nil)
    #expect(wait(&requests, until: 5_000) == .none)
  }

  @Test("whatever happens, requests keep their distance and nobody waits in vain", arguments: 1...30)
  func always(seed: UInt64) {
    var random = Seeded(state: seed)
    var requests = fresh()
    var now: Int64 = 0
    var lastSent: Int64?
    // Since when somebody waits for a key frame, and for how long nobody answers.
    var waitingSince: Int64?
    for _ in 0..<3_000 {
      now += Int64.random(in: 0...150, using: &random)
      while let deadline = requests.deadline, deadline <= start.adding(milliseconds: now) {
        let at = deadline.milliseconds(since: start)
        if requests.timeout(at: deadline) == .sendPictureLoss {
          if let lastSent { #expect(at - lastSent >= 500) }
          lastSent = at
        }
      }
      if Int.random(in: 0..<3, using: &random) > 0 {
        if ask(&requests, at: now) == .sendPictureLoss {
          if let lastSent { #expect(now - lastSent >= 500) }
          lastSent = now
        }
        waitingSince = waitingSince ?? now
      } else {
        requests.keyframeCame(at: start.adding(milliseconds: now))
        waitingSince = nil
      }
      if waitingSince != nil { #expect(requests.deadline != nil) }
    }
  }
}
