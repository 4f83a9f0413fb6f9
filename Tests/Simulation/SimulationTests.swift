// Whole calls in virtual time. Each seed is a call of its own: people, weather, strangers, what everybody does. A seed that
// fails is printed, and plays alone with SIMULATION_SEED set to it; SIMULATION_SEEDS says how many are played.

import Caller
import Glibc
import Link
import Testing

@Suite("Simulated calls")
struct SimulationTests {
  static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

  /// Seeds in parts, so that they share the machine's cores.
  static let parts: [Range<UInt64>] = {
    if let one = number("SIMULATION_SEED") { return [one..<one + 1] }
    let count = number("SIMULATION_SEEDS") ?? 1_000
    return (0..<8).map { count * $0 / 8..<count * ($0 + 1) / 8 }
  }()

  @Test("whatever happens in a call, what must hold of every call holds", arguments: parts)
  func calls(seeds: Range<UInt64>) {
    for seed in seeds {
      var script = Script(seed: seed)
      let call = script.play()
      let complaints = script.judge(call)
      #expect(
        complaints.isEmpty,
        """
        SIMULATION_SEED=\(seed): \(script.notes.joined(separator: "; "))
        \(complaints.joined(separator: "\n"))
        """)
    }
  }
}
