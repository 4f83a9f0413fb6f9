// The figures that the capacity model stands on, in one place: medians of `make bench` and of the runs that
// docs/performance.md tells of, on two cores of a shared virtual machine that both the server and its load used.

enum MeasuredCost {
  /// CPU microseconds of all the server's threads for each packet of media that goes out.
  static let audioPair = 14.0
  static let videoPair = 18.0
  static let group = 8.0
  static let webinar = 6.0
  /// Resident memory that each participant adds.
  static let audioKilobytes = 70.0
  static let videoKilobytes = 900.0
  static let listenerKilobytes = 60.0
}
