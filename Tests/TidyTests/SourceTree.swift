// The project's own files, read once, for the tests that hold the house rules.

import Glibc
import Testing

struct SourceFile: Sendable {
  struct Line: Sendable {
    let number: Int
    let text: Substring
    /// Without a comment at its end; empty for a line that is all comment. Texts that hold `//` are cut as well,
    /// which hides nothing that the rules look for.
    let code: Substring

    var isComment: Bool { code.allSatisfy { $0 == " " } && text.contains("//") }
  }

  /// From the project's folder: `Sources/Web/Socket.swift`.
  let path: String
  let text: String
  let lines: [Line]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    var number = 0
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      number += 1
      return Line(
        number: number, text: line, code: line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line)
    }
  }

  /// The target's folder: `Sources/Web`.
  var folder: String { path.split(separator: "/").prefix(2).joined(separator: "/") }
  var isTest: Bool { path.hasPrefix("Tests/") }

  /// Whether the words stand in it at all; much cheaper than looking at each line.
  func contains(_ words: String) -> Bool { strstr(text, words) != nil }

  /// Lines whose code holds the words, as `path:number`.
  func places(_ words: String) -> [String] {
    guard contains(words) else { return [] }
    return lines.filter { $0.code.contains(words) }.map { "\(path):\($0.number)" }
  }

  func places(where isWrong: (Line) -> Bool) -> [String] {
    lines.filter(isWrong).map { "\(path):\($0.number)" }
  }
}

enum SourceTree {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
    separator: "/")

  static let swift = files(below: ["Sources", "Media", "Tests"]) { $0.hasSuffix(".swift") }
  static let product = swift.filter { !$0.isTest }
  static let tests = swift.filter(\.isTest)
  /// What people write by hand, whatever the language.
  static let all =
    swift
    + files(below: ["Sources", "Media", "Tests", "Config", "docs", "scripts", ".ci"]) { name in
      [".c", ".h", ".js", ".html", ".css", ".py", ".md", ".yaml", ".service", ".txt"].contains {
        name.hasSuffix($0)
      }
        || !name.contains(".")
    }
    + ["Package.swift", "Makefile", "README.md"].compactMap { name in
      read(name).map { SourceFile(path: name, text: $0) }
    }

  static func read(_ path: String) -> String? {
    guard let file = fopen("\(root)/\(path)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func files(below folders: [String], where isWanted: (String) -> Bool) -> [SourceFile] {
    var result: [SourceFile] = []
    var waiting = folders
    while let folder = waiting.popLast() {
      for (name, isFolder) in entries(folder) {
        let path = "\(folder)/\(name)"
        if isFolder {
          waiting.append(path)
        } else if isWanted(name), let text = read(path) {
          result.append(SourceFile(path: path, text: text))
        }
      }
    }
    return result.sorted { $0.path < $1.path }
  }

  static func entries(_ folder: String) -> [(name: String, isFolder: Bool)] {
    guard let handle = opendir("\(root)/\(folder)") else { return [] }
    defer { closedir(handle) }
    var result: [(String, Bool)] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      let isHidden = name.hasPrefix(".") || name == "__pycache__"
      if !isHidden { result.append((name, Int32(entry.pointee.d_type) == Int32(DT_DIR))) }
    }
    return result
  }
}
