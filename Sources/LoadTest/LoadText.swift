// Figures as people and programs read them.

package import Generator
package import Values

package enum LoadText {
  /// `12.3 ms`.
  package static func time(_ nanoseconds: Int64) -> String {
    switch nanoseconds {
    case ..<1_000_000: return "\(nanoseconds / 1_000) µs"
    case ..<100_000_000: return "\(rounded(Double(nanoseconds) / 1e6)) ms"
    case ..<10_000_000_000: return "\(nanoseconds / 1_000_000) ms"
    default: return "\(rounded(Double(nanoseconds) / 1e9)) s"
    }
  }

  package static func percent(_ share: Double) -> String {
    let hundredths = Int((share * 10_000).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }

  package static func rounded(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }

  /// p50, p90, p99 and the longest.
  package static func row(_ histogram: LatencyHistogram) -> [String] {
    [0.5, 0.9, 0.99].map { histogram.percentile($0).map(time) ?? "" }
      + [histogram.count == 0 ? "" : time(histogram.maxNanoseconds)]
  }
}

extension LatencyHistogram {
  /// In milliseconds.
  var json: JSON {
    func milliseconds(_ nanoseconds: Int64?) -> JSON {
      nanoseconds.map { .number(Double($0) / 1e6) } ?? .null
    }
    return [
      "count": .integer(Int64(count)), "p50": milliseconds(percentile(0.5)),
      "p90": milliseconds(percentile(0.9)), "p99": milliseconds(percentile(0.99)),
      "p999": milliseconds(percentile(0.999)),
      "max": count == 0 ? .null : milliseconds(maxNanoseconds),
      "mean": count == 0 ? .null : milliseconds(meanNanoseconds),
    ] as JSON
  }
}

extension LoadResult {
  /// The document of `--json`. Names are kept; more may come. Times are milliseconds.
  package func json(missed: [String]) -> JSON {
    func rate(_ count: Int) -> JSON { .number(seconds > 0 ? Double(count) / seconds : 0) }
    var document: JSON.Object = [
      "participants": .integer(Int64(plan.total)), "rooms": .integer(Int64(plan.rooms)),
      "joined": .integer(Int64(tally.joinedCount)),
      "joinSeconds": .number(Double(joinNanoseconds) / 1e9), "holdSeconds": .number(seconds),
      "connectToJoined": tally.connectToJoined.json, "join": tally.joined.json,
      "connected": tally.connected.json, "firstMedia": tally.firstMedia.json,
      "announcedToMedia": tally.announced.json, "latency": latency.json, "jitter": jitter.json,
    ]
    document.append("sent", .integer(Int64(window.sentPackets)))
    document.append("received", .integer(Int64(window.received)))
    document.append("sentPerSecond", rate(window.sentPackets))
    document.append("receivedPerSecond", rate(window.received))
    document.append("lost", .integer(Int64(max(0, window.lost + window.missing))))
    document.append("lossShare", .number(lossShare))
    document.append("recovered", .integer(Int64(window.recovered)))
    document.append("duplicated", .integer(Int64(window.duplicated)))
    document.append("wrong", .integer(Int64(window.wrongStamps + window.foreign)))
    document.append("unauthentic", .integer(Int64(window.unauthentic)))
    document.append("keyFrames", .integer(Int64(window.keyFrames)))
    document.append("shownFrames", .integer(Int64(window.shownFrames)))
    document.append("roams", .integer(Int64(tally.roams)))
    document.append("roamed", tally.roamed.json)
    document.append("reconnects", .integer(Int64(tally.reconnects)))
    document.append("reconnected", tally.reconnected.json)
    document.append(
      "failures",
      .object(
        JSON.Object(
          tally.failures.sorted { $0.key < $1.key }.map {
            .init(name: $0.key, value: .integer(Int64($0.value)))
          })))
    document.append(
      "explanations",
      .object(
        JSON.Object(
          tally.explanations.sorted { $0.key < $1.key }.map {
            .init(name: $0.key, value: .string($0.value))
          })))
    document.append("server", serverJSON)
    document.append(
      "generator",
      [
        "cpuSeconds": .number(Double(window.cpuNanoseconds) / 1e9), "lateness": lateness.json,
        "dropped": .integer(Int64(droppedByGenerator)), "doubt": .optional(doubt),
      ])
    document.append("missed", .array(missed.map(JSON.string)))
    document.append("endedEarly", .bool(wasEndedEarly))
    return .object(document)
  }

  private var serverJSON: JSON {
    guard let server else { return .null }
    return [
      "cpuSeconds": .number(Double(server.cpuNanoseconds) / 1e9),
      "cpuMicrosecondsPerPacket": cpuMicrosecondsPerPacket.map(JSON.number) ?? .null,
      "cores": .number(seconds > 0 ? Double(server.cpuNanoseconds) / 1e9 / seconds : 0),
      "residentBytes": .integer(server.residentBytes),
      "bytesPerParticipant": bytesPerParticipant.map(JSON.number) ?? .null,
      "contextSwitches": server.contextSwitches.map(JSON.integer) ?? .null,
    ] as JSON
  }
}
