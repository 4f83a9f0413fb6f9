// One file from the server: piece by piece into a partial file beside its place, which a later try goes on with, and under
// its own name only when all of it is there and is what it should be.

import Control
import Crypto
import Glibc
import Values
import Web

@Control final class Download {
  private let client: APIClient
  private let path: [String]
  private let query: [(String, String)]
  private let target: String
  private let sha256: String?

  init(_ client: APIClient, _ path: [String], query: [(String, String)], to target: String, sha256: String?) {
    self.client = client
    self.path = path
    self.query = query
    self.target = target
    self.sha256 = sha256
  }

  func run(_ show: (Double, String) -> Void) async throws(CommandFailure) {
    let head = try await client.raw(.head, path, query: query, headers: [])
    guard let size = head.headers["content-length"].flatMap({ Int($0) }), let tag = head.headers["etag"]
    else {
      throw .failed("the server does not say how long \(path.last ?? "the file") is")
    }
    if isThere(size) { return }
    // The tag is part of the name: what an earlier try has of another content is not gone on with.
    let partial = target + "." + tag.filter { $0.isHexDigit } + ".part"
    let descriptor = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .failed("\(partial) can't be written: \(Files.reason())") }
    defer { close(descriptor) }
    var offset = min(size, max(0, Int(lseek(descriptor, 0, SEEK_END))))
    var failures = 0
    while offset < size {
      show(Double(offset) / Double(size), "\(Files.size(UInt64(offset))) of \(Files.size(UInt64(size)))")
      let last = min(size, offset + Limits.downloadPieceBytes) - 1
      let answer: HTTPClient.Answer
      do throws(CommandFailure) {
        answer = try await client.raw(
          .get, path, query: query, headers: [("range", "bytes=\(offset)-\(last)"), ("if-range", tag)])
        failures = 0
      } catch {
        failures += 1
        guard failures <= Limits.downloadTries else { throw error }
        show(Double(offset) / Double(size), "waiting for the server")
        await Pause.wait(Limits.downloadPause * failures)
        continue
      }
      guard answer.status == 206, !answer.body.isEmpty else {
        throw .failed("\(path.last ?? "the file") has changed on the server: try again")
      }
      do throws(Files.Failure) { try Files.write(answer.body[...], descriptor, partial) } catch {
        throw .failed(error.message)
      }
      offset += answer.body.count
    }
    try finish(descriptor, partial, size)
  }

  private func isThere(_ size: Int) -> Bool {
    guard let sha256, let known = try? Files.checksum(target) else { return false }
    return known.bytes == size && known.sha256 == sha256
  }

  private func finish(_ descriptor: Int32, _ partial: String, _ size: Int) throws(CommandFailure) {
    guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0 else {
      throw .failed("\(partial) can't be written: \(Files.reason())")
    }
    if let sha256 {
      let found = try? Files.checksum(partial).sha256
      guard found == sha256 else {
        unlink(partial)
        throw .failed("\(path.last ?? "the file") did not come as the manifest names it: try again")
      }
    }
    guard rename(partial, target) == 0 else { throw .failed("\(target) can't be written: \(Files.reason())") }
  }
}
