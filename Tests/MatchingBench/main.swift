// What matching costs, and how good it is. `make bench-matching`; with the names of parts, those alone.

let parts = Set(CommandLine.arguments.dropFirst())
func wants(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

if wants("scores") {
  measureScoring(dimensions: 0)
  measureScoring(dimensions: 768)
}
if wants("search") { measureSearch(rows: 100_000, dimensions: 768) }
if wants("queue") { measureQueue(waiting: 50_000, perSecond: 1_000, seconds: 10) }
if wants("burst") { measureBurst(people: 10_000) }
if wants("day") { measureDay(students: 105_000) }
if wants("quality") { measureQuality(instances: 1_000) }
