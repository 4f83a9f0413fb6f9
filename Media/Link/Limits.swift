// The bounds of what crosses between the planes.

enum Limits {
  /// A million values: far above any use, and a sign that a size in bytes was passed by mistake.
  static let mailboxCapacity = 1 << 20
}
