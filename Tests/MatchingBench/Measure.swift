// Clocks and figures of the bench.

import Glibc

func cpuSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
func wallSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

private func seconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Bytes of memory that the process holds.
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var buffer = [CChar](repeating: 0, count: 256)
  guard fgets(&buffer, 256, file) != nil else { return 0 }
  let words = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
    separator: " ")
  return words.count > 1 ? (Int(words[1]) ?? 0) * 4_096 : 0
}

func rounded(_ value: Double, _ digits: Double = 100) -> String {
  String((value * digits).rounded() / digits)
}

func show(_ name: String, _ text: String) {
  print(name + String(repeating: " ", count: max(1, 34 - name.count)) + text)
  fflush(nil)
}

struct Percentiles {
  private let sorted: [Double]
  init(_ values: [Double]) { sorted = values.sorted() }
  subscript(share: Double) -> Double {
    sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }
}
