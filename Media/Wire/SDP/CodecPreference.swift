// Which of a client's formats we take (RFC 3264, section 6; RFC 8829, section 5.3.1). What is forwarded is not
// decoded, so a format keeps the client's own parameters, and only what we ask of it is put in.

package struct CodecPreference: Equatable, Sendable {
  /// What tells formats of one name apart.
  package enum Variants: Equatable, Sendable {
    case all
    case h264(profiles: [H264Profile], packetizationModes: [String])
    /// The values taken of one parameter, and which of them is meant where it is absent: VP9's `profile-id`, AV1's
    /// `profile`, H.265's `profile-id`.
    case profiles(key: String, values: [String], absent: String)
    /// RFC 2198: only over payload types that are taken themselves.
    case redundancy
  }

  package var name: String
  package var clockRate: UInt32
  package var channels: UInt8
  package var variants: Variants
  package var feedback: [String]
  /// Put into the client's parameters: `useinbandfec=1` for Opus.
  package var parameters: FormatParameters

  package init(
    _ name: String, clockRate: UInt32 = 90_000, channels: UInt8 = 1, variants: Variants = .all,
    feedback: [String] = [], parameters: FormatParameters = .init()
  ) {
    self.name = name
    self.clockRate = clockRate
    self.channels = channels
    self.variants = variants
    self.feedback = feedback
    self.parameters = parameters
  }

  package func takes(_ codec: Codec) -> Bool {
    guard codec.isNamed(name), codec.clockRate == clockRate, codec.channels == channels else { return false }
    switch variants {
    case .all, .redundancy: return true
    case .h264(let profiles, let modes):
      guard let profile = H264Profile(profileLevelID: codec.parameters["profile-level-id"]) else {
        return false
      }
      return profiles.contains(profile) && modes.contains(codec.parameters["packetization-mode"] ?? "0")
    case .profiles(let key, let values, let absent):
      return values.contains(codec.parameters[key] ?? absent)
    }
  }
}

/// What we take of one kind of media.
package struct MediaPreferences: Equatable, Sendable {
  /// In our order, which is the answer's; formats that one of them takes keep the client's order.
  package var codecs: [CodecPreference]
  /// Whether lost packets go over RTX (RFC 4588) where the client offers it.
  package var retransmits: Bool
  /// Names of header extensions.
  package var extensions: [String]
  /// Simulcast layers taken from a client; one means none.
  package var layers: Int

  package init(codecs: [CodecPreference], retransmits: Bool, extensions: [String], layers: Int = 1) {
    self.codecs = codecs
    self.retransmits = retransmits
    self.extensions = extensions
    self.layers = layers
  }
}

/// What a client's m-line and our preferences have in common, as an answer says it.
package struct AcceptedMedia: Equatable, Sendable {
  package struct Format: Equatable, Sendable {
    package var codec: Codec
    package var retransmission: Codec?

    package init(codec: Codec, retransmission: Codec? = nil) {
      self.codec = codec
      self.retransmission = retransmission
    }
  }

  package var formats: [Format]
  package var extensions: [HeaderExtension]
  package var rids: [RestrictionID] = []
  package var simulcast: Simulcast?

  /// Nil where no format is left: the m-line is to be rejected.
  package init?(_ offer: MediaDescription, _ preferences: MediaPreferences, allowsMixed: Bool = false) {
    formats = Self.formats(offer, preferences)
    guard formats.contains(where: { !$0.codec.isNamed("red") }) else { return nil }
    extensions = Self.extensions(
      offer, preferences.extensions, allowsMixed: allowsMixed || offer.allowsMixedExtensions)
    if preferences.layers > 1 { takeLayers(offer, atMost: preferences.layers) }
  }

  private static func formats(_ offer: MediaDescription, _ preferences: MediaPreferences) -> [Format] {
    var result: [Format] = []
    var taken: Set<UInt8> = []
    // Redundancy stands on formats that may come after it.
    for isRedundancy in [false, true] {
      for preference in preferences.codecs where (preference.variants == .redundancy) == isRedundancy {
        for var codec in offer.codecs where preference.takes(codec) && !taken.contains(codec.payloadType) {
          if isRedundancy {
            let primaries = codec.parameters.parameters.flatMap { $0.key.split(separator: "/") }
            guard !primaries.isEmpty, primaries.allSatisfy({ UInt8($0).map(taken.contains) ?? false })
            else { continue }
          }
          taken.insert(codec.payloadType)
          codec.feedback = preference.feedback.filter(codec.feedback.contains)
          for parameter in preference.parameters.parameters {
            codec.parameters[parameter.key] = parameter.value ?? ""
          }
          let retransmission =
            preferences.retransmits && !isRedundancy ? retransmission(of: codec, offer) : nil
          result.append(Format(codec: codec, retransmission: retransmission))
        }
      }
    }
    return result
  }

  private static func retransmission(of codec: Codec, _ offer: MediaDescription) -> Codec? {
    let repeats = offer.codecs.first {
      $0.associatedPayloadType == codec.payloadType && $0.clockRate == codec.clockRate
    }
    return repeats.map { found in
      Codec(
        payloadType: found.payloadType, name: found.name, clockRate: found.clockRate,
        parameters: found.parameters)
    }
  }

  /// With the client's ids. Those above 14 need two-byte headers, which need the client's word (RFC 8285, section 6).
  private static func extensions(
    _ offer: MediaDescription, _ names: [String], allowsMixed: Bool
  ) -> [HeaderExtension] {
    var result: [HeaderExtension] = []
    for name in names where !result.contains(where: { $0.uri == name }) {
      let offered = offer.extensions.first { offered in
        offered.uri == name && offered.direction != .inactive
          && (offered.id <= 14 || allowsMixed && offered.id != 15)
      }
      guard let offered else { continue }
      result.append(
        HeaderExtension(id: offered.id, direction: offered.direction?.reversed, uri: offered.uri))
    }
    return result
  }

  /// What the client would send, mirrored: the first alternative of each stream, as far as its formats are taken.
  private mutating func takeLayers(_ offer: MediaDescription, atMost count: Int) {
    let taken = Set(formats.map(\.codec.payloadType))
    var layers: [[Simulcast.Layer]] = []
    for stream in offer.simulcast?.send ?? [] where layers.count < count {
      for layer in stream {
        guard var rid = offer.rids.first(where: { $0.name == layer.rid && $0.sends }) else { continue }
        let isRestricted = !rid.payloadTypes.isEmpty
        rid.payloadTypes.removeAll { !taken.contains($0) }
        guard !isRestricted || !rid.payloadTypes.isEmpty else { continue }
        rid.sends = false
        rids.append(rid)
        layers.append([layer])
        break
      }
    }
    if !layers.isEmpty { simulcast = Simulcast(receive: layers) }
  }
}
