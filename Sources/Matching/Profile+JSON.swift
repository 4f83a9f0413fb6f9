// Profiles from JSON, each mistake with the field's name, and into it. Embeddings come as numbers and are written as the
// codes they were made into, in hexadecimal.

package import Values

extension Profile {
  package init(_ fields: Fields) throws(InvalidField) {
    let id = try fields.string("id", length: 1...128)
    guard Identifier.isAcceptable(id) else { throw fields.invalid("id", "has characters that an id may not") }
    self.init(id: id, side: try fields.choice("role"))
    let names = 1...Limits.nameLength
    var skills: [Skill] = []
    for entry in try fields.list("skills", atMost: Limits.listed) {
      skills.append(
        Skill(
          try entry.string("name", length: names), level: try entry.integer("level", in: Self.levels),
          weight: try entry.optionalNumber("weight", in: 0...1) ?? 1))
    }
    self.skills = try fields.unique("skills", skills) { $0.name }
    var subjects: [Subject] = []
    for entry in try fields.list("subjects", atMost: Limits.listed) {
      subjects.append(
        Subject(
          try entry.string("name", length: names),
          level: try entry.optionalInteger("level", in: Self.levels) ?? 1,
          weight: try entry.optionalNumber("weight", in: 0...1) ?? 1))
    }
    self.subjects = try fields.unique("subjects", subjects) { $0.name }
    languages = try Self.languages(fields, "languages")
    timeZone = try fields.optionalString("timeZone", length: names)
    utcOffsetMinutes = try fields.optionalInteger("utcOffsetMinutes", in: Limits.offsetMinutes) ?? 0
    availability = try Self.spans(fields)
    if let rating = try fields.optionalFields("rating") {
      self.rating = Rating(
        mean: try rating.optionalNumber("mean", in: 0...1) ?? 0,
        sessions: try rating.integer("sessions", in: 0...Limits.ratedSessions))
    }
    embedding = try Self.embedding(fields)
    attributes = try Self.attributes(fields, "attributes")
    try readHardRules(fields)
  }

  private mutating func readHardRules(_ fields: Fields) throws(InvalidField) {
    if let safeguarding = try fields.optionalFields("safeguarding") {
      self.safeguarding = Safeguarding(
        isMinor: try safeguarding.optionalBool("minor") ?? false,
        isClearedForMinors: try safeguarding.optionalBool("clearedForMinors") ?? false)
    }
    blocked = try fields.strings("blocked", atMost: Limits.blocked, length: 1...128)
    if let required = try fields.optionalFields("requires") {
      requiredLanguages = try Self.languages(required, "languages")
      requiredAttributes = try Self.attributes(required, "attributes")
    }
  }

  static let levels = 1...Limits.highestLevel

  private static func languages(_ fields: Fields, _ name: String) throws(InvalidField) -> [SpokenLanguage] {
    var result: [SpokenLanguage] = []
    for entry in try fields.list(name, atMost: Limits.listed) {
      result.append(
        SpokenLanguage(
          try entry.string("tag", length: 2...Limits.languageLength).lowercased(),
          level: try entry.integer("level", in: levels)))
    }
    return try fields.unique(name, result) { $0.tag }
  }

  private static func spans(_ fields: Fields) throws(InvalidField) -> [WeekSpan] {
    var result: [WeekSpan] = []
    for entry in try fields.list("availability", atMost: Limits.spans) {
      let start = try entry.integer("start", in: 0...Limits.weekMinutes - 1)
      let end = try entry.integer("end", in: 1...Limits.weekMinutes)
      guard start < end else { throw entry.invalid("end", "must be after start") }
      result.append(WeekSpan(start: start, end: end))
    }
    return result
  }

  private static func embedding(_ fields: Fields) throws(InvalidField) -> Embedding? {
    guard let value = fields["embedding"] else { return nil }
    if let text = value.string {
      guard let bytes = Hex.decode(text), bytes.count <= Limits.dimensions,
        let embedding = Embedding(codes: bytes.map { Int8(bitPattern: $0) })
      else { throw fields.invalid("embedding", "must be hexadecimal codes") }
      return embedding
    }
    guard let elements = value.array else { throw fields.invalid("embedding", "must be an array of numbers") }
    guard (1...Limits.dimensions).contains(elements.count) else {
      throw fields.invalid("embedding", "must have 1 to \(Limits.dimensions) numbers, has \(elements.count)")
    }
    var numbers: [Float] = []
    for (index, element) in elements.enumerated() {
      guard let number = element.double, Float(number).isFinite else {
        throw fields.invalid("embedding[\(index)]", "must be a number")
      }
      numbers.append(Float(number))
    }
    guard let embedding = Embedding(numbers) else {
      throw fields.invalid("embedding", "must not be all zeros")
    }
    return embedding
  }

  private static func attributes(_ fields: Fields, _ name: String) throws(InvalidField) -> [Attribute] {
    guard let object = try fields.optionalFields(name)?.object else { return [] }
    guard object.members.count <= Limits.attributes else {
      throw fields.invalid(name, "must have at most \(Limits.attributes) members")
    }
    var result: [Attribute] = []
    for member in object.members {
      guard (1...Limits.nameLength).contains(member.name.utf8.count) else {
        throw fields.invalid(name, "must have names of 1 to \(Limits.nameLength) bytes")
      }
      let text: String
      switch member.value {
      case .string(let value): text = value
      case .bool, .integer: text = member.value.text
      default:
        throw fields.invalid("\(name).\(member.name)", "must be a string, a whole number or a truth value")
      }
      guard text.utf8.count <= Limits.attributeLength else {
        throw fields.invalid("\(name).\(member.name)", "must have at most \(Limits.attributeLength) bytes")
      }
      result.append(Attribute(member.name, text))
    }
    return try fields.unique(name, result) { $0.name }
  }

  package var json: JSON {
    func languages(_ list: [SpokenLanguage]) -> JSON {
      .array(list.map { ["tag": .string($0.tag), "level": .integer(Int64($0.level))] })
    }
    func attributes(_ list: [Attribute]) -> JSON {
      .object(JSON.Object(list.map { .init(name: $0.name, value: .string($0.value)) }))
    }
    func topic(_ name: String, _ level: Int, _ weight: Double) -> JSON {
      ["name": .string(name), "level": .integer(Int64(level)), "weight": .number(weight)]
    }
    return [
      "id": .string(id), "role": .string(side.rawValue),
      "skills": .array(skills.map { topic($0.name, $0.level, $0.weight) }),
      "subjects": .array(subjects.map { topic($0.name, $0.level, $0.weight) }),
      "languages": languages(self.languages), "timeZone": .optional(timeZone),
      "utcOffsetMinutes": .integer(Int64(utcOffsetMinutes)),
      "availability": .array(
        availability.map { ["start": .integer(Int64($0.start)), "end": .integer(Int64($0.end))] }),
      "rating": ["mean": .number(rating.mean), "sessions": .integer(Int64(rating.sessions))],
      "embedding": embedding.map { .string(Hex.encode($0.codes.map { UInt8(bitPattern: $0) })) } ?? .null,
      "blocked": .array(blocked.map(JSON.string)),
      "safeguarding": [
        "minor": .bool(safeguarding.isMinor), "clearedForMinors": .bool(safeguarding.isClearedForMinors),
      ],
      "attributes": attributes(self.attributes),
      "requires": [
        "languages": languages(requiredLanguages), "attributes": attributes(requiredAttributes),
      ],
    ]
  }
}
