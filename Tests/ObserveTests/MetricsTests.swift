// The metrics page as Prometheus reads it: checked by a small reader of the exposition format.

import Observe
import Testing

/// What one sample line says.
private struct Sample {
  let name: String
  let labels: [String: String]
  let value: Double

  init?(_ line: Substring) {
    guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)/) else { return nil }
    name = String(match.1)
    var labels: [String: String] = [:]
    var rest = match.3 ?? ""
    while !rest.isEmpty {
      guard let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/) else {
        return nil
      }
      guard labels.updateValue(String(label.2), forKey: String(label.1)) == nil else { return nil }
      rest = rest[label.range.upperBound...]
    }
    self.labels = labels
    guard let value = match.4 == "+Inf" ? .infinity : Double(match.4) else { return nil }
    self.value = value
  }
}

private struct Family {
  let help: String
  let type: String
  var samples: [Sample] = []
}

@Suite("Metrics")
struct MetricsTests {
  /// Families by name; records an issue for everything that the format forbids.
  private func families(_ text: String) -> [String: Family] {
    #expect(text.hasSuffix("\n") && !text.contains("\n\n"))
    var families: [String: Family] = [:]
    var current: String?
    var help: (name: String, text: String)?
    for line in text.split(separator: "\n") {
      if let match = line.wholeMatch(of: /# HELP (\S+) (.+)/) {
        help = (String(match.1), String(match.2))
      } else if let match = line.wholeMatch(of: /# TYPE (\S+) (counter|gauge|histogram|summary)/) {
        let name = String(match.1)
        #expect(help?.name == name, "HELP comes before TYPE")
        #expect(families[name] == nil, "\(name) has its HELP and TYPE once")
        families[name] = Family(help: help?.text ?? "", type: String(match.2))
        current = name
      } else if let sample = Sample(line), let name = current {
        let suffixes =
          switch families[name]?.type {
          case "histogram": ["_bucket", "_sum", "_count"]
          case "summary": ["_sum", "_count"]
          default: [""]
          }
        #expect(suffixes.contains { sample.name == name + $0 }, "\(sample.name) stands below \(name)")
        families[name]?.samples.append(sample)
      } else {
        Issue.record("not a line of the format: \(line)")
      }
    }
    return families
  }

  @Test("the page is what Prometheus reads, and every name follows its customs")
  func format() {
    Metrics.httpDuration.observe(.milliseconds(3))
    Metrics.httpRequests[1].add()
    let families = families(Metrics.text(version: "1.0.0", node: "n1"))
    #expect(families.count >= 30)
    for (name, family) in families {
      #expect(name.hasPrefix("tandem_"))
      #expect(family.type == "counter" ? name.hasSuffix("_total") : !name.hasSuffix("_total"), "\(name)")
      #expect(family.help.hasSuffix("."), "\(name) has a sentence")
      #expect(!name.contains("millis") && !name.contains("micro"), "\(name) is in base units")
      #expect(!family.samples.isEmpty)
      for sample in family.samples {
        #expect(
          Set(sample.labels.keys).isDisjoint(with: ["room", "user", "identity", "participant", "address"]))
      }
      let identities = family.samples.map { "\($0.name)\($0.labels.sorted { $0.key < $1.key })" }
      #expect(Set(identities).count == identities.count, "\(name) says nothing twice")
    }
  }

  @Test("a histogram's buckets add up and end with all")
  func histogram() {
    let histogram = Histogram("tandem_x_seconds", "X.", labels: "{kind=\"a\"}", bounds: [0.1, 1])
    for value in [0.05, 0.1, 0.5, 7] { histogram.observe(value) }
    var text = ""
    histogram.samples(into: &text)
    #expect(
      text == """
        tandem_x_seconds_bucket{kind="a",le="0.1"} 2
        tandem_x_seconds_bucket{kind="a",le="1"} 3
        tandem_x_seconds_bucket{kind="a",le="+Inf"} 4
        tandem_x_seconds_sum{kind="a"} 7.65
        tandem_x_seconds_count{kind="a"} 4

        """)
  }

  @Test("version and node are labels, whatever is in them")
  func buildInfo() throws {
    let families = families(Metrics.text(version: "1.0\"\n\\", node: "n1"))
    let sample = try #require(families["tandem_build_info"]?.samples.first)
    #expect(sample.labels == ["version": #"1.0\"\n\\"#, "node": "n1"])
    #expect(sample.value == 1)
  }

  @Test("the process's memory, CPU time, files and start are read when the page is asked for")
  func process() throws {
    let families = families(Metrics.text(version: "1", node: "n"))
    func value(_ name: String) throws -> Double { try #require(families[name]?.samples.first?.value) }
    #expect(try value("tandem_process_resident_memory_bytes") > 1_000_000)
    #expect(try value("tandem_process_cpu_seconds_total") > 0)
    #expect(try value("tandem_process_open_fds") >= 3)
    // Started after this test was written, and not in the future.
    #expect(try (1_790_000_000...4_000_000_000).contains(value("tandem_process_start_time_seconds")))
  }

  @Test("many threads count without losing one")
  func threads() async {
    let counter = Counter("tandem_y_total", "Y.")
    let gauge = Gauge("tandem_y", "Y.")
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            counter.add()
            gauge.add(0.5)
          }
        }
      }
    }
    #expect(counter.current == 8000)
    #expect(gauge.current == 4000)
  }
}
