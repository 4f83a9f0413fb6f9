// A session as the API and receipts show it.

package import Store
package import Values

extension SessionRow {
  /// How the API and receipts show it.
  package var json: JSON.Object {
    let state = endedAt != nil ? "ended" : startedAt != nil ? "running" : "booked"
    var object: JSON.Object = ["id": .string(id), "room": .string(room), "state": .string(state)]
    if let mentor { object.append("mentor", mentor.json) }
    if let student { object.append("student", student.json) }
    object.append("startsAt", .optional(startsAt?.rfc3339))
    object.append("duration", durationMilliseconds.map { .integer($0 / 1000) } ?? .null)
    if extendedMilliseconds != 0 {
      object.append("extendedSeconds", .integer(extendedMilliseconds / 1000))
    }
    object.append("endsAt", .optional(plannedEnd?.rfc3339))
    object.append("createdAt", .string(createdAt.rfc3339))
    object.append("startedAt", .optional(startedAt?.rfc3339))
    object.append("endedAt", .optional(endedAt?.rfc3339))
    object.append("endReason", .optional(endReason))
    object.append("bothPresentSeconds", .number(Double(bothPresentMilliseconds) / 1000))
    object.append("noShow", .optional(noShow))
    object.append("metadata", metadata)
    return object
  }
}

extension SessionRow.Person {
  fileprivate var json: JSON {
    var object: JSON.Object = ["identity": .string(identity)]
    if let name { object.append("name", .string(name)) }
    return .object(object)
  }
}
