// How much one file, one function and one name may hold. A reader should see a subject whole.

import Testing

@Suite("Sizes and names")
struct SizeTests {
  /// Lines that are neither blank nor comment.
  private func codeLines(_ file: SourceFile) -> Int {
    file.lines.count { line in !line.code.allSatisfy { $0 == " " } }
  }

  @Test("a file holds one subject: 300 lines of code, 400 for tests")
  func files() {
    for file in SourceTree.swift {
      let count = codeLines(file)
      #expect(count <= (file.isTest ? 400 : 300), "\(file.path) has \(count) lines of code")
    }
  }

  @Test("a function fits on a screen: 60 lines")
  func functions() {
    for file in SourceTree.product {
      for (index, head) in file.lines.enumerated() where isFunction(head.code) {
        let indentation = head.text.prefix { $0 == " " }.count
        // The next line that is not further in: the closing brace, or the end of a head over several lines. Anything
        // else follows a requirement of a protocol, or a body in one line.
        let end = file.lines[(index + 1)...].first { line in
          let start = line.code.drop { $0 == " " }
          return !start.isEmpty && line.code.count - start.count <= indentation && !start.hasPrefix(")")
            && start != "{" && !start.hasPrefix("where ")
        }
        guard let end, end.code.drop(while: { $0 == " " }).hasPrefix("}") else { continue }
        let count = end.number - head.number + 1
        #expect(count <= 60, "\(file.path):\(head.number) has \(count) lines")
      }
    }
  }

  private func isFunction(_ code: Substring) -> Bool {
    guard code.contains("func ") || code.contains("init(") || code.contains("deinit") else { return false }
    let words = code.split(separator: " ", maxSplits: 6)
    return words.contains("func") || words.prefix(2).contains { $0.hasPrefix("init(") }
      || words.first == "deinit"
  }

  @Test("names are nouns of the domain, not of the plumbing")
  func names() {
    let banned = ["Manager", "Helper", "Helpers", "Utils", "Util", "Handler", "Base", "Impl", "Info", "Data"]
    let keywords: Set<Substring> = ["struct", "class", "enum", "actor", "typealias"]
    for file in SourceTree.product {
      for line in file.lines where line.code.contains(where: { $0.isUppercase }) {
        let words = line.code.split(separator: " ", maxSplits: 6)
        guard let index = words.firstIndex(where: keywords.contains), index + 1 < words.count else {
          continue
        }
        let name = String(words[index + 1].prefix { $0.isLetter || $0.isNumber })
        let isBad = banned.contains { name.hasSuffix($0) && name != $0 }
        #expect(!isBad, "\(file.path):\(line.number): \(name)")
      }
    }
  }

  @Test("a target has its bounds in one file")
  func limits() {
    let files = SourceTree.product.filter { $0.path.hasSuffix("/Limits.swift") }
    #expect(Set(files.map(\.folder)).count == files.count)
    for file in files {
      // Each constant has a line on where its value comes from, above it or beside it.
      let bare = file.lines.filter { line in
        guard line.code.contains("static let ") else { return false }
        let before = line.number >= 2 ? file.lines[line.number - 2] : line
        return !before.isComment && !line.text.contains("//") && !before.code.contains("static let ")
      }
      #expect(bare.isEmpty, "\(file.path): where do these come from: \(bare.map(\.number))?")
    }
  }
}
