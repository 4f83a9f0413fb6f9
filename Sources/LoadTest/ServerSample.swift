// What the server uses, at one moment and over the window: read from /proc where it runs on this machine, or from its
// metrics.

import Glibc

package struct ServerSample: Sendable, Equatable {
  package var cpuNanoseconds: Int64
  package var residentBytes: Int64
  /// Of these what the process has made itself, not read from its files: what people cost. Nil where it is not known.
  package var anonymousBytes: Int64?
  /// Voluntary and not, of all threads; nil where it is not known.
  package var contextSwitches: Int64?

  package init(cpuNanoseconds: Int64, residentBytes: Int64, contextSwitches: Int64? = nil) {
    self.cpuNanoseconds = cpuNanoseconds
    self.residentBytes = residentBytes
    self.contextSwitches = contextSwitches
  }

  /// All threads of a process of this machine; nil if there is none of that number.
  package init?(pid: Int) {
    guard let folder = opendir("/proc/\(pid)/task") else { return nil }
    defer { closedir(folder) }
    var (cpu, switches): (Int64, Int64) = (0, 0)
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.first?.isNumber == true else { continue }
      let task = "/proc/\(pid)/task/\(name)"
      // Nanoseconds on a processor, the first of three numbers.
      cpu += Self.text("\(task)/schedstat")?.split(separator: " ").first.flatMap { Int64($0) } ?? 0
      let status = Self.text("\(task)/status") ?? ""
      for line in status.split(separator: "\n") where line.contains("ctxt_switches") {
        switches += line.split(separator: "\t").last.flatMap { Int64($0) } ?? 0
      }
    }
    guard let memory = Self.text("/proc/\(pid)/statm")?.split(separator: " "), memory.count > 1,
      let pages = Int64(memory[1])
    else { return nil }
    // Threads that have ended count on in the process's own sum, in hundredths of a second.
    self.init(
      cpuNanoseconds: cpu, residentBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))),
      contextSwitches: switches)
    let own = Self.text("/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
    anonymousBytes = own?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int64($0) }.map {
      $0 << 10
    }
  }

  /// From a page of Prometheus metrics.
  package init?(metrics: String) {
    var values: [Substring: Double] = [:]
    for line in metrics.split(separator: "\n") where line.hasPrefix("tandem_process_") {
      let parts = line.split(separator: " ")
      if parts.count >= 2, let value = Double(parts[1]) { values[parts[0]] = value }
    }
    guard let cpu = values["tandem_process_cpu_seconds_total"],
      let memory = values["tandem_process_resident_memory_bytes"]
    else { return nil }
    self.init(cpuNanoseconds: Int64(cpu * 1e9), residentBytes: Int64(memory))
  }

  private static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 8_192)
    let count = fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}

/// Before anybody joined, and at both ends of the window.
package struct ServerLoad: Sendable, Equatable {
  package var cpuNanoseconds: Int64
  package var residentBytes: Int64
  package var grownBytes: Int64?
  package var contextSwitches: Int64?

  init?(idle: ServerSample?, before: ServerSample?, after: ServerSample?) {
    guard let before, let after else { return nil }
    cpuNanoseconds = after.cpuNanoseconds - before.cpuNanoseconds
    residentBytes = after.residentBytes
    grownBytes = idle.map { idle in
      (after.anonymousBytes ?? after.residentBytes) - (idle.anonymousBytes ?? idle.residentBytes)
    }
    if let last = after.contextSwitches, let first = before.contextSwitches { contextSwitches = last - first }
  }
}
