// The files that are made from the table of keys: they must say what the code does. `make docs` writes them.

import Configuration
import Glibc
import Testing

@Suite("Files made from the table of keys")
struct DocumentTests {
  @Test("Config/tandem.yaml and docs/configuration.md are what the table says; `make docs` writes them anew")
  func filesAreCurrent() throws {
    for (path, wanted) in [
      ("Config/tandem.yaml", ConfigurationTable.sampleFile),
      ("docs/configuration.md", ConfigurationTable.reference),
    ] {
      if getenv("TANDEM_WRITE_FILES") != nil { try write(wanted, to: path) }
      #expect(try read(path) == wanted, "\(path) is not what the table says: run `make docs`")
    }
  }

  @Test("the sample file as it is changes nothing")
  func sampleIsTheDefault() throws {
    let loaded = try ConfigurationLoader.load(
      file: path("Config/tandem.yaml"), environment: [:], flags: [], dev: false)
    var standard = Settings()
    standard.node.id = loaded.settings.node.id
    #expect(loaded.settings == standard)
    // And it names every key.
    #expect(ConfigurationTable.keys.allSatisfy { loaded.origins[$0.name] != nil || $0.name == "node.id" })
  }

  @Test("every key has its own names, a group and a sentence")
  func names() {
    let keys = ConfigurationTable.keys
    #expect(Set(keys.map(\.name)).count == keys.count)
    #expect(Set(keys.map(\.environmentName)).count == keys.count)
    #expect(Set(keys.map(\.flag)).count == keys.count)
    #expect(ConfigurationTable.groups.map(\.name).sorted() == Set(keys.map(\.group)).sorted())
    for key in keys {
      #expect(
        key.sentence.hasSuffix(".") && key.sentence.first?.isUppercase == true || key.sentence.first == "`")
      #expect(key.name.wholeMatch(of: /[a-z]+(\.[a-z][A-Za-z]*){1,2}/) != nil)
    }
    #expect(
      ConfigurationTable.key(named: "http.maxBodyBytes")?.environmentName == "TANDEM_HTTP_MAX_BODY_BYTES")
    #expect(ConfigurationTable.key(named: "http.publicURL")?.flag == "--http-public-url")
    #expect(ConfigurationTable.key(named: "data.directory")?.environmentName == "TANDEM_DATA_DIRECTORY")
  }

  private func path(_ name: String) -> String {
    let here = #filePath
    return here.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
      + "/" + name
  }

  private func read(_ name: String) throws -> String {
    let file = try #require(fopen(path(name), "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private func write(_ text: String, to name: String) throws {
    let file = try #require(fopen(path(name), "w"))
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }
}
