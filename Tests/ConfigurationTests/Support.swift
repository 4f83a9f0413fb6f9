// A configuration file for one test, and the loader called as `serve` calls it.

import Configuration
import Glibc
import Testing

/// A file that is gone when the test is over.
struct TemporaryFile: ~Copyable {
  let path: String

  init(_ text: String, bytes: [UInt8]? = nil) throws {
    var template = Array("/tmp/tandem-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let bytes = bytes ?? Array(text.utf8)
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
  }

  deinit { unlink(path) }
}

/// Loads `yaml` as a file; nil: no file.
func load(
  _ yaml: String? = nil, environment: [String: String] = [:], flags: [String] = [], dev: Bool = false
) throws -> LoadedSettings {
  guard let yaml else {
    return try ConfigurationLoader.load(file: nil, environment: environment, flags: flags, dev: dev)
  }
  let file = try TemporaryFile(yaml)
  return try ConfigurationLoader.load(file: file.path, environment: environment, flags: flags, dev: dev)
}

/// All that the loader complains about; the file is called `tandem.yaml` in it.
func problems(
  _ yaml: String? = nil, environment: [String: String] = [:], flags: [String] = [], dev: Bool = false,
  bytes: [UInt8]? = nil
) throws -> [String] {
  let file = try TemporaryFile(yaml ?? "", bytes: bytes)
  do throws(ConfigurationError) {
    _ = try ConfigurationLoader.load(file: file.path, environment: environment, flags: flags, dev: dev)
    return []
  } catch {
    return error.description.split(separator: "\n").map {
      $0.split(separator: file.path, omittingEmptySubsequences: false).joined(separator: "tandem.yaml")
    }
  }
}
