// The tables at the end of a load test.

import Control
import Generator
import LoadTest

@Control enum LoadTestReport {
  static func print(_ result: LoadResult, missed: [String], to console: Console) {
    console.print(times(result))
    console.print("")
    console.print(sheet(result))
    for (code, count) in result.tally.failures.sorted(by: { $0.key < $1.key }) {
      let why = result.tally.explanations[code].map { ": \(Printable.plain($0))" } ?? ""
      console.complain("\(count) × \(Printable.plain(code))\(why)\(advice(code))")
    }
    if let doubt = result.doubt { console.complain("do not trust these figures: \(doubt)") }
    for sentence in missed { console.complain("missed: \(sentence)") }
  }

  private static func times(_ result: LoadResult) -> Table {
    var table = Table([
      .init("Time"), .init("count", .right), .init("p50", .right), .init("p90", .right), .init("p99", .right),
      .init("longest", .right),
    ])
    let rows: [(String, LatencyHistogram)] = [
      ("connect to joined", result.tally.connectToJoined), ("join to joined", result.tally.joined),
      ("join to encrypted", result.tally.connected), ("join to first media", result.tally.firstMedia),
      ("announced to media", result.tally.announced), ("one-way latency", result.latency),
      ("jitter of a stream", result.jitter), ("new address", result.tally.roamed),
      ("reconnect", result.tally.reconnected),
    ]
    for (name, histogram) in rows where histogram.count > 0 {
      table.add([name, "\(histogram.count)"] + LoadText.row(histogram))
    }
    return table
  }

  private static func sheet(_ result: LoadResult) -> Sheet {
    let window = result.window
    let seconds = max(0.001, result.seconds)
    var sheet = Sheet()
    sheet.add(
      "Joined",
      "\(result.tally.joinedCount) of \(result.plan.total) in \(LoadText.time(result.joinNanoseconds))")
    sheet.add("Measured", "\(LoadText.rounded(result.seconds)) s")
    sheet.add(
      "Sent", "\(window.sentPackets) packets, \(Int(Double(window.sentPackets) / seconds)) a second")
    sheet.add(
      "Received", "\(window.received) packets, \(Int(Double(window.received) / seconds)) a second")
    sheet.add(
      "Lost",
      "\(max(0, window.lost + window.missing)) (\(LoadText.percent(result.lossShare))), "
        + "\(window.recovered) repaired")
    if window.shownFrames > 0 { sheet.add("Frames", "\(window.shownFrames) shown, \(window.keyFrames) key") }
    if window.wrongStamps + window.foreign + window.unauthentic > 0 {
      sheet.add(
        "WRONG", "\(window.wrongStamps) altered, \(window.foreign) of others, \(window.unauthentic) forged")
    }
    if let server = result.server {
      let cores = Double(server.cpuNanoseconds) / 1e9 / seconds
      var text = "\(LoadText.rounded(cores * 100)) % of a core"
      if let cost = result.cpuMicrosecondsPerPacket { text += ", \(LoadText.rounded(cost)) µs a packet out" }
      sheet.add("Server CPU", text)
      text = "\(server.residentBytes >> 20) MB"
      if let each = result.bytesPerParticipant {
        text += ", \(LoadText.rounded(each / 1_024)) KB a participant"
      }
      sheet.add("Server memory", text)
    }
    sheet.add(
      "Generator",
      "\(LoadText.rounded(Double(window.cpuNanoseconds) / 1e7 / seconds)) % of a core for media, "
        + "its work at most \(LoadText.time(result.lateness.percentile(0.99) ?? 0)) late (p99)")
    return sheet
  }

  /// What to look at for the refusals that a load test meets and a person does not.
  private static func advice(_ code: String) -> String {
    switch code {
    case "rate_limited", "http_429", "close_4429":
      " (the server limits joins from one address: see docs/load-test.md)"
    case "http_503":
      " (the server takes no more connections: http.maxConnections, http.maxConnectionsPerAddress)"
    case "unavailable": " (the server's media threads are at media.loadLimitPercent)"
    case "unauthorized", "http_401": " (does the server know this key? tandem key list)"
    default: ""
    }
  }
}
