// Why a session went as it did: everything that was written down about it, in one line of time, in words and in figures.
// Made from rows alone, so it says the same of a session long ago as of one that runs.

import Agenda
import Store
import Values

struct SessionExplanation {
  let session: SessionRow
  let people: [ParticipantRow]
  /// Of the room, while the session lasted.
  let events: [EventRow]
  let traces: [TraceRow]
  /// There was more than can be shown.
  let isCut: Bool

  private struct Line {
    var at: Timestamp
    var kind: String
    var participant: String?
    var text: String
    var detail: JSON
  }

  var json: JSON {
    var object = session.json
    object.append("participants", .array(people.map(participant)))
    let lines = (events.compactMap(line) + traces.map(line)).sorted { $0.at < $1.at }
    object.append("causes", .array(causes))
    object.append("timeline", .array(lines.map(json)))
    object.append("truncated", .bool(isCut))
    return .object(object)
  }

  private func json(_ line: Line) -> JSON {
    let begin = session.startedAt ?? session.createdAt
    var object: JSON.Object = [
      "at": .string(line.at.rfc3339),
      "offsetMilliseconds": .integer(line.at.milliseconds - begin.milliseconds), "kind": .string(line.kind),
    ]
    object.append("participant", .optional(line.participant))
    object.append("name", .optional(line.participant.map(name)))
    object.append("text", .string(line.text))
    object.append("detail", line.detail)
    return .object(object)
  }

  private func name(_ id: String) -> String { people.first { $0.id == id }?.name ?? id }

  private func participant(_ row: ParticipantRow) -> JSON {
    let mine = traces.filter { $0.participant == row.id }
    var object = row.attendance
    object.append(
      "connectedAfterMilliseconds", mine.first { $0.kind == .connected }?.detail["sinceJoinMs"] ?? .null)
    object.append(
      "firstMediaAfterMilliseconds", mine.first { $0.kind == .firstMedia }?.detail["sinceJoinMs"] ?? .null)
    object.append("moves", .integer(Int64(mine.count { $0.kind == .moved })))
    object.append("failures", .integer(Int64(mine.count { $0.kind == .failed })))
    let interruptions = events.count {
      $0.type == "participant.reconnecting" && Self.subject($0)?["id"]?.string == row.id
    }
    object.append("interruptions", .integer(Int64(interruptions)))
    return .object(object)
  }

  private static func body(_ row: EventRow) -> JSON { (try? JSON(parsing: Array(row.body.utf8))) ?? [:] }
  private static func subject(_ row: EventRow) -> JSON? { body(row)["participant"] }

  private func line(_ row: EventRow) -> Line? {
    let body = Self.body(row)
    let id = body["participant"]?["id"]?.string ?? body["participant"]?.string
    let who = id.map(name) ?? "Somebody"
    let text: String
    switch row.type {
    case "participant.joined": text = "\(who) joined."
    case "participant.left": text = "\(who) left (\(body["reason"]?.string ?? "left"))."
    case "participant.reconnecting":
      text = "\(who) lost the connection for messages; media goes on where it can."
    case "participant.resumed": text = "\(who) is back in the same place."
    case "consent.given": text = "\(who) agreed to be recorded."
    case "consent.withdrawn": text = "\(who) does not agree to be recorded."
    case "room.updated": text = "The room was changed."
    case let type where type.hasPrefix("recording."): text = "Recording: \(type.dropFirst(10))."
    default: return nil
    }
    return Line(at: row.at, kind: row.type, participant: id, text: text, detail: body)
  }

  private func line(_ row: TraceRow) -> Line {
    let sentence = TraceSentence(row, name: name)
    return Line(
      at: row.at, kind: row.kind.rawValue, participant: row.participant, text: sentence.text,
      detail: row.detail)
  }

  /// The stretches in which somebody's connection was not good, each with what spoiled it most.
  private var causes: [JSON] {
    people.flatMap { person -> [JSON] in
      var found: [JSON] = []
      var open: (since: Timestamp, fault: String, lowest: Double)?
      func close(_ end: Timestamp?) {
        guard let stretch = open else { return }
        open = nil
        found.append([
          "participant": .string(person.id), "name": .string(person.name),
          "from": .string(stretch.since.rfc3339), "until": .optional(end?.rfc3339),
          "fault": .string(stretch.fault), "lowestScore": .number(stretch.lowest),
          "text": .string("\(person.name): \(TraceSentence.fault(stretch.fault))."),
        ])
      }
      for row in traces where row.participant == person.id && row.kind == .quality {
        let fault = row.detail["fault"]?.string
        let score = row.detail["score"]?.double ?? 5
        if open?.fault != fault { close(row.at) }
        guard let fault else { continue }
        open = (open?.since ?? row.at, fault, min(open?.lowest ?? score, score))
      }
      close(person.leftAt ?? session.endedAt)
      return found
    }
  }
}

/// One line of a trace in words.
struct TraceSentence {
  let text: String

  static func fault(_ name: String) -> String {
    switch name {
    case "loss_up": "packets from them were lost on the way to the server"
    case "loss_down": "packets to them were lost on the way from the server"
    case "delay": "the way to the server and back takes long"
    case "jitter": "packets from them come unevenly"
    case "freezes": "pictures stood still while a key frame was on its way"
    default: name
    }
  }

  init(_ row: TraceRow, name: (String) -> String) {
    let detail = row.detail
    let who = row.participant.map(name) ?? "The room"
    func text(_ key: String) -> String { detail[key]?.string ?? "" }
    func number(_ key: String) -> String { detail[key]?.double.map { "\(Int64($0.rounded()))" } ?? "?" }
    switch row.kind {
    case .connected:
      self.text =
        "\(who)'s media is connected from \(text("network")), \(number("sinceJoinMs")) ms after the join."
    case .moved: self.text = "\(who)'s media goes on from \(text("network"))."
    case .failed: self.text = "\(who)'s media failed: \(text("reason"))."
    case .firstMedia: self.text = "First media to \(who), \(number("sinceJoinMs")) ms after the join."
    case .quality:
      let score = detail["score"]?.double.map { "\($0)" } ?? "?"
      let fault = detail["fault"]?.string.map { ": \(Self.fault($0))" } ?? ""
      self.text = "\(who)'s connection is \(score) of 5\(fault)."
    case .muted, .unmuted:
      let by = text("by") == row.participant ? "" : " by \(name(text("by")))"
      self.text = "\(who)'s \(text("source")) was \(row.kind.rawValue)\(by)."
    case .wished:
      self.text = "\(who) wants \(name(text("from")))'s \(text("source")) in quality \(text("quality"))."
    case .sending:
      let whose = "\(name(text("from")))'s \(text("source"))"
      let why = text("why") == "bandwidth" ? "their link bears no more" : "the server has too much to do"
      self.text =
        switch text("how") {
        case "full": "\(who) gets all of \(whose) again."
        case "paused": "\(who) gets nothing of \(whose) at present: \(why)."
        default: "\(who) gets less of \(whose) than wished: \(why)."
        }
    case .offered: self.text = "\(who) was offered the paths \(text("paths"))."
    case .topology:
      self.text =
        "Media goes \(text("topology") == "p2p" ? "directly" : "through the server"): \(text("reason"))."
    }
  }
}

extension ParticipantRow {
  /// From 1 to 5, of all that was measured; null for who never had media.
  var quality: JSON {
    guard scoreCount > 0 else { return .null }
    let average = (Double(scoreSum) / Double(scoreCount)).rounded() / 10
    return ["average": .number(average), "lowest": .number(Double(scoreLowest ?? scoreSum) / 10)]
  }
}
