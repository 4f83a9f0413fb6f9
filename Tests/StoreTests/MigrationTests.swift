// Databases of every older version, with data in them, come up to date and keep it; newer ones are refused.

import Glibc
import Testing
import Values

@testable import Store

@Suite("Migrations", .timeLimit(.minutes(1))) struct MigrationTests {
  private let scratch = Scratch()

  /// What each version can hold: one row of everything that it brought.
  private static let rows: [[String]] = [
    [
      "insert into api_keys values ('k_1', x'0102', 'note', 1, 'ops', null)",
      "insert into revocations values ('ana', 'algebra', 2, 3)",
      """
      insert into audit (at, actor, action, target, detail, address, previous, hash)
      values (4, 'ops', 'key.create', 'k_1', '{}', null, x'', x'AA')
      """,
    ],
    [
      """
      insert into rooms values
        ('algebra', 'Algebra', 'sfu', 10, 'off', 0, 1, 60000, '{"grade":7}', 5, null, null, '{}')
      """,
      """
      insert into sessions values
        ('s_1', 'algebra', 1, 'ana', 'Ana', 'ben', null, 6, 7, '{}', 8, 9, null, null, 10)
      """,
      """
      insert into participants (id, session, room, identity, name, role, rights, attributes, joined_at,
        left_at, leave_reason, resume_hash, hand_raised, consent, state, token_id, token_issued_at_seconds,
        token_expires_at_seconds)
      values ('p_1', 's_1', 'algebra', 'ana', 'Ana', 'mentor', '{}', '{}', 11, null,
        null, x'CC', 0, null, 'active', 'jti', 12, 13)
      """,
      "insert into idempotency values ('key', 'k_1 POST /v1/sessions', x'DD', 14)",
    ],
    [
      """
      insert into events (id, room, room_seq, type, at, body)
      values ('e_1', 'algebra', 1, 'room.created', 15, '{}')
      """,
      "insert into room_sequences values ('algebra', 1)",
      "insert into webhook_cursors values ('http://localhost/', 1, '[]', null, 0, null, null)",
    ],
    [
      """
      insert into recordings (id, room, session, state, started_at, stopped_at, duration_ms, bytes, metadata)
      values ('r_1', 'algebra', 's_1', 'ready', 16, 17, 18, 19, '{}')
      """,
      """
      insert into recording_tracks (id, recording, participant, identity, role, codec, started_at, offset_ms,
        duration_ms, bytes, sha256)
      values ('t_1', 'r_1', 'p_1', 'ana', 'mentor', 'opus', 16, 0, 18, 19, x'EE')
      """,
    ],
    [
      "insert into recording_files values ('r_1', 'mix.opus', x'01', 20, x'FF')",
      """
      insert into recording_access (recording, file, actor, reason, address, at)
      values ('r_1', 'mix.opus', 'ops', 'review', null, 21)
      """,
      "insert into manifests (recording, hash, previous, signature, at) values ('r_1', x'02', x'', x'03', 22)",
      """
      insert into erasures (recording, track, identity, actor, reason, bytes, at)
      values ('r_0', null, null, 'ops', null, 23, 24)
      """,
      """
      insert into consents (participant, session, room, identity, is_given, text_version, purpose, at)
      values ('p_1', 's_1', 'algebra', 'ana', 1, 'v1', 'review', 25)
      """,
      "insert into secrets values ('signing', x'04')",
    ],
    [
      """
      insert into recording_tracks (id, recording, participant, identity, role, codec, started_at, offset_ms, recorded_at)
      values ('t_2', 'r_1', 'p_2', 'ben', 'student', 'opus', 16, 0, 16)
      """
    ],
    [
      "insert into profiles values ('ana', '{}', 26)",
      "insert into tickets values ('tk_1', 'ana', 'Ana', 27)",
      """
      insert into matches values ('m_1', 1, 'offered', 'ana', '{}', null, null, null, 28, null, null)
      """,
      "insert into queue_states (seq, at, body) values (0, 28, '{}')",
      "insert into queue_log (command) values ('{}')",
    ],
    [
      """
      insert into session_trace (session, at, participant, kind, detail)
      values ('s_1', 29, 'p_1', 'connected', '{}')
      """
    ],
  ]

  @Test("a database of each older version keeps all it holds", arguments: 1...Migration.all.count)
  func fromVersion(_ version: Int) async throws {
    #expect(Self.rows.count == Migration.all.count, "every migration shows here what it brings")
    let old = try await SQLiteStore.open(
      directory: scratch.path, migrations: Array(Migration.all.prefix(version)), fault: nil)
    try await old.write(.disk) { connection throws(StoreFailure) in
      for row in Self.rows.prefix(version).joined() { try connection.execute(row) }
    }
    await old.close()
    let new = try await SQLiteStore.open(directory: scratch.path)
    try await new.write(.disk) { connection throws(StoreFailure) in
      for row in Self.rows.dropFirst(version).joined() { try connection.execute(row) }
    }
    try await new.read { connection throws(StoreFailure) in
      let room = try RoomRow.find("algebra", connection)
      #expect(room?.locked == true && room?.metadata == ["grade": 7])
      let session = try SessionRow.find("s_1", connection)
      #expect(session?.mentor == SessionRow.Person(identity: "ana", name: "Ana"))
      #expect(session?.student == SessionRow.Person(identity: "ben", name: nil))
      #expect(try ParticipantRow.present(room: "algebra", connection).map(\.id) == ["p_1"])
      #expect(try APIKeyRow.find("k_1", connection)?.sealedSecret == [1, 2])
      #expect(try RevocationRow.page(at: Timestamp(seconds: 1), limit: 9, connection).count == 1)
      #expect(try AuditRow.last(connection)?.hash == [0xAA])
      #expect(try EventLog.after(0, limit: 9, connection).map(\.id) == ["e_1"])
      #expect(try WebhookCursorRow.find("http://localhost/", connection)?.seq == 1)
      #expect(try RecordingTrackRow.of(recording: "r_1", connection).first?.sha256 == [0xEE])
      #expect(
        try RecordingRow.page(before: nil, "", RecordingRow.Filter(identity: "ben"), limit: 9, connection)
          .map(\.id) == ["r_1"])
      #expect(try RecordingFileRow.of(recording: "r_1", connection).first?.sha256 == [0xFF])
      #expect(try ManifestRow.last(connection)?.hash == [2])
      #expect(try ErasureRow.of(recording: "r_0", connection).count == 1)
      #expect(try ConsentRow.of(session: "s_1", connection).first?.textVersion == "v1")
      #expect(try RecordingAccessRow.page(of: "r_1", limit: 9, connection).first?.reason == "review")
      #expect(try SecretRow.find("signing", connection) == [4])
      #expect(try ProfileRow.find("ana", connection)?.body == [:])
      #expect(try TicketRow.all(connection).map(\.id) == ["tk_1"])
      #expect(try MatchRow.open(connection).map(\.id) == ["m_1"])
      #expect(try QueueLog.latest(connection).commands == [[:]])
      #expect(
        try IdempotencyRow.find("key", scope: "k_1 POST /v1/sessions", connection)?.requestHash == [0xDD])
    }
    await new.close()
  }

  @Test("a database of a newer program is refused in plain words, and is left alone")
  func newer() async throws {
    let future = Migration.all + [Migration(99, "future", ["create table future (id text primary key)"])]
    await (try SQLiteStore.open(directory: scratch.path, migrations: future, fault: nil)).close()
    await #expect(
      throws: StoreFailure.incompatible(
        "the database was written by a newer tandem (schema 99, this one knows "
          + "\(Migration.all.count)): start that version, or restore a backup")
    ) { try await SQLiteStore.open(directory: scratch.path) }
    await (try SQLiteStore.open(directory: scratch.path, migrations: future, fault: nil)).close()
  }

  @Test("a migration that fails half way leaves the older version as it was")
  func halfWay() async throws {
    await (try SQLiteStore.open(directory: scratch.path)).close()
    let broken =
      Migration.all + [Migration(99, "broken", ["create table half (id text)", "create nonsense"])]
    await #expect(throws: StoreFailure.self) {
      try await SQLiteStore.open(directory: scratch.path, migrations: broken, fault: nil)
    }
    let store = try await SQLiteStore.open(directory: scratch.path)
    #expect(try await store.number("select count(*) from sqlite_master where name = 'half'") == 0)
    await store.close()
  }

  @Test("another program's database is not touched")
  func foreign() async throws {
    try SQLiteConnection(path: scratch.path + "/tandem.db").execute("create table theirs (id text)")
    await #expect(
      throws: StoreFailure.incompatible(
        "\(scratch.path)/tandem.db is a database of another program: move it away, or set data.directory")
    ) { try await SQLiteStore.open(directory: scratch.path) }
  }

  @Test(
    "a file that is no database, or was damaged while the server was down, stops the start in plain words")
  func damaged() async throws {
    let path = scratch.path + "/tandem.db"
    var store = try await SQLiteStore.open(directory: scratch.path)
    try await store.write(.disk) { connection throws(StoreFailure) in
      for row in Self.rows.joined() { try connection.execute(row) }
    }
    await store.close()
    // Pages in the middle become noise, and a log is there as after a kill.
    overwrite(path, at: 3 * 4096, [UInt8](repeating: 0xA5, count: 4 * 4096))
    overwrite(path + "-wal", at: 0, [UInt8](repeating: 0, count: 32))
    await #expect {
      store = try await SQLiteStore.open(directory: scratch.path)
    } throws: { error in
      guard case StoreFailure.damaged(let text) = error else { return false }
      return text.hasPrefix("the database \(path) is damaged (") && text.hasSuffix("): restore a backup")
    }
    overwrite(path, at: 0, [UInt8](repeating: 0x20, count: 4096))
    await #expect(
      throws: StoreFailure.damaged(
        "the database \(path) is damaged (file is not a database): restore a backup")
    ) { store = try await SQLiteStore.open(directory: scratch.path) }
  }

  private func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8]) {
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
    #expect(pwrite(descriptor, bytes, bytes.count, offset) == bytes.count)
    close(descriptor)
  }

  @Test("the audit log can only be added to")
  func audit() async throws {
    let store = try await SQLiteStore.open(directory: scratch.path)
    try await store.write(.disk) { connection throws(StoreFailure) in
      for row in Self.rows[0] { try connection.execute(row) }
    }
    for statement in ["update audit set actor = 'nobody'", "delete from audit"] {
      await #expect(throws: StoreFailure.conflict("the audit log is only ever added to")) {
        try await store.write(.disk) { connection throws(StoreFailure) in try connection.execute(statement) }
      }
    }
    await store.close()
  }

  @Test("no list walks through a whole table")
  func plans() async throws {
    let store = try await SQLiteStore.open(directory: scratch.path)
    let lists = [
      RoomRow.openPage, SessionRow.openInRoom, SessionRow.allOpen, SessionRow.pageOfAll,
      SessionRow.pageOfRoom, SessionRow.pageOfIdentity, SessionRow.pageOfIdentityInRoom,
      ParticipantRow.presentInRoom, ParticipantRow.ofSession, ParticipantRow.ofIdentity, APIKeyRow.pageByID,
      RevocationRow.inForce, AuditRow.pageByID, EventLog.pageBySeq, EventLog.pageOfRoom,
      RecordingRow.unfinishedPage, RecordingRow.processingPage, RecordingRow.expiringPage,
      RecordingRow.page(.init()), RecordingRow.page(.init(room: "a")),
      RecordingRow.page(.init(session: "s")), RecordingRow.page(RecordingRow.Filter(identity: "i")),
      RecordingTrackRow.ofRecording, RecordingTrackRow.ofIdentity, RecordingAccessRow.pageOfRecording,
      ManifestRow.pageBySeq, ProfileRow.pageByIdentity, MatchRow.openOnes,
    ]
    for list in lists {
      let values = [StoreValue](repeating: .null, count: 7)
      let plan = try await store.read { connection throws(StoreFailure) in
        try connection.query("explain query plan " + list, values)
      }
      for step in plan {
        let text = try step.text(3)
        // A scan along an index that ends with the page is what a list is; a scan of the table is not.
        let walks =
          text.hasPrefix("SCAN") && !text.contains("USING INDEX") && !text.contains("USING COVERING")
        #expect(!walks || text.lowercased().contains("subquery"), "\(text) in \(list)")
      }
    }
    await store.close()
  }
}
