// What is turned away names its field; what is taken comes back as it was.

import Matching
import Testing
import Values

@Suite("Matching: profiles, tickets and rules from JSON")
struct ProfileTests {
  private func problem(_ profile: String) -> String? {
    do {
      let json = try JSON(parsing: #"{"id":"t","profile":\#(profile)}"#)
      _ = try Ticket(Fields(json))
      return nil
    } catch { return "\(error)" }
  }

  @Test(
    "a mistake is said with its field",
    arguments: [
      (#"{"id":"a"}"#, "profile.role: is required"),
      (#"{"id":"a","role":"boss"}"#, "profile.role: must be one of mentor, student"),
      (#"{"id":"a b","role":"mentor"}"#, "profile.id: has characters that an id may not"),
      (
        #"{"id":"a","role":"mentor","skills":[{"name":"x","level":1},{"name":"y","level":7}]}"#,
        "profile.skills[1].level: must be from 1 to 6"
      ),
      (
        #"{"id":"a","role":"mentor","skills":[{"name":"x","level":1},{"name":"x","level":2}]}"#,
        "profile.skills[1]: names x a second time"
      ),
      (
        #"{"id":"a","role":"student","subjects":[{"name":"x","weight":1.5}]}"#,
        "profile.subjects[0].weight: must be from 0.0 to 1.0"
      ),
      (#"{"id":"a","role":"student","embedding":[0,0]}"#, "profile.embedding: must not be all zeros"),
      (#"{"id":"a","role":"student","embedding":[1,"x"]}"#, "profile.embedding[1]: must be a number"),
      (
        #"{"id":"a","role":"student","availability":[{"start":60,"end":60}]}"#,
        "profile.availability[0].end: must be after start"
      ),
      (
        #"{"id":"a","role":"student","blocked":["x",5]}"#,
        "profile.blocked[1]: must be a string of 1 to 128 bytes"
      ),
      (
        #"{"id":"a","role":"student","requires":{"languages":[{"tag":"en"}]}}"#,
        "profile.requires.languages[0].level: is required"
      ),
      (
        #"{"id":"a","role":"student","attributes":{"pace":[]}}"#,
        "profile.attributes.pace: must be a string, a whole number or a truth value"
      ),
    ])
  func mistakes(profile: String, message: String) {
    #expect(problem(profile) == message)
  }

  @Test("an embedding may have 1,024 numbers and no more, a list of skills 32")
  func bounds() {
    func embedding(_ count: Int) -> String {
      #"{"id":"a","role":"student","embedding":[\#([String](repeating: "1", count: count).joined(separator: ","))]}"#
    }
    #expect(problem(embedding(1_024)) == nil)
    #expect(problem(embedding(1_025)) == "profile.embedding: must have 1 to 1024 numbers, has 1025")
    func skills(_ count: Int) -> String {
      let list = (0..<count).map { #"{"name":"s\#($0)","level":1}"# }.joined(separator: ",")
      return #"{"id":"a","role":"mentor","skills":[\#(list)]}"#
    }
    #expect(problem(skills(32)) == nil)
    #expect(problem(skills(33)) == "profile.skills: must have at most 32 elements")
  }

  @Test("only a mentor has seats")
  func seats() throws {
    let json = try JSON(parsing: #"{"id":"t","seats":2,"profile":{"id":"a","role":"student"}}"#)
    #expect(throws: InvalidField(path: "seats", problem: "only a mentor has more than one")) {
      try Ticket(Fields(json))
    }
  }

  @Test(
    "tickets and rules come back from their written form as they were",
    arguments: 1...10 as ClosedRange<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var random = Seeded(seed)
    for side in Side.allCases {
      let ticket = People.anybody(1, side, &random)
      #expect(try Ticket(Fields(JSON(parsing: ticket.json.encoded()))) == ticket)
    }
    let rules = MatchingRules()
    #expect(try MatchingRules(Fields(JSON(parsing: rules.json.encoded()))) == rules)
  }

  @Test("rules: steps in order, from the start")
  func rules() throws {
    func problem(_ text: String) throws -> String? {
      do {
        _ = try MatchingRules(Fields(JSON(parsing: text)))
        return nil
      } catch let error as InvalidField { return error.description }
    }
    #expect(
      try problem(#"{"widening":[{"afterSeconds":5}]}"#) == "widening: must start with a step after 0 seconds"
    )
    #expect(
      try problem(#"{"widening":[{"afterSeconds":0},{"afterSeconds":0}]}"#)
        == "widening[1].afterSeconds: must be later than that of the step before")
    #expect(try problem(#"{"consent":"no"}"#) == "consent: must be one of automatic, both")
    #expect(try problem("{}") == nil)
  }
}
