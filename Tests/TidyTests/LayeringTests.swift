// The floor plan: which target may import which. SwiftPM knows the dependencies, not that they only go downwards, and
// not that a C library has one wrapper.

import Testing

@Suite("The floor plan")
struct LayeringTests {
  /// From the ground up. A target imports only from the floors below its own.
  static let floors: [[String]] = [
    ["Values", "Control", "Configuration", "Observe", "Crypto", "Wire", "Structures", "Talk"],
    ["Store", "Web", "Page", "Link", "Matching", "Bandwidth"],
    ["Access", "Vectors", "Transport", "Forwarding", "Caller", "Tape"],
    ["Sessions", "Webhooks", "Engine"],
    ["Library", "Matchmaker", "Generator"],
    ["API"],
    ["Server", "LoadTest"],
    ["Commands"],
    ["tandem"],
  ]

  /// What each target may import besides the standard library.
  static let allowed: [String: Set<String>] = [
    "Values": [],
    "Control": ["CEvent", "CSystem", "Values"],
    "Configuration": ["CYAML", "Values"],
    "Observe": ["CSystem", "Values"],
    "Crypto": ["CMultiBuffer", "COpenSSL", "CSRTP"], "Wire": [],
    "Structures": [], "Talk": [], "Bandwidth": ["Structures"],
    "Matching": ["Values"], "Vectors": ["CVectors", "Matching"],
    "Link": ["Wire"],
    "Tape": ["Link", "Wire", "Talk", "COgg", "COpus"],
    "Transport": ["Crypto", "Link", "Wire", "Structures"],
    "Forwarding": ["Bandwidth", "Link", "Wire", "Talk", "Structures"],
    "Caller": ["Crypto", "Link", "Wire", "Structures"],
    "Engine": ["Forwarding", "Transport", "Tape", "Crypto", "Link", "Wire", "Structures", "CSystem"],
    "Generator": ["Engine", "Caller", "Crypto", "Link", "Wire", "Structures", "CSystem"],
    "Store": ["CSQLite", "Control", "Observe", "Values"],
    "Web": ["CWebsockets", "CZlib", "CCurl", "CSystem", "CEvent", "Crypto", "Control", "Observe", "Values"],
    "Page": ["CPage", "Values"],
    "Access": ["Store", "Crypto", "Control", "Configuration", "Observe", "Values"],
    "Sessions": [
      "Access", "Store", "Crypto", "Link", "Wire", "Control", "Configuration", "Observe", "Values",
    ],
    "Webhooks": ["Store", "Web", "Crypto", "Control", "Configuration", "Observe", "Values"],
    "Library": [
      "Sessions", "Access", "Store", "Engine", "Tape", "Talk", "Crypto", "Link", "Control", "Observe",
      "Values",
    ],
    "Matchmaker": ["Sessions", "Access", "Store", "Matching", "Control", "Observe", "Values"],
    "API": [
      "Library", "Matchmaker", "Matching", "Sessions", "Access", "Store", "Crypto", "Web", "Page", "Control",
      "Configuration",
      "Observe", "Values",
    ],
    "Server": [
      "API", "Library", "Matchmaker", "Matching", "Sessions", "Webhooks", "Access", "Store", "Web", "Page",
      "Engine", "Crypto", "Link",
      "Wire",
      "Control", "Configuration", "Observe", "Values", "CSystem",
    ],
    "LoadTest": [
      "Web", "Access", "Generator", "Engine", "Caller", "Crypto", "Link", "Structures", "Wire", "Control",
      "Values",
    ],
    "Commands": [
      "Server", "LoadTest", "Generator", "Library", "Matching", "Web", "Access", "Store", "Crypto", "Control",
      "Configuration",
      "Observe", "Values",
      "CSystem",
    ],
    "tandem": ["Commands", "Control"],
  ]

  /// The one target that may speak to a C library. CSystem holds shims of the C library itself, which any target
  /// that wraps C may need.
  static let wrappers: [String: Set<String>] = [
    "CWebsockets": ["Web"], "CZlib": ["Web"], "CCurl": ["Web"], "CPage": ["Page"], "CVectors": ["Vectors"],
    "CSQLite": ["Store"],
    "CYAML": ["Configuration"], "COpenSSL": ["Crypto"], "CSRTP": ["Crypto"],
    "CMultiBuffer": ["Crypto"], "COgg": ["Tape"], "COpus": ["Tape"],
    // libwebsockets runs on the loop that Control owns.
    "CEvent": ["Control", "Web"],
  ]

  static let standard: Set<String> = ["Swift", "Synchronization", "Glibc", "RegexBuilder", "_Concurrency"]

  /// `import X`, `package import X`, `@testable import X`, `import struct X.Y`.
  static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
    guard file.contains("import ") else { return [] }
    return file.lines.compactMap { line in
      let words = line.code.split(separator: " ")
      guard let index = words.firstIndex(of: "import"), index < 3, index + 1 < words.count,
        words[..<index].allSatisfy({
          $0.hasPrefix("@") || ["package", "public", "internal", "private"].contains($0)
        })
      else { return nil }
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let name = kinds.contains(words[index + 1]) ? words.dropFirst(index + 2).first : words[index + 1]
      return name.map { (String($0.prefix { $0 != "." }), line.number) }
    }
  }

  @Test("a target imports only what its floor allows")
  func imports() {
    for file in SourceTree.product {
      let target = String(file.folder.split(separator: "/").last ?? "")
      guard let allowed = Self.allowed[target] else {
        if target != "C" { Issue.record("\(file.path) is in a target that the floor plan does not know") }
        continue
      }
      for (module, line) in Self.imports(of: file) where !Self.standard.contains(module) {
        #expect(allowed.contains(module), "\(file.path):\(line) imports \(module), which \(target) may not")
      }
    }
  }

  @Test("the plan itself only goes downwards, and each C library has its wrapper")
  func plan() {
    #expect(Set(Self.floors.joined()) == Set(Self.allowed.keys))
    for (index, floor) in Self.floors.enumerated() {
      let below = Set(Self.floors[..<index].joined())
      for target in floor {
        for module in Self.allowed[target] ?? [] {
          if module.hasPrefix("C"), let wrappers = Self.wrappers[module] {
            #expect(wrappers.contains(target), "\(target) is not the wrapper of \(module)")
          } else if module != "CSystem" {
            // Targets of the ground floor speak Values, the vocabulary of all.
            #expect(below.contains(module) || module == "Values" && index == 0, "\(target) imports \(module)")
          }
        }
      }
    }
  }

  @Test("the package declares the targets of the plan, with the same edges")
  func complete() throws {
    let package = try #require(SourceTree.read("Package.swift"))
    var declared: [String: Set<String>] = [:]
    for match in package.matches(of: /\b(?:control|media)\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?/) {
      let names = (match.2 ?? "").matches(of: /"(\w+)"/).map { String($0.1) }
      declared[String(match.1)] = Set(names)
    }
    declared["tandem"] = Self.allowed["tandem"]
    #expect(declared == Self.allowed)
    for name in Self.allowed.keys {
      #expect(!SourceTree.entries("Sources/\(name)").isEmpty || !SourceTree.entries("Media/\(name)").isEmpty)
    }
  }

  @Test("no Foundation: the binary starts faster, is smaller, and has one way to do each thing")
  func noFoundation() {
    for file in SourceTree.swift {
      let modules = Self.imports(of: file).map(\.module)
      #expect(!modules.contains { $0.hasPrefix("Foundation") || $0 == "XCTest" }, "\(file.path)")
    }
  }
}
