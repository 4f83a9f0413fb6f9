// `tandem recording download RECORDING`: its files, resumed where an earlier try ended, each checked against the manifest.

import Control
import Crypto
import Values
import Web

enum RecordingDownloadCommand {
  private static let output = Option(
    "output", short: "o", value: "DIRECTORY", "where to put them",
    kind: .directory, standard: "a folder named by the recording")
  private static let file = Option("file", value: "NAME", "only this one, such as mix.opus")

  static let command: Command = Command(
    "download", summary: "fetch a recording's files",
    description: """
      Goes on where an earlier try ended. What is complete is checked against the manifest's SHA-256, and only then gets its
      name.
      """,
    arguments: [RecordingCommand.recording],
    options: [output, file, RecordingCommand.reason] + ServerAccess.options,
    examples: [
      Example("tandem recording download r_77aa", "fetch all files into the folder r_77aa"),
      Example("tandem recording download r_77aa --file mix.opus -o .", "fetch the mix alone"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    let recording = try await client.get(RecordingCommand.path(invocation))
    let id = recording.text("id")
    var wanted = files(of: recording)
    if let name = invocation.value(file) {
      wanted = wanted.filter { $0.name == name }
      guard !wanted.isEmpty else {
        throw .failed(
          "\(id) has no file \(Printable.quoted(name)); it is \(RecordingCommand.state(recording))")
      }
    }
    let folder = invocation.value(output) ?? id
    let line = ProgressLine(console)
    defer { line.end() }
    for wantedFile in wanted {
      let path = "\(folder)/\(wantedFile.name)"
      do throws(Files.Failure) {
        try Files.makeDirectory(parent(of: path))
      } catch {
        throw .failed(error.message)
      }
      let download = Download(
        client, RecordingCommand.path(invocation) + wantedFile.name.split(separator: "/").map(String.init),
        query: RecordingCommand.query(invocation), to: path, sha256: wantedFile.sha256)
      try await download.run { share, text in line.show(share, "\(wantedFile.name) \(text)") }
    }
    line.end()
    console.remark("\(wanted.count) files are in \(Printable.plain(folder)).")
  }

  private static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  private struct Wanted {
    var name: String
    var sha256: String?
  }

  /// A track that was erased has none.
  private static func files(of recording: JSON) -> [Wanted] {
    let made = (recording["files"]?.array ?? []).map {
      Wanted(name: $0.text("name"), sha256: $0["sha256"]?.string)
    }
    let tracks = (recording["tracks"]?.array ?? []).filter { $0["erasedAt"]?.string == nil }.map {
      Wanted(name: $0.text("file"), sha256: $0["sha256"]?.string)
    }
    // Names become paths here: none may lead out of the folder.
    return (made + tracks).filter { wanted in
      wanted.name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".."
      }
    }
  }
}
