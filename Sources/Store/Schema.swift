// Every table, in the order in which they came to be. A migration that has been released is never changed:
// what is new goes below. Times are milliseconds since 1970 unless their name says otherwise.

extension Migration {
  package static let all: [Migration] = [
    access, rooms, events, recordings, library, recordingsOfPeople, matching,
    explanations, sessionLife,
  ]

  private static let access = Migration(
    1, "access",
    [
      """
      create table api_keys (
        id text primary key, sealed_secret {bytes} not null, note text, created_at bigint not null,
        created_by text not null, revoked_at bigint)
      """,
      """
      create table revocations (
        identity text not null, room text not null, not_before_seconds bigint not null,
        until_seconds bigint not null, primary key (identity, room))
      """,
      "create index revocations_by_end on revocations (until_seconds)",
      """
      create table audit (
        id {id}, at bigint not null, actor text not null, action text not null, target text not null,
        detail text not null, address text, previous {bytes} not null, hash {bytes} not null)
      """,
    ],
    sqlite: [
      """
      create trigger audit_no_update before update on audit
      begin select raise(abort, 'the audit log is only ever added to'); end
      """,
      """
      create trigger audit_no_delete before delete on audit
      begin select raise(abort, 'the audit log is only ever added to'); end
      """,
    ])

  private static let rooms = Migration(
    2, "rooms",
    [
      """
      create table rooms (
        id text primary key, name text not null, topology text not null, max_participants bigint not null,
        recording text not null, lobby integer not null, locked integer not null,
        empty_timeout_ms bigint not null, metadata text not null, created_at bigint not null,
        closed_at bigint, close_reason text, state text not null)
      """,
      "create index rooms_open on rooms (id) where closed_at is null",
      """
      create table sessions (
        id text primary key, room text not null, booked integer not null, mentor_identity text,
        mentor_name text, student_identity text, student_name text, starts_at bigint, duration_ms bigint,
        metadata text not null, created_at bigint not null, started_at bigint, ended_at bigint,
        end_reason text, both_present_ms bigint not null)
      """,
      "create index sessions_by_age on sessions (created_at, id)",
      "create index sessions_by_room on sessions (room, created_at, id)",
      "create index sessions_by_mentor on sessions (mentor_identity) where mentor_identity is not null",
      "create index sessions_by_student on sessions (student_identity) where student_identity is not null",
      "create index sessions_open on sessions (room) where ended_at is null",
      """
      create table participants (
        id text primary key, session text not null references sessions (id), room text not null,
        identity text not null, name text not null, role text not null, rights text not null,
        attributes text not null, joined_at bigint not null, left_at bigint, leave_reason text,
        resume_hash {bytes} not null, hand_raised integer not null, consent integer, state text not null,
        token_id text, token_issued_at_seconds bigint, token_expires_at_seconds bigint not null)
      """,
      "create index participants_present on participants (room) where left_at is null",
      "create index participants_by_session on participants (session, joined_at)",
      "create index participants_by_identity on participants (identity, joined_at)",
      """
      create table idempotency (
        key text not null, scope text not null, request_hash {bytes} not null, at bigint not null,
        primary key (scope, key))
      """,
      "create index idempotency_by_age on idempotency (at)",
    ])

  private static let events = Migration(
    3, "events",
    [
      """
      create table events (
        seq {id}, id text not null unique, room text, room_seq bigint not null, type text not null,
        at bigint not null, body text not null)
      """,
      "create index events_by_room on events (room, room_seq)",
      "create index events_by_age on events (at)",
      "create table room_sequences (room text primary key, seq bigint not null)",
      """
      create table webhook_cursors (
        endpoint text primary key, seq bigint not null, pending text not null, failing_since bigint,
        attempts bigint not null, next_attempt_at bigint, last_error text)
      """,
    ])

  private static let recordings = Migration(
    4, "recordings",
    [
      """
      create table recordings (
        id text primary key, room text not null, session text not null, state text not null,
        started_at bigint not null, stopped_at bigint, duration_ms bigint, bytes bigint,
        metadata text not null)
      """,
      "create index recordings_by_age on recordings (started_at, id)",
      "create index recordings_by_room on recordings (room, started_at, id)",
      "create index recordings_by_session on recordings (session)",
      "create index recordings_unfinished on recordings (id) where stopped_at is null",
      """
      create table recording_tracks (
        id text primary key, recording text not null references recordings (id) on delete cascade,
        participant text not null, identity text not null, role text not null, codec text not null,
        started_at bigint not null, offset_ms bigint not null, duration_ms bigint, bytes bigint,
        sha256 {bytes})
      """,
      "create index recording_tracks_by_recording on recording_tracks (recording, started_at)",
      "create index recording_tracks_by_identity on recording_tracks (identity, recording)",
    ])

  /// What a library needs beyond a list: keys of what is sealed, holds and ends, other files than tracks, who fetched
  /// what, the chain of manifests, and proof of what was erased.
  private static let library = Migration(
    5, "library",
    [
      "alter table recordings add column sealed_key {bytes}",
      "alter table recordings add column stop_reason text",
      "alter table recordings add column hold text",
      "alter table recordings add column expires_at bigint",
      "alter table recordings add column warned integer",
      "alter table recording_tracks add column sealed_key {bytes}",
      "alter table recording_tracks add column name text",
      "alter table recording_tracks add column source text",
      "alter table recording_tracks add column erased_at bigint",
      "create index recordings_to_expire on recordings (expires_at) where expires_at is not null and hold is null",
      "create index recordings_to_finish on recordings (id) where state = 'processing'",
      """
      create table recording_files (
        recording text not null references recordings (id) on delete cascade, name text not null,
        sealed_key {bytes} not null, bytes bigint not null, sha256 {bytes} not null,
        primary key (recording, name))
      """,
      """
      create table recording_access (
        id {id}, recording text not null, file text not null, actor text not null, reason text,
        address text, at bigint not null)
      """,
      "create index recording_access_by_recording on recording_access (recording, id)",
      """
      create table manifests (
        seq {id}, recording text not null, hash {bytes} not null, previous {bytes} not null,
        signature {bytes} not null, at bigint not null)
      """,
      "create index manifests_by_recording on manifests (recording, seq)",
      """
      create table erasures (
        id {id}, recording text not null, track text, identity text, actor text not null, reason text,
        bytes bigint not null, at bigint not null)
      """,
      "create index erasures_by_recording on erasures (recording, id)",
      "create index erasures_by_identity on erasures (identity, id)",
      """
      create table consents (
        id {id}, participant text not null, session text not null, room text not null, identity text not null,
        is_given integer not null, text_version text, purpose text, at bigint not null)
      """,
      "create index consents_by_session on consents (session, id)",
      "create index consents_by_identity on consents (identity, id)",
      "create table secrets (name text primary key, sealed {bytes} not null)",
    ])

  /// The newest of one person without looking at all of theirs: when the recording began stands with each track.
  private static let recordingsOfPeople = Migration(
    6, "recordings of people",
    [
      "alter table recording_tracks add column recorded_at bigint",
      """
      update recording_tracks set recorded_at =
        (select recordings.started_at from recordings where recordings.id = recording_tracks.recording)
      """,
      "create index recording_tracks_of_people on recording_tracks (identity, recorded_at, recording)",
    ])

  private static let matching = Migration(
    7, "matching",
    [
      "create table profiles (identity text primary key, body text not null, updated_at bigint not null)",
      """
      create table tickets (
        id text primary key, identity text not null, name text, entered_at bigint not null)
      """,
      """
      create table matches (
        id text primary key, number bigint not null, state text not null, mentor text not null,
        offer text not null, session text, room text, reason text, offered_at bigint not null,
        matched_at bigint, ended_at bigint)
      """,
      "create index matches_open on matches (number) where state in ('offered', 'matched')",
      "create table queue_log (seq {id}, command text not null)",
      "create table queue_states (id {id}, seq bigint not null, at bigint not null, body text not null)",
    ])

  /// What happened to a session's media, and how good everybody's connection was in it, in tenths of a point.
  private static let explanations = Migration(
    8, "explanations",
    [
      """
      create table session_trace (
        id {id}, session text not null, at bigint not null, participant text, kind text not null,
        detail text not null)
      """,
      "create index session_trace_of_session on session_trace (session, id)",
      "create index session_trace_by_age on session_trace (at)",
      "alter table participants add column score_sum bigint not null default 0",
      "alter table participants add column score_count bigint not null default 0",
      "alter table participants add column score_lowest bigint",
    ])

  /// What is to be done about booked sessions and when; by how much they were lengthened, who did not come, and what
  /// people said of each other.
  private static let sessionLife = Migration(
    9, "session life",
    [
      "alter table sessions add column extended_ms bigint not null default 0",
      "alter table sessions add column no_show text",
      """
      create table agenda (
        session text not null, kind text not null, at bigint not null, primary key (session, kind))
      """,
      "create index agenda_by_time on agenda (at, session)",
      """
      create table ratings (
        session text not null, rater text not null, ratee text not null, mentor text, student text,
        stars bigint not null, comment text, at bigint not null, updated_at bigint not null,
        primary key (session, rater, ratee))
      """,
      "create index ratings_of_person on ratings (ratee, stars)",
      "create index ratings_by_person on ratings (rater)",
      "create index ratings_of_pair on ratings (mentor, student, session, stars)",
    ])
}
