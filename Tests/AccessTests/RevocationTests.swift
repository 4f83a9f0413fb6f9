// People who were sent away stay away, also with clocks that differ.

import Access
import Control
import Store
import Testing
import Values

@Suite("People who were sent away", .timeLimit(.minutes(1))) struct RevocationTests {
  init() { Control.runInBackground() }

  private func grant(_ identity: String, issued: Int64?) -> Grant {
    Grant(
      identity: identity, name: nil, role: .student, rooms: .any, rights: Rights(), keyID: "k", tokenID: nil,
      issuedAtSeconds: issued.map { noon.seconds + $0 }, expiresAtSeconds: noon.seconds + 3600)
  }
  private let tomorrow = noon + .seconds(24 * 3600)

  @Test("a kicked token does not come back, one minted afterwards does")
  @Control func kicked() async throws {
    try await withStore { store in
      let revocations = Revocations(store: store)
      revocations.revokeNow(
        identity: "ana", room: "r", at: Timestamp(milliseconds: noon.milliseconds + 400), until: tomorrow)
      @Control func isOut(_ identity: String, issued: Int64?, _ room: String = "r") -> Bool {
        revocations.isRevoked(grant(identity, issued: issued), room: room, at: noon + .seconds(60))
      }
      #expect(isOut("ana", issued: -3600))
      // Tokens count whole seconds: one of the same second may well be the old one.
      #expect(isOut("ana", issued: 0))
      #expect(!isOut("ana", issued: 1))
      #expect(isOut("ana", issued: nil))
      #expect(!isOut("ana", issued: -3600, "other"))
      #expect(!isOut("ben", issued: -3600))
      // After the longest life of a token there is nothing left to refuse.
      #expect(!revocations.isRevoked(grant("ana", issued: -3600), room: "r", at: tomorrow))
    }
  }

  @Test("a revocation for all rooms counts in each of them")
  @Control func everywhere() async throws {
    try await withStore { store in
      let revocations = Revocations(store: store)
      try await revocations.revoke(identity: "ana", room: nil, at: noon, until: tomorrow)
      for room in ["r", "other"] {
        #expect(revocations.isRevoked(grant("ana", issued: 0), room: room, at: noon))
        #expect(!revocations.isRevoked(grant("ana", issued: 1), room: room, at: noon))
      }
    }
  }

  @Test("a token from a clock that is ahead does not slip through")
  @Control func clockAhead() async throws {
    try await withStore { store in
      let revocations = Revocations(store: store)
      revocations.revokeNow(
        identity: "ana", room: "r", at: noon, until: tomorrow, issuedAtSeconds: noon.seconds + 8)
      #expect(revocations.isRevoked(grant("ana", issued: 8), room: "r", at: noon + .seconds(9)))
      #expect(!revocations.isRevoked(grant("ana", issued: 9), room: "r", at: noon + .seconds(9)))
    }
  }

  @Test("a restart forgets nobody who is still out, and everybody who is not")
  @Control func restart() async throws {
    let scratch = Scratch()
    try await withStore(in: scratch) { store in
      let revocations = Revocations(store: store)
      for number in 0..<1_200 {
        revocations.revokeNow(
          identity: "u\(number)", room: number % 2 == 0 ? "r" : nil, at: noon,
          until: number < 600 ? noon + .seconds(60) : tomorrow)
      }
      // An earlier moment takes nothing back.
      try await revocations.revoke(
        identity: "u1000", room: "r", at: noon + .seconds(-100), until: noon + .seconds(10))
    }
    try await withStore(in: scratch) { store in
      let revocations = Revocations(store: store)
      let later = noon + .seconds(120)
      try await revocations.load(at: later)
      for number in 0..<1_200 {
        #expect(
          revocations.isRevoked(grant("u\(number)", issued: 0), room: "r", at: later) == (number >= 600))
      }
      #expect(revocations.isRevoked(grant("u1000", issued: 0), room: "r", at: later))
      // The next one sweeps out of the store what nobody needs any more.
      try await revocations.revoke(identity: "new", room: nil, at: later, until: tomorrow)
      let rows = try await store.read { connection throws(StoreFailure) in
        try connection.query("select count(*) from revocations").first?.integer(0)
      }
      #expect(rows == 601)
    }
  }
}
