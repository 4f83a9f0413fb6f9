// The three places values are read from: a YAML file, environment variables, flags. Each gives assignments and
// problems; ConfigurationLoader puts them on top of each other.

struct Assignment {
  let key: Key
  let value: Key.Value
  let origin: Origin
}

struct FileSettings {
  let path: String
  private(set) var assignments: [Assignment] = []
  private(set) var problems: [ConfigurationError.Problem] = []

  init(path: String) { self.path = path }

  mutating func read() {
    do throws(Complaint) {
      read(try BoundedFile.read(path, limit: Limits.fileBytes))
    } catch {
      problems.append(.init(place: "", message: error.message))
    }
  }

  mutating func read(_ bytes: [UInt8]) {
    do throws(YAMLProblem) {
      guard let document = try YAMLReader.document(bytes), !document.isNull else { return }
      guard case .mapping(let members) = document.content else {
        throw YAMLProblem(line: document.line, message: "must hold sections such as `http:`")
      }
      section(members, prefix: "")
    } catch {
      complain(error.line, nil, error.message)
    }
  }

  private mutating func section(_ members: [YAMLMember], prefix: String) {
    for (index, member) in members.enumerated() {
      let name = prefix + member.name
      if let first = members[..<index].first(where: { $0.name == member.name }) {
        complain(member.line, name, "is set twice, first in line \(first.line)")
      } else if let key = ConfigurationTable.key(named: name) {
        value(of: key, member.value)
      } else if ConfigurationTable.isSection(name) {
        switch member.value.content {
        case .mapping(let inner): section(inner, prefix: name + ".")
        case .scalar, .sequence:
          // A section all of whose lines are commented out.
          if !member.value.isNull {
            complain(member.line, name, "is a section: its settings belong below it, indented")
          }
        }
      } else {
        complain(member.line, name, "is no setting\(ConfigurationTable.suggestion(for: name))")
      }
    }
  }

  private mutating func value(of key: Key, _ node: YAMLNode) {
    var complaints: [(Int, String, String)] = []
    let value = key.value(of: node) { complaints.append(($0, $1, $2)) }
    for (line, suffix, message) in complaints { complain(line, key.name + suffix, message) }
    if let value {
      assignments.append(Assignment(key: key, value: value, origin: .file(path: path, line: node.line)))
    }
  }

  private mutating func complain(_ line: Int, _ key: String?, _ message: String) {
    guard problems.count < Limits.problems else { return }
    problems.append(.init(place: "\(path):\(line)", key: key, message: message))
  }
}

enum EnvironmentSettings {
  /// Variables that begin with TANDEM_ and are no settings: the command line's own, and the test suite's.
  private static let others: Set<String> = [
    "TANDEM_URL", "TANDEM_API_KEY", "TANDEM_API_SECRET", "TANDEM_CONFIG", "TANDEM_BINARY",
  ]

  static func read(
    _ environment: [String: String], problems: inout [ConfigurationError.Problem]
  ) -> [Assignment] {
    var assignments: [Assignment] = []
    for (name, text) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("TANDEM_") && !others.contains(name) {
      guard let key = ConfigurationTable.key(environmentName: name) else {
        guard !isServiceLink(name) else { continue }
        let ending = Suggestion.ending(for: name, in: ConfigurationTable.byEnvironmentName.keys.sorted())
        problems.append(.init(place: name, message: "there is no such setting\(ending)"))
        continue
      }
      do throws(Complaint) {
        assignments.append(Assignment(key: key, value: try key.value(of: text), origin: .environment(name)))
      } catch {
        problems.append(.init(place: name, key: key.name, message: error.message))
      }
    }
    return assignments
  }

  /// What Kubernetes puts into every container beside a service called tandem: TANDEM_SERVICE_HOST, TANDEM_PORT,
  /// TANDEM_PORT_7080_TCP_ADDR and the like.
  private static func isServiceLink(_ name: String) -> Bool {
    if name == "TANDEM_PORT" || name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") {
      return true
    }
    let words = name.split(separator: "_")
    guard let port = words.firstIndex(of: "PORT"), port + 2 < words.count else { return false }
    return Int(words[port + 1]) != nil && ["TCP", "UDP"].contains(words[port + 2])
  }
}

enum FlagSettings {
  /// `--http-port 7080`, `--http-port=7080`, `--rooms-lobby`, `--rooms-lobby=false`. A list's flag may come again.
  static func read(_ flags: [String], problems: inout [ConfigurationError.Problem]) -> [Assignment] {
    var texts: [(key: Key, text: String)] = []
    var rest = flags[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let flag = String(parts[0])
      guard flag.hasPrefix("--") else {
        problems.append(.init(place: "", message: "\(Key.quoted(argument)) is no flag"))
        continue
      }
      guard let key = ConfigurationTable.key(flag: flag) else {
        let ending = Suggestion.ending(for: flag, in: ConfigurationTable.keys.map(\.flag))
        problems.append(.init(place: flag, message: "there is no such flag\(ending)"))
        // Its value, if it has one, is no mistake of its own.
        if parts.count == 1, let next = rest.first, !next.hasPrefix("--") { rest.removeFirst() }
        continue
      }
      let text: String
      if parts.count == 2 {
        text = String(parts[1])
      } else if key.isBoolean {
        text = "true"
      } else if let next = rest.first, !next.hasPrefix("--") {
        text = next
        rest.removeFirst()
      } else {
        problems.append(.init(place: flag, message: "needs a value: \(flag) \(key.placeholder)"))
        continue
      }
      add(text, for: key, to: &texts, problems: &problems)
    }
    var assignments: [Assignment] = []
    for (key, text) in texts {
      do throws(Complaint) {
        assignments.append(Assignment(key: key, value: try key.value(of: text), origin: .flag(key.flag)))
      } catch {
        problems.append(.init(place: key.flag, key: key.name, message: error.message))
      }
    }
    return assignments
  }

  private static func add(
    _ text: String, for key: Key, to texts: inout [(key: Key, text: String)],
    problems: inout [ConfigurationError.Problem]
  ) {
    guard let index = texts.firstIndex(where: { $0.key.name == key.name }) else {
      texts.append((key, text))
      return
    }
    if key.isList {
      texts[index].text += "," + text
    } else {
      problems.append(.init(place: key.flag, message: "is given twice"))
    }
  }
}
