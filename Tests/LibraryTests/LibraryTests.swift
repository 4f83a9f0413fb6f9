// What is kept: found again, signed, checked, erased, held, let go of in time.

import Access
import Control
import Crypto
import Engine
import Glibc
import Store
import Testing
import Values

@testable import Library
@testable import Sessions

@Suite("The library", .timeLimit(.minutes(2)))
struct LibraryTests {
  init() { Control.runInBackground() }

  @Test("a recording has its files, is found by what it is, and stands")
  @Control func whole() async throws {
    let studio = try await Studio()
    try await studio.begin("r_1", of: ["ana", "ben"])
    for score in [4.5, 4.5, 3] {
      studio.library.perform(
        .quality([ConnectionScore(participant: "p_ana", score: score)], recording: "r_1"))
    }
    try await studio.talk(2)
    studio.end("r_1")
    try await studio.until { try await studio.isReady("r_1") }
    try await studio.record("r_2", of: ["ana"], room: "other", session: "s_2")
    let library = studio.library
    let known = try await library.show("r_1")
    #expect(known.files.map(\.name) == ["analysis.json", "manifest.json", "metadata.json", "mix.opus"])
    #expect(known.tracks.map(\.identity).sorted() == ["ana", "ben"])
    #expect((250...3_000).contains(known.row.durationMilliseconds ?? 0))
    for (filter, found) in [
      (RecordingRow.Filter(identity: "ana"), ["r_2", "r_1"]), (.init(identity: "ben"), ["r_1"]),
      (.init(room: "other"), ["r_2"]), (.init(session: "s_1"), ["r_1"]),
      (.init(room: "room", identity: "nobody"), []),
    ] {
      #expect(try await library.list(before: nil, "", filter, limit: 10).map(\.id) == found)
    }
    let verdict = try await library.verify("r_1")
    #expect(verdict.isSound && verdict.files.count == 5)
    let proofs = [try await library.proof(of: "r_1"), try await library.proof(of: "r_2")]
    #expect(proofs[1]?.row.previous == proofs[0]?.row.hash)
    let analysis = try JSON(parsing: try await studio.plain(.made("analysis.json"), of: "r_1"))
    #expect(analysis["speakers"]?.array?.count == 2 && analysis["basis"] == "levels")
    #expect(analysis["quality"]?.array?.first?["identity"] == "ana")
    #expect(
      analysis["quality"]?.array?.first?["points"]?.array?.map { $0.array?[1] } == [.number(4.5), .number(3)])
    await studio.close()
  }

  @Test("a check names what was changed, exchanged, lost, or taken out of the chain")
  @Control func tampered() async throws {
    let studio = try await Studio()
    for id in ["r_1", "r_2"] { try await studio.record(id, of: ["ana", "ben"]) }
    let library = studio.library
    let folder = studio.path + "/recordings/r_2"
    let track = try await library.show("r_2").tracks[0].id
    func problems() async throws -> [String] {
      let verdict = try await library.verify("r_2")
      return verdict.problems + verdict.files.filter { $0.problem != nil }.map(\.name)
    }
    #expect(try await problems() == [])
    for name in ["\(track).opus", "mix.opus", "metadata.json"] {
      try studio.change("\(folder)/\(name)", at: 100)
      #expect(try await problems() == [name == "\(track).opus" ? "tracks/\(name)" : name])
      try studio.change("\(folder)/\(name)", at: 100)
    }
    rename("\(folder)/mix.opus", "\(folder)/away")
    #expect(try await problems() == ["mix.opus"])
    rename("\(folder)/away", "\(folder)/mix.opus")
    // A file of another recording in its place has another key.
    rename("\(folder)/mix.opus", "\(folder)/away")
    link("\(studio.path)/recordings/r_1/mix.opus", "\(folder)/mix.opus")
    #expect(try await problems() == ["mix.opus"])
    rename("\(folder)/away", "\(folder)/mix.opus")
    try studio.change("\(folder)/manifest.json", at: 60)
    #expect(try await problems() == ["manifest.json is not there, or was changed on the disk"])
    try studio.change("\(folder)/manifest.json", at: 60)
    try await studio.store.write(.disk) { connection throws(StoreFailure) in
      try connection.execute("delete from manifests where recording = $1", .text("r_1"))
    }
    #expect(try await problems().first?.hasPrefix("the chain of manifests is broken") == true)
    await studio.close()
  }

  @Test("a voice that is erased while the mix is made does not come back", arguments: [0, 3, 10, 30])
  @Control func erasedMeanwhile(milliseconds: Int) async throws {
    let studio = try await Studio()
    try await studio.begin("r_1", of: ["ana", "ben"])
    try await studio.talk(2)
    await #expect(throws: Refusal.self) {
      _ = try await studio.library.eraseVoice(of: "ben", by: "test", reason: nil)
    }
    await #expect(throws: Refusal.self) { try await studio.library.erase("r_1", by: "test", reason: nil) }
    studio.end("r_1")
    try await studio.until { studio.library.active["r_1"] == nil }
    try await Task.sleep(for: .milliseconds(milliseconds))
    // Its end may still be on its way into the catalogue.
    try await studio.until {
      (try? await studio.library.eraseVoice(of: "ben", by: "test", reason: "asked")) == 1
    }
    try await studio.until { try await studio.isReady("r_1") }
    let known = try await studio.library.show("r_1")
    #expect(known.tracks.first { $0.identity == "ben" }?.sealedKey == nil)
    let analysis = try JSON(parsing: try await studio.plain(.made("analysis.json"), of: "r_1"))
    #expect(analysis["speakers"]?.array?.compactMap { $0["identity"]?.string } == ["ana"])
    #expect(try await studio.library.verify("r_1").isSound)
    #expect(TapeDisk.names(in: studio.path + "/recordings/r_1")?.count == 5)
    await studio.close()
  }

  @Test("a hold keeps a recording from everything that erases")
  @Control func held() async throws {
    let studio = try await Studio()
    try await studio.record("r_1", of: ["ana", "ben"])
    let library = studio.library
    try await library.hold("r_1", "case 12")
    await #expect(throws: Refusal.self) { try await library.erase("r_1", by: "test", reason: nil) }
    await #expect(throws: Refusal.self) {
      _ = try await library.eraseVoice(of: "ana", by: "test", reason: nil)
    }
    await #expect(throws: Refusal.self) { _ = try await library.forget("ana", by: "test", reason: nil) }
    await library.keepHouse(at: .now + .seconds(1_000_000_000))
    #expect(try await studio.isReady("r_1"))
    try await library.hold("r_1", nil)
    try await library.erase("r_1", by: "test", reason: nil)
    await #expect(throws: Refusal.self) { _ = try await library.show("r_1") }
    #expect(TapeDisk.names(in: studio.path + "/recordings") == ["journal"])
    await studio.close()
  }

  @Test("all of a room or a session go at once, but for what is held")
  @Control func many() async throws {
    let studio = try await Studio()
    for (id, room, session) in [
      ("r_1", "a", "s_1"), ("r_2", "a", "s_2"), ("r_3", "b", "s_2"), ("r_4", "b", "s_3"),
    ] {
      try await studio.record(id, of: ["ana"], room: room, session: session)
    }
    try await studio.library.hold("r_2", "case 12")
    let room = try await studio.library.erase(room: "a", session: nil, by: "test", reason: nil)
    #expect(room == Library.Erased(recordings: ["r_1"], kept: ["r_2"]))
    let session = try await studio.library.erase(room: nil, session: "s_2", by: "test", reason: nil)
    #expect(session == Library.Erased(recordings: ["r_3"], kept: ["r_2"]))
    let left = try await studio.library.list(before: nil, "", RecordingRow.Filter(), limit: 10)
    #expect(left.map(\.id) == ["r_4", "r_2"])
    await studio.close()
  }

  @Test("what has been kept long enough is told of first, and then goes, with a proof")
  @Control func retention() async throws {
    let studio = try await Studio()
    studio.library.options.retention = .seconds(3 * 86_400)
    try await studio.record("r_1", of: ["ana"])
    let begin = Timestamp.now
    func events() async throws -> [String] {
      try await studio.store.read { connection throws(StoreFailure) in
        try EventLog.after(0, limit: 100, connection).map(\.type)
      }.filter { $0.hasPrefix("recording.") }
    }
    await studio.library.keepHouse(at: begin + .seconds(86_400))
    #expect(try await events() == ["recording.started", "recording.stopped", "recording.ready"])
    for _ in 0..<2 { await studio.library.keepHouse(at: begin + .seconds(3 * 86_400 - 3_600)) }
    #expect(try await events().dropFirst(3) == ["recording.expiring"])
    await studio.library.keepHouse(at: begin + .seconds(3 * 86_400 + 60))
    #expect(try await events().dropFirst(4) == ["recording.erased"])
    let proofs = try await studio.store.read { connection throws(StoreFailure) in
      try ErasureRow.of(recording: "r_1", connection)
    }
    #expect(proofs.map(\.actor) == ["retention"])
    await studio.close()
  }

  @Test("what a crash broke off is repaired, mixed and signed at the next start")
  @Control func repaired() async throws {
    let studio = try await Studio()
    try await studio.begin("r_1", of: ["ana", "ben"])
    try await studio.talk(2, packets: 75)
    // As a kill leaves it: nobody closes anything, and the last piece of one file is half there.
    let copy = studio.path + "-copy"
    system("cp -r \(studio.path) \(copy)")
    let torn = try await studio.library.show("r_1").tracks[0].id
    system("truncate -s -7 \(copy)/recordings/r_1/\(torn).opus")
    await studio.close()
    #expect(try TapeThread.recover(directory: copy + "/recordings") > 0)
    let next = try await Studio(path: copy)
    try await next.library.resume()
    try await next.until { try await next.isReady("r_1") }
    let known = try await next.library.show("r_1")
    #expect(known.row.stopReason == "restart" && (known.row.durationMilliseconds ?? 0) > 500)
    #expect(try await next.library.verify("r_1").isSound)
    await next.close()
  }

  @Test("analysis can be had anew, and the new manifest follows the old")
  @Control func again() async throws {
    let studio = try await Studio()
    try await studio.record("r_1", of: ["ana", "ben"])
    let first = try await studio.library.proof(of: "r_1")
    try await studio.library.analyse("r_1")
    try await studio.until { try await studio.isReady("r_1") }
    let second = try await studio.library.proof(of: "r_1")
    #expect(second?.row.previous == first?.row.hash)
    #expect(try await studio.library.verify("r_1").isSound)
    await studio.close()
  }
}
