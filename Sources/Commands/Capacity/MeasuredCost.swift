// The figures that the capacity model stands on, in one place: medians of `make bench` and of the runs that
// docs/performance.md tells of, on two cores of a shared virtual machine that both the server and its load used.

enum MeasuredCost {
  /// CPU microseconds of all the server's threads for each packet of media that goes out.
  static let audioPair = 13.0
  static let videoPair = 20.0
  static let group = 6.5
  static let webinar = 7.0
  /// Resident memory that each participant adds.
  static let audioKilobytes = 60.0
  static let videoKilobytes = 360.0
  static let listenerKilobytes = 95.0
}
