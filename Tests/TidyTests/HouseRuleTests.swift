// The house rules that a machine can check: what must not be said, and how much one file may hold. Where the tree has
// a good reason to differ, the file stands in a list here with the reason.

import Testing

@Suite("House rules")
struct HouseRuleTests {
  /// Targets whose code takes time and randomness as arguments, so that its tests own both.
  private static let pureFolders: Set<String> = [
    "Sources/Values", "Sources/Access", "Sources/Sessions", "Sources/API", "Sources/Matching", "Media/Wire",
    "Media/Structures", "Media/Transport", "Media/Forwarding", "Media/Caller",
  ]
  private static let pureFiles: Set<String> = ["Sources/Webhooks/Delivery.swift"]

  /// Files in those folders that stand between the pure ones and the world: they read the clock once and hand it on.
  private static let edges: [String: String] = [
    "Sources/API/Service.swift": "asks for the time on behalf of all requests",
    "Sources/API/Socket/Client.swift": "measures how long a message takes",
  ]

  @Test("pure code reads no clock, no random source and nothing of the system")
  func purity() {
    let banned = [
      "ContinuousClock.now", "ContinuousClock().now", ".now()", "SuspendingClock", "Date()", "WallClock.now",
      "SystemRandomNumberGenerator", "import Glibc", "Task.sleep", "Thread",
    ]
    for file in SourceTree.product
    where (Self.pureFolders.contains(file.folder) || Self.pureFiles.contains(file.path))
      && Self.edges[file.path] == nil
    {
      for words in banned {
        #expect(file.places(words).isEmpty, "\(words): pass it in")
      }
      let unseeded =
        file.contains("random")
        ? file.places { line in
          (line.code.contains(".random(in:") || line.code.contains(".randomElement()")
            || line.code.contains(".shuffled()"))
            && !line.code.contains("using:")
        } : []
      #expect(unseeded.isEmpty, "randomness comes from a generator that is passed in")
    }
  }

  @Test(
    "what the product never says",
    arguments: [
      ("try!", "handle the error"), ("as!", "use as? and say what happens otherwise"),
      ("fatalError(", "precondition with a sentence, or a typed error"),
      ("public ", "package is as far as anything goes"),
      ("@preconcurrency", "mend the reason"), ("unsafeFlags", "no flags that hide what is built"),
      ("-Ounchecked", "the checks protect us"), ("DispatchQueue", "one loop, and threads of our own"),
      ("assert(", "precondition: it holds in release as well"),
    ])
  func bannedWords(words: String, instead: String) {
    // Generic containers, which other targets would otherwise use unspecialised, at fifty times the price.
    let generics: Set<String> = ["Media/Structures/IndexTable.swift", "Media/Structures/Slab.swift"]
    for file in SourceTree.product where !(words == "public " && generics.contains(file.path)) {
      let places = file.places { line in
        // `public` as a word of a sentence or a name is fine.
        line.code.contains(words)
          && !(words == "public " && !line.code.drop { $0 == " " }.hasPrefix("public "))
          && !(words == "assert(" && line.code.contains("_assert("))
      }
      #expect(places.isEmpty, "\(words): \(instead)")
    }
  }

  @Test("only the command line writes to standard output")
  func printing() {
    for file in SourceTree.product where !["Sources/Commands", "Sources/tandem"].contains(file.folder) {
      #expect(file.places { $0.code.drop { $0 == " " }.hasPrefix("print(") }.isEmpty, "use Log")
    }
  }

  @Test("who takes a promise from the compiler says next to it whose thread keeps it")
  func uncheckedPromises() {
    for file in SourceTree.product {
      for words in ["@unchecked Sendable", "nonisolated(unsafe)"] where file.contains(words) {
        for line in file.lines where line.code.contains(words) {
          let around = file.lines[max(0, line.number - 12)..<line.number]
          #expect(
            around.contains { $0.isComment } || line.text.contains("//"),
            "\(file.path):\(line.number): \(words) needs a comment: which thread owns it?")
        }
      }
    }
  }

  @Test("every file opens with what it decides and who calls it")
  func openings() {
    for file in SourceTree.swift {
      let opens = file.text.hasPrefix("// ")
      #expect(opens, "\(file.path) opens without a comment")
    }
  }

  /// Parts of words that mark what is not finished, put together here so that this file passes its own rule.
  @Test(
    "what is there is finished",
    arguments: ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK", "for " + "now,"])
  func unfinished(words: String) {
    for file in SourceTree.all where file.contains(words) {
      #expect(file.places { $0.text.contains(words) }.isEmpty, "\(words) in \(file.path)")
    }
  }

  @Test(
    "no path of anybody's machine",
    arguments: ["/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/", "/Us" + "ers/", "/tmp/h" + "elpers"])
  func machinePaths(words: String) {
    for file in SourceTree.all where file.contains(words) {
      #expect(file.places { $0.text.contains(words) }.isEmpty, "\(words) in \(file.path)")
    }
  }

  @Test("tests are Swift Testing, and each says what it proves")
  func testNames() {
    for file in SourceTree.tests where file.contains("@Test") {
      let unnamed = file.lines.indices.filter { index in
        let code = file.lines[index].code.drop { $0 == " " }
        guard code.hasPrefix("@Test") else { return false }
        let next = index + 1 < file.lines.count ? file.lines[index + 1].code.drop { $0 == " " } : ""
        return !code.hasPrefix("@Test(\"") && !(code == "@Test(" && next.hasPrefix("\""))
      }
      #expect(unnamed.isEmpty, "\(file.path) has tests without a sentence: \(unnamed.map { $0 + 1 })")
    }
  }
}
