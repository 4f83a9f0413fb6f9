// `tandem user`: what a person may ask for.

import Control
import Glibc
import Synchronization
import Values
import Web

enum UserCommand {
  static let command: Command = Command(
    group: "user", summary: "give a person all that is known of them, or forget them",
    examples: [
      Example("tandem user export ana --output ana.tar", "everything about ana, with her own voice"),
      Example("tandem user erase ana --reason 'asked for on 3 May'", "forget ana"),
    ],
    commands: [export, erase])

  private static let identity = Argument("USER", "the user's identity, as tokens name it")
  private static let output = Option(
    "output", short: "o", value: "FILE", "where to put the archive", kind: .file, standard: "USER.tar")

  private static let export: Command = Command(
    "export", summary: "write all that is known of a person into one archive",
    description: """
      The archive has person.json (sessions, consents, recordings, erasures) and, of each recording, the person's own
      voice. Nobody else is heard in it.
      """,
    arguments: [identity], options: [output, RecordingCommand.reason] + ServerAccess.options,
    examples: [Example("tandem user export ana -o ana.tar", "write ana.tar")]
  ) { invocation, console throws(CommandFailure) in
    let who = invocation.argument(identity)
    // An identity may hold anything but a slash that is not escaped: a file name must not have one.
    let path = invocation.value(output) ?? who.replacing("/", with: "_") + ".tar"
    let partial = path + ".part"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .failed("\(partial) can't be written: \(Files.reason())") }
    defer { close(descriptor) }
    let came = Came()
    let line = ProgressLine(console)
    let watch = Task { @Control in
      while !Task.isCancelled {
        line.show(0, "\(Files.size(UInt64(came.bytes.load(ordering: .relaxed)))) came")
        await Pause.wait(Limits.watchInterval)
      }
    }
    defer {
      watch.cancel()
      line.end()
    }
    _ = try await APIClient(invocation).raw(
      .get, ["v1", "users", who, "export"], query: RecordingCommand.query(invocation),
      timeout: Limits.exportTimeout
    ) { bytes in
      came.bytes.add(bytes.count, ordering: .relaxed)
      return (try? Files.write(bytes[...], descriptor, partial)) != nil
    }
    guard fsync(descriptor) == 0, rename(partial, path) == 0 else {
      throw .failed("\(path) can't be written: \(Files.reason())")
    }
    line.end()
    console.remark(
      "\(Printable.plain(path)) has \(Files.size(UInt64(came.bytes.load(ordering: .relaxed)))).")
  }

  private final class Came: Sendable {
    let bytes = Atomic(0)
  }

  private static let erase: Command = Command(
    "erase", summary: "forget a person: their voice in recordings, their name in records",
    description: """
      What others said stays, and when sessions were; nobody can tell any more who this one was. A legal hold on one of
      the recordings keeps it from being begun.
      """,
    arguments: [identity],
    options: [RecordingCommand.reason, Confirmation.yes, .json] + ServerAccess.options,
    examples: [Example("tandem user erase ana --yes", "forget ana")]
  ) { invocation, console throws(CommandFailure) in
    let who = invocation.argument(identity)
    try Confirmation.ask("All that names \(Printable.plain(who)) will be gone.", invocation, console)
    let done = try await APIClient(invocation).send(
      .delete, ["v1", "users", who], query: RecordingCommand.query(invocation),
      timeout: Limits.longRequestTimeout)
    if invocation.isSet(.json) {
      console.print(done)
      return
    }
    var sheet = Sheet()
    sheet.add("Erased as", done.text("erasedAs"))
    sheet.add("Voices", done.text("tracks"))
    sheet.add("Participations", done.text("participations"))
    sheet.add("Sessions", done.text("sessions"))
    sheet.add("Events", done.text("events"))
    console.print(sheet)
  }
}
