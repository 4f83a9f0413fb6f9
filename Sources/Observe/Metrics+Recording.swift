// What is being recorded, and how the tape and the disk under it do.

extension Metrics {
  package static let recordings = Gauge("tandem_recordings", "Recordings that run right now.")
  package static let recordingsFailed = Counter(
    "tandem_recordings_failed_total", "Recordings, or their mixes, that could not be completed.")
  package static let recordingsRepaired = Counter(
    "tandem_recordings_repaired_total", "Recordings that a crash broke off and a start repaired.")
  package static let recordingGaps = Counter(
    "tandem_recording_gaps_total", "Times when a slow disk cost a recording sound.")
  package static let tapePackets = Counter("tandem_tape_packets_total", "Packets of recorded tracks.")
  package static let tapeBytes = Counter("tandem_tape_bytes_total", "Bytes written into recordings.")
  package static let tapeRefused = Counter(
    "tandem_tape_refused_total", "Packets that the tape had no room for, because the disk was too slow.")
  package static let tapeCommits = Summary(
    "tandem_tape_commit_duration_seconds", "Time of the journal's commits, each for all recordings.")

  static let recording: [any Metric] = [
    recordings, recordingsFailed, recordingsRepaired, recordingGaps, tapePackets, tapeBytes, tapeRefused,
    tapeCommits,
  ]
}
