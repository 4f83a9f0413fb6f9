// The keeper of recordings. On the control loop: what is being recorded and for whom; on the tape's thread: the files. Each
// step that somebody relies on is on the disk before the next: no sound is kept under a key that a crash could forget.
// By subject: +Keeping (orders of rooms), +News (of the tape), +Jobs (mix and analysis), +Startup, +Catalogue, +Proof,
// +Erasing, +Person.

import Access
package import Control
import Crypto
package import Engine
import Glibc
import Link
import Observe
package import Sessions
package import Store
import Values

/// The way to the tape's thread.
package typealias TapeLine = @Sendable (TapeOrder) -> Bool

@Control package final class Library {
  package struct Options: Sendable {
    /// How long a recording is kept; nil: until somebody deletes it.
    package var retention: Duration?
    /// How long before its end the platform is warned.
    package var warning = Duration.seconds(24 * 3_600)
    /// Less than this on the disk, and no new recording begins.
    package var leastFreeBytes: UInt64 = 512 << 20
    /// Less than this, and those that run are closed, for which they need some.
    package var reserveBytes: UInt64 = 128 << 20
    package init() {}
  }

  let store: any Store
  let directory: String
  let keys: LibraryKeys
  let tape: TapeLine
  package weak var rooms: Rooms?
  package var options: Options
  let log = Log("library")
  /// Reads for those who fetch; never waits for a mix.
  let thread = WorkThread(named: "library")
  /// Makes mixes, behind everything else that the machine has to do.
  let mixer = WorkThread(named: "mix")
  var knownPublicKey: [UInt8]?

  var active: [String: ActiveRecording] = [:]
  /// Names for the tape: it knows numbers only.
  var recordingOfNumber: [UInt64: String] = [:]
  private var lastNumber: UInt64 = 0
  var figures = TapeFigures()
  /// Waiting for their mix and analysis, the first one being made.
  var jobs: [String] = []
  var levels: [String: [String: [UInt8]]] = [:]
  var isWorking = false
  /// Ends that are being written down.
  var ending: [String: Task<Void, Never>] = [:]
  var progress: (recording: String, share: JobProgress)?
  private var random = SecureRandom()

  /// `directory` is there, and what an earlier process left in its journal was put back.
  package init(
    store: any Store, directory: String, masterKey: [UInt8], options: Options = Options(),
    tape: @escaping TapeLine
  ) {
    self.store = store
    self.directory = directory
    keys = LibraryKeys(masterKey: masterKey)
    self.options = options
    self.tape = tape
    mixer.submit { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Limits.mixNiceness) }
  }

  func nextNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  func identifier(_ kind: Identifier.Kind) -> String { Identifier.make(kind, using: &random) }

  func folder(_ recording: String) -> String { "\(directory)/\(recording)" }

  func tell(_ order: TapeOrder) {
    if !tape(order) { log.error("the tape takes no more orders: a recording is incomplete") }
  }

  /// An event for the platform, in the transaction at hand.
  nonisolated static func announce(
    _ type: String, _ row: RecordingRow, _ eventID: String, more: JSON.Object = [:], at now: Timestamp,
    _ connection: any Connection
  ) throws(StoreFailure) {
    var body: JSON.Object = [
      "recording": .string(row.id), "session": .string(row.session), "state": .string(row.state.rawValue),
    ]
    for member in more.members { body.append(member.name, member.value) }
    try EventLog.append(eventID, type, room: row.room, .object(body), at: now, connection)
  }
}

/// One recording while it runs.
struct ActiveRecording {
  let number: UInt64
  let start: RecordingStart
  let key: SealingKey
  let beganNanoseconds: Int64
  var row: RecordingRow
  /// Its row is on the disk; until then orders wait.
  var stands = false
  var waiting: [RecordingOrder] = []
  /// By participant and source.
  var files: [String: ActiveFile] = [:]
  /// Rooms want these heard right now.
  var wanted: Set<TrackHandle> = []
  var notes: [JSON] = []
  var gaps: [JSON] = []
  /// By participant, each score from the moment on in which it was told.
  var quality: [String: [QualityPoint]] = [:]
  var end: (reason: RecordingEnd, at: Timestamp, nanoseconds: Int64)?

  /// Milliseconds of its line of time.
  func offset(_ nanoseconds: Int64) -> Int64 { max(0, nanoseconds - beganNanoseconds) / 1_000_000 }
}

struct QualityPoint: Sendable, Equatable {
  /// In milliseconds since the recording's beginning.
  var at: Int64
  var score: Double
}

struct ActiveFile {
  let number: UInt64
  var track: RecordingTrackRow
  let key: SealingKey
  /// The tape has it.
  var stands = false
}
