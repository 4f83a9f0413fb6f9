// Tickets from JSON and into it.

package import Values

extension Ticket {
  package init(_ fields: Fields) throws(InvalidField) {
    let id = try fields.string("id", length: 1...128)
    guard Identifier.isAcceptable(id) else { throw fields.invalid("id", "has characters that an id may not") }
    self.init(id: id, profile: try Profile(fields.fields("profile")))
    maximumWaitSeconds = try fields.optionalInteger("maximumWaitSeconds", in: 1...Limits.longestWait)
    priority = try fields.optionalInteger("priority", in: 0...Limits.highestPriority) ?? 0
    seats = try fields.optionalInteger("seats", in: 1...Limits.seats) ?? 1
    groupSize = try fields.optionalInteger("groupSize", in: 1...Limits.groupSize) ?? 1
    acceptsGroup = try fields.optionalBool("acceptsGroup") ?? false
    guard profile.side == .mentor || seats == 1 && groupSize == 1 else {
      throw fields.invalid(seats == 1 ? "groupSize" : "seats", "only a mentor has more than one")
    }
  }

  package var json: JSON {
    [
      "id": .string(id), "profile": profile.json,
      "maximumWaitSeconds": maximumWaitSeconds.map { .integer(Int64($0)) } ?? .null,
      "priority": .integer(Int64(priority)), "seats": .integer(Int64(seats)),
      "groupSize": .integer(Int64(groupSize)), "acceptsGroup": .bool(acceptsGroup),
    ]
  }
}
