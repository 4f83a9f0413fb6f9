// The list of metrics in docs/operations.md is made from the code: `make docs` writes it anew.

import Glibc
import Observe
import Testing

@Suite("The metrics that operators read about")
struct MetricsDocumentTests {
  private static let path =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/docs/operations.md"
  private static let begin = "<!-- metrics -->\n"
  private static let end = "<!-- /metrics -->"

  private static var table: String {
    var seen: Set<String> = []
    var text = "| metric | type | what it says |\n|---|---|---|\n"
    for metric in Metrics.all where seen.insert(metric.name).inserted {
      text += "| `\(metric.name)` | \(metric.type) | \(metric.help) |\n"
    }
    return text + "| `tandem_build_info` | gauge | Version and node, as labels. |\n"
  }

  @Test("docs/operations.md lists every metric with its sentence; `make docs` writes the list anew")
  func current() throws {
    let text = try #require(read(Self.path))
    let start = try #require(text.firstRange(of: Self.begin)).upperBound
    let stop = try #require(text.firstRange(of: Self.end)).lowerBound
    let wanted = text[..<start] + Self.table + text[stop...]
    if getenv("TANDEM_WRITE_FILES") != nil {
      let file = try #require(fopen(Self.path, "w"))
      fputs(String(wanted), file)
      fclose(file)
    }
    #expect(read(Self.path) == String(wanted), "run `make docs`")
  }

  private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes.append(contentsOf: buffer.prefix(count))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
