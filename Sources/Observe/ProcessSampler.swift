// The process as the kernel sees it: memory, CPU time, open files, start. Read from /proc when somebody asks for the
// metrics, so that it costs nothing while nobody does.

import CSystem
import Glibc

enum ProcessSampler {
  static func sample() {
    Metrics.cpuSeconds.set(Double(tandem_cpu_microseconds()) / 1e6)
    if let pages = number(1, of: "/proc/self/statm") {
      Metrics.residentBytes.set(pages * Int(sysconf(Int32(_SC_PAGESIZE))))
    }
    Metrics.heapBytes.set(Int(tandem_heap_in_use()))
    if let count = openDescriptors() { Metrics.openDescriptors.set(count) }
    if let start = startSeconds { Metrics.startTime.set(start) }
  }

  /// Since 1970; it does not change, so it is found out once.
  private static let startSeconds: Double? = {
    // Field 22 is the start in ticks since boot; the name in field 2 may hold blanks, so count from its bracket.
    guard let text = text("/proc/self/stat"), let bracket = text.lastIndex(of: ")") else { return nil }
    let fields = text[bracket...].split(separator: " ")
    guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
    var now = timespec()
    var sinceBoot = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    let boot = seconds(now) - seconds(sinceBoot)
    return ((boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))) * 100).rounded() / 100
  }()

  private static func seconds(_ time: timespec) -> Double { Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 }

  private static func openDescriptors() -> Int? {
    // Since Linux 6.2 the folder's size is their number; before, they have to be counted.
    var status = stat()
    if stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return Int(status.st_size) }
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without ".", ".." and the folder itself.
    return count - 3
  }

  private static func number(_ index: Int, of path: String) -> Int? {
    guard let fields = text(path)?.split(separator: " "), index < fields.count else { return nil }
    return Int(fields[index])
  }

  /// Files of /proc are made when they are read, and these fit into one read.
  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
