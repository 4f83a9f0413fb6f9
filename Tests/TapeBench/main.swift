// What the tape costs, without a disk: CPU a packet of a recorded track, which share of a core a thousand people need, how
// much is written of what came, and how fast a mix of two is made. `make bench-tape`.

import Glibc
import Link
import Tape

let second: Int64 = 48_000
let people = 1_000
let seconds: Int64 = 60

func cpuSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func rounded(_ value: Double) -> String { String((value * 100).rounded() / 100) }

func description(_ serial: UInt32, channels: Int = 1) -> TrackDescription {
  TrackDescription(serial: serial, channels: channels, vendor: "bench", comments: [])
}

/// A voice-like sound, encoded once: what a browser sends.
func voice() throws -> [[UInt8]] {
  var options = OpusEncoder.Options()
  options.bitsPerSecond = 32_000
  options.isVoice = true
  var encoder = try OpusEncoder(channels: 1, options)
  var state: UInt32 = 1
  return try (0..<100).map { frame in
    let samples: [Float] = (0..<960).map { index in
      state = state &* 1_664_525 &+ 1_013_904_223
      let noise = Float(state >> 8) / Float(1 << 24) - 0.5
      return noise * (frame % 25 < 18 ? 0.2 : 0.01) * Float(index % 110) / 110
    }
    return try encoder.encode(samples.span)
  }
}

let frames = try voice()
var files: [[UInt8]] = [[], []]
var packetCount = 0
var payloadBytes = 0
var pageBytes = 0
let start = cpuSeconds()
for person in 0..<people {
  var writer = TrackWriter(description(UInt32(person)))
  var pages: [UInt8] = []
  for number in 0..<seconds * 50 {
    let now = number * 960 + 2_000
    let payload = frames[Int(number) % frames.count]
    writer.receive(
      TapePacket(
        kind: .opus, epoch: 1, count: number, timestamp: UInt32(number * 960), arrival: now, level: 30,
        payload: payload), into: &pages)
    if number % 5 == 0 { writer.advance(to: now, into: &pages) }
    packetCount += 1
    payloadBytes += payload.count
  }
  writer.finish(at: seconds * second, into: &pages)
  pageBytes += pages.count
  if person < 2 { files[person] = pages }
}
let cost = (cpuSeconds() - start) / Double(packetCount)
print("CPU a packet                    \(rounded(cost * 1e6)) µs")
print("1,000 people at 50 packets/s    \(rounded(cost * 50_000 * 100)) % of a core")
print("CPU a recorded minute           \(rounded(cost * 3_000 * 1e3)) ms")
print("bytes written, of those sent    \(rounded(Double(pageBytes) / Double(payloadBytes)))")

let mixStart = cpuSeconds()
let mix = try Mix([.left, .right], length: seconds * second, description(9, channels: 2))
var mixed: [UInt8] = []
loop: while true {
  switch try mix.step(into: &mixed) {
  case .mixed: continue
  case .done: break loop
  case .wants(let track):
    let bytes = files[track]
    mix.feed(track, bytes.span)
    mix.end(track)
  }
}
let mixCost = cpuSeconds() - mixStart
print("mix of two                      \(rounded(Double(seconds) / mixCost)) × real time")
