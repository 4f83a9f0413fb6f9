// The bounds by which talk is told from noise, and a conversation's turns from each other.

enum Limits {
  /// A quiet room, 70 dB below full scale: a line is not taken for quieter.
  static let floor = 70.0
  /// Louder than this is talk, whatever the noise (35 is a normal voice, and 50 somebody far from the microphone) …
  static let begins = 45.0
  /// … and what has begun goes on down to this.
  static let ends = 50.0
  /// What is so much quieter than the voice was is the room again; syllables differ by less.
  static let falls = 14.0
  /// How fast the voice's level follows it, of the difference, a step.
  static let voiceFollows = 0.2
  /// How fast the threshold follows a line that gets quieter, and, far slower, one that gets louder: of the difference, a
  /// step. The latter takes ten seconds, so that a voice is not taken for noise.
  static let floorFalls = 0.3
  static let floorRises = 0.01
  /// Steps: shorter than 0.2 s is a click or a cough.
  static let stepsMin = 2
  /// Steps: people breathe in for half a second in one sentence.
  static let hangover = 5
  /// Longer than this, a silence of everybody is a pause.
  static let pauseMilliseconds: Int64 = 700
  /// Two that overlap for less have only met.
  static let touchMilliseconds: Int64 = 200
  /// Who stops within this after another began has given way.
  static let giveWayMilliseconds: Int64 = 2_000
  /// A meter that has heard nothing for this many steps takes the rest of the silence as it is.
  static let meterSilence: Int64 = 50
}
