// Every parser of outside bytes against a million broken inputs, or a part of them where each is dear:
// `fuzz-cases [--cases N] [--seed S] [--only NAME]`, and `--only NAME --seed S --replay CASE` shows one case again. A
// crash or a hang prints the case that caused it.

import Glibc

private var cases = 1_000_000
private var seed: UInt64 = 1
private var only: String?
private var replay: Int?

private var rest = CommandLine.arguments.dropFirst()
while let option = rest.popFirst() {
  let value = rest.popFirst() ?? ""
  switch option {
  case "--cases": cases = Int(value) ?? cases
  case "--seed": seed = UInt64(value) ?? seed
  case "--only": only = value
  case "--replay": replay = Int(value)
  default:
    print("usage: fuzz-cases [--cases N] [--seed S] [--only NAME] [--replay CASE]")
    exit(2)
  }
}

Culprit.watch()
for parser in Parser.all where only == nil || only == parser.name {
  let mutator = Mutator(seeds: parser.seeds, seed: seed)
  if let replay {
    let input = mutator.input(replay)
    print(String(decoding: input, as: UTF8.self))
    parser.run(input)
    continue
  }
  let start = ContinuousClock.now
  var residentAtHalf = 0
  let tried = cases / parser.oneIn
  for number in 0..<tried {
    if number % 1_024 == 0 { alarm(20) }
    Culprit.note(parser.name, seed, number)
    parser.run(mutator.input(number))
    if number == tried / 2 { residentAtHalf = resident() }
  }
  alarm(0)
  let growth = resident() - residentAtHalf
  guard growth < 16 << 20 else {
    print("\(parser.name): grew by \(growth) bytes in the second half of its cases")
    exit(1)
  }
  print("\(parser.name): \(tried) cases, \(ContinuousClock.now - start)")
}

private func resident() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  fgets(&line, 128, file)
  let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
    separator: " ")
  return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
}
