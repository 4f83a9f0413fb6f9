// What the server under test uses, read from /proc from outside.

import Glibc

struct ServerFigures {
  let cpuMicroseconds: Int
  let residentBytes: Int

  init?(pid: Int) {
    guard let stat = Self.text("/proc/\(pid)/stat"), let statm = Self.text("/proc/\(pid)/statm"),
      let nameEnd = stat.lastIndex(of: ")")
    else { return nil }
    // After the name: state is field 3, utime and stime are 14 and 15.
    let fields = stat[nameEnd...].split(separator: " ")
    guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]),
      let pages = Int(statm.split(separator: " ")[1])
    else { return nil }
    cpuMicroseconds = (user + system) * 1_000_000 / sysconf(Int32(_SC_CLK_TCK))
    residentBytes = pages * sysconf(Int32(_SC_PAGESIZE))
  }

  private static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}
