// The bounds of the library.

enum Limits {
  /// Of a sealed file that is made here: what a reader opens at once, wherever it jumps to.
  static let pieceBytes = 65_536
  /// Read of a track at once, while it is mixed.
  static let readBytes = 65_536
  /// What WebRTC's packets of sound hold by default: 20 ms.
  static let lastPacketNanoseconds: Int64 = 20_000_000
  /// Rows taken at once when a start looks for what is unfinished, and when what has expired is removed.
  static let batch = 100
  /// What one recording remembers of its own history: a consent and a pause each minute of a long day.
  static let notes = 2_000
  /// Of one recording; a disk that is slow for longer fills no more rows.
  static let gaps = 1_000
  /// Changes of one connection's score: every report of four hours, if none is like the one before.
  static let qualityPoints = 3_000
  /// A mix can wait, a call cannot: well below ordinary threads.
  static let mixNiceness: Int32 = 10
}
