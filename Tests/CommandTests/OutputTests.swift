// Tables, widths, colours, and what the outside world's text may do to a terminal.

import Commands
import Testing

@Suite("What is printed") struct OutputTests {
  @Test("columns line up whatever script their values are written in")
  func table() {
    var table = Table([.init("ROOM"), .init("NAME"), .init("PEOPLE", .right)])
    table.add(["algebra-7", "Ana", "2"])
    table.add(["日本", "José 🎓", "12"])
    table.add(["x", "e\u{301}", ""])
    #expect(
      table.lines(style: .none) == [
        "ROOM       NAME     PEOPLE",
        "algebra-7  Ana           2",
        "日本       José 🎓      12",
        "x          e\u{301}             -",
      ])
  }

  @Test(
    "a text takes as many columns as a terminal gives it",
    arguments: [
      ("", 0), ("abc", 3), ("Grüße", 5), ("日本語", 6), ("한국", 4), ("e\u{301}", 1), ("👍", 2), ("👩‍🏫", 2),
      ("❤️", 2), ("ｆｕｌｌ", 8), ("Ελλ", 3),
    ])
  func width(text: String, columns: Int) {
    #expect(TextWidth.columns(of: text) == columns)
  }

  @Test("a participant's name can't move the cursor, break the line or turn its direction")
  func hostile() {
    var table = Table([.init("NAME")])
    table.add(["\u{1B}[31mred\u{7}\n\u{202E}evil\u{9B}0m"])
    let line = table.lines(style: .none)[1]
    #expect(line == "\\u{1b}[31mred\\u{7}\\n\\u{202e}evil\\u{9b}0m")
  }

  @Test("colours are for terminals, and for nobody who refuses them")
  func colours() {
    #expect(Style(isTerminal: true, environment: [:]).isOn)
    #expect(Style(isTerminal: true, environment: ["NO_COLOR": ""]).isOn)
    #expect(!Style(isTerminal: true, environment: ["NO_COLOR": "1"]).isOn)
    #expect(!Style(isTerminal: true, environment: ["TERM": "dumb"]).isOn)
    #expect(!Style(isTerminal: false, environment: [:]).isOn)
    #expect(Style(isOn: true).red("x") == "\u{1B}[31mx\u{1B}[0m")
    #expect(Style.none.red("x") == "x")
  }

  @Test("text is broken at spaces, and a long word stands alone")
  func wrapped() {
    #expect(TextWidth.wrapped("one two three", to: 7) == ["one two", "three"])
    #expect(TextWidth.wrapped("abcdefghij kl", to: 5) == ["abcdefghij", "kl"])
    #expect(TextWidth.wrapped("", to: 5) == [])
  }
}
