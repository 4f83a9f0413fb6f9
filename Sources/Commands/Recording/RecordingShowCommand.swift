// `tandem recording show RECORDING`: what it is, who is in it, and who talked when.

import Control
import Values
import Web

enum RecordingShowCommand {
  static let command: Command = Command(
    "show", summary: "show a recording: who talked when, and how much",
    description: "Draws a line of time for each person: a full block where they talked throughout.",
    arguments: [RecordingCommand.recording],
    options: [RecordingCommand.reason, .json] + ServerAccess.options,
    examples: [Example("tandem recording show r_77aa", "show the recording r_77aa")]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    let recording = try await client.get(RecordingCommand.path(invocation))
    let analysis =
      recording.text("state") == "ready"
      ? try await client.get(
        RecordingCommand.path(invocation, "analysis.json"), query: RecordingCommand.query(invocation)) : .null
    if invocation.isSet(.json) {
      console.print(["recording": recording, "analysis": analysis] as JSON)
      return
    }
    console.print(sheet(recording))
    if let tracks = recording["tracks"]?.array, !tracks.isEmpty { print(tracks, console) }
    guard analysis["speakers"] != nil else { return }
    console.print("")
    console.print(TalkLines.lines(analysis, width: console.width, style: console.style))
  }

  private static func sheet(_ recording: JSON) -> Sheet {
    var sheet = Sheet()
    sheet.add("Recording", recording.text("id"))
    sheet.add("Room", recording.text("room"))
    sheet.add("Session", recording.text("session"))
    sheet.add("State", RecordingCommand.state(recording))
    sheet.add("Started", recording.text("startedAt"))
    sheet.add("Length", RecordingCommand.length(recording))
    sheet.add("Size", RecordingCommand.size(recording))
    if recording["stopReason"]?.string != nil { sheet.add("Stopped by", recording.text("stopReason")) }
    if recording["hold"]?.string != nil { sheet.add("Legal hold", recording.text("hold")) }
    if recording["expiresAt"]?.string != nil { sheet.add("Kept until", recording.text("expiresAt")) }
    if recording["repaired"]?.bool == true {
      sheet.add("Repaired", "the server ended while it was recording")
    }
    if let proof = recording["proof"] {
      sheet.add("Signed", "\(proof.text("signedAt")) with key \(proof.text("key"))")
    }
    return sheet
  }

  @Control private static func print(_ tracks: [JSON], _ console: Console) {
    var table = Table([
      .init("TRACK"), .init("IDENTITY"), .init("ROLE"), .init("SOURCE"), .init("FROM", .right),
      .init("SIZE", .right), .init("ERASED"),
    ])
    for track in tracks {
      table.add([
        track.text("id"), track.text("identity"), track.text("role"), track.text("source"),
        track["offsetMilliseconds"]?.integer.map(Amount.clock) ?? "", RecordingCommand.size(track),
        track.text("erasedAt"),
      ])
    }
    console.print("")
    console.print(table)
  }
}
