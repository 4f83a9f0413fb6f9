// Rows for people: columns as wide as their widest value, numbers to the right, two spaces between.

package struct Table: Sendable {
  package enum Alignment: Sendable { case left, right }

  package struct Column: Sendable {
    let title: String
    let alignment: Alignment
    package init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Values from outside may be anything: they are made printable here. An empty one shows as a dash.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row needs as many cells as the table has columns")
    rows.append(cells.map { $0.isEmpty ? "-" : Printable.plain($0) })
  }

  package var isEmpty: Bool { rows.isEmpty }

  package func lines(style: Style) -> [String] {
    let widths = columns.indices.map { index in
      max(
        TextWidth.columns(of: columns[index].title),
        rows.reduce(0) { max($0, TextWidth.columns(of: $1[index])) })
    }
    func line(_ cells: [String]) -> String {
      var result = ""
      for (index, cell) in cells.enumerated() {
        if index > 0 { result += "  " }
        let gap = String(repeating: " ", count: widths[index] - TextWidth.columns(of: cell))
        result += columns[index].alignment == .right ? gap + cell : cell + gap
      }
      while result.last == " " { result.removeLast() }
      return result
    }
    return [style.bold(line(columns.map(\.title)))] + rows.map(line)
  }
}

/// One thing with its properties, a line each.
package struct Sheet: Sendable {
  private var entries: [(name: String, value: String)] = []

  package init() {}

  package mutating func add(_ name: String, _ value: String) {
    entries.append((name, value.isEmpty ? "-" : Printable.plain(value)))
  }

  package func lines(style: Style) -> [String] {
    let width = entries.reduce(0) { max($0, TextWidth.columns(of: $1.name)) }
    return entries.map { style.bold(TextWidth.padded($0.name, to: width)) + "  " + $0.value }
  }
}
