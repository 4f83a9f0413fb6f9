// What a generator has counted: all that its callers sent and received since the start, and over the window that is
// measured.

/// Sums over callers and streams. `gone` callers count on.
package struct GeneratorCounts: Equatable, Sendable {
  package var sentPackets = 0
  package var sentRepeats = 0
  /// Packets of media, each once.
  package var received = 0
  package var recovered = 0
  package var reordered = 0
  package var duplicated = 0
  package var lost = 0
  package var missing = 0
  package var padding = 0
  package var requests = 0
  package var keyFrames = 0
  package var keyFrameRequests = 0
  package var shownFrames = 0
  /// Payloads that are not what was sent, or somebody else's.
  package var wrongStamps = 0
  package var foreign = 0
  /// Datagrams that did not prove authentic, or were nothing that one could read.
  package var unauthentic = 0
  package var malformed = 0
  /// Of streams that nobody announced.
  package var unexpected = 0
  package var datagramsSent = 0
  package var bytesSent = 0
  package var datagramsReceived = 0
  package var bytesReceived = 0
  package var cpuNanoseconds = 0

  package init() {}

  private static var fields: [WritableKeyPath<GeneratorCounts, Int>] {
    [
      \.sentPackets, \.sentRepeats, \.received, \.recovered, \.reordered, \.duplicated, \.lost, \.missing,
      \.padding, \.requests, \.keyFrames, \.keyFrameRequests, \.shownFrames, \.wrongStamps, \.foreign,
      \.unauthentic, \.malformed, \.unexpected, \.datagramsSent, \.bytesSent, \.datagramsReceived,
      \.bytesReceived, \.cpuNanoseconds,
    ]
  }

  package static func + (left: GeneratorCounts, right: GeneratorCounts) -> GeneratorCounts {
    var sum = left
    for field in fields { sum[keyPath: field] += right[keyPath: field] }
    return sum
  }

  package static func - (left: GeneratorCounts, right: GeneratorCounts) -> GeneratorCounts {
    var difference = left
    for field in fields { difference[keyPath: field] -= right[keyPath: field] }
    return difference
  }
}

package struct GeneratorFigures: Equatable, Sendable {
  /// Which of several.
  package var generator = 0
  package var callers = 0
  package var connected = 0
  /// Since the start.
  package var total = GeneratorCounts()
  /// Since the window's begin; of the last one, once it has ended.
  package var window = GeneratorCounts()
  package var windowNanoseconds: Int64 = 0
  /// The window has ended, and these are its last figures.
  package var isFinal = false
  /// From the moment a packet was handed to the kernel to the moment the kernel had it again, in the window.
  package var latency = LatencyHistogram()
  /// Of each stream at the window's end, by RFC 3550.
  package var jitter = LatencyHistogram()
  /// How much later than due the latest work of the window was done: a generator that is itself overloaded measures
  /// nothing.
  package var lateness = LatencyHistogram()
  /// Datagrams that its own socket had no room for.
  package var droppedByKernel = 0
  package var commandsRefused = 0

  package init() {}
}
