// Whose sound a track is, as far as its file tells.

package struct TrackDescription: Equatable, Sendable {
  /// Tells the stream from others in one file; random.
  package var serial: UInt32
  package var channels: Int
  /// The program, for the comment header.
  package var vendor: String
  /// Names of Vorbis comments with their values.
  package var comments: [(name: String, value: String)]

  package init(serial: UInt32, channels: Int, vendor: String, comments: [(name: String, value: String)]) {
    precondition(channels == 1 || channels == 2, "one or two channels")
    self.serial = serial
    self.channels = channels
    self.vendor = vendor
    self.comments = comments
  }

  package static func == (left: TrackDescription, right: TrackDescription) -> Bool {
    left.serial == right.serial && left.channels == right.channels && left.vendor == right.vendor
      && left.comments.elementsEqual(right.comments, by: ==)
  }
}
