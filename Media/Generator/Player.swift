// One caller that is played, with what the loop has to know of it: when it is due, what it has not heard yet, and with
// addresses of its own its socket.

import Caller
import Engine
import Structures
import Wire

final class Player {
  final class Line {
    let socket: UDPSocket
    init(_ socket: consuming UDPSocket) { self.socket = socket }
  }

  let number: Int32
  var caller: Caller
  /// When it is entered in the heap; `.max` for not at all.
  var scheduled = Int64.max
  /// Streams of which nothing has come yet.
  var unheard: [UInt32] = []
  var isConnected = false
  /// Where its datagrams go and come from, as the outbox knows it.
  var placed: (path: Int32, remote: TransportAddress)?
  var line: Line?
  /// What streams had counted that are forgotten.
  var forgotten = GeneratorCounts()

  init(_ number: Int32, _ options: CallerOptions) {
    self.number = number
    caller = Caller(options)
  }

  var counts: GeneratorCounts {
    var counts = forgotten
    let figures = caller.figures
    counts.sentPackets += figures.sentPackets
    counts.sentRepeats += figures.sentRepeats
    counts.unauthentic += figures.unauthentic + figures.replayed
    counts.malformed += figures.malformed
    counts.unexpected += figures.unexpected
    caller.forEachStream { _, stream in counts.add(stream) }
    return counts
  }

  func forget(_ ssrc: UInt32) {
    if let stream = caller.figures(ssrc: ssrc) { forgotten.add(stream) }
    forgotten.missing = 0
    caller.forget(ssrc: ssrc)
    unheard.removeAll { $0 == ssrc }
  }
}

extension GeneratorCounts {
  mutating func add(_ stream: StreamFigures) {
    received += stream.received - stream.padding
    recovered += stream.recovered
    reordered += stream.reordered
    duplicated += stream.duplicated
    lost += stream.lost
    missing += stream.missing
    padding += stream.padding
    requests += stream.requests
    keyFrames += stream.keyFrames
    keyFrameRequests += stream.keyFrameRequests
    shownFrames += stream.shownFrames
    wrongStamps += stream.wrongStamps
    foreign += stream.foreign
  }
}
