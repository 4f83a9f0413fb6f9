// The options of commands that print lists, and how a list is printed.

import Control
import Values

enum Paging {
  static let limit = Option(
    "limit", short: "n", value: "COUNT", "at most so many", kind: .integer(1...Limits.mostItems),
    standard: "100")
  static let all = Option(flag: "all", short: "a", "everything, however much it is")
  static let options = [limit, all]

  static func count(_ invocation: Invocation) -> Int {
    invocation.isSet(all) ? Limits.mostItems : invocation.integer(limit) ?? 100
  }

  /// The list as JSON, or as a table with a remark where it was cut.
  @Control static func print(
    _ list: (items: [JSON], next: String?), _ invocation: Invocation, _ console: Console,
    nothing: String, columns: [Table.Column], row: (JSON) -> [String]
  ) {
    if invocation.isSet(.json) {
      console.print(["items": .array(list.items), "next": .optional(list.next)] as JSON)
      return
    }
    guard !list.items.isEmpty else {
      console.remark(nothing)
      return
    }
    var table = Table(columns)
    for item in list.items { table.add(row(item)) }
    console.print(table)
    if list.next != nil { console.remark("There are more: see --limit and --all.") }
  }
}
