// Which format of a publisher is which of a receiver's, and what agreed formats and extensions mean to a worker. Nothing
// is transcoded: a format that a receiver does not have does not reach it.

import Link
import Wire

enum CodecMatch {
  /// Both mean the same bytes: what one sends, the other can decode.
  static func isSame(_ one: Codec, _ other: Codec) -> Bool {
    guard one.isNamed(other.name), one.clockRate == other.clockRate, one.channels == other.channels else {
      return false
    }
    func agree(_ key: String, absent: String) -> Bool {
      (one.parameters[key] ?? absent) == (other.parameters[key] ?? absent)
    }
    switch MediaCodec(one) {
    case .h264:
      return agree("packetization-mode", absent: "0")
        && H264Profile(profileLevelID: one.parameters["profile-level-id"])
          == H264Profile(profileLevelID: other.parameters["profile-level-id"])
    case .vp9: return agree("profile-id", absent: "0")
    case .av1: return agree("profile", absent: "0")
    case .h265: return agree("profile-id", absent: "1") && agree("tier-flag", absent: "0")
    case .opus, .red, .vp8, .other: return true
    }
  }

  /// Empty if the two have no format in common. Redundancy has payload types inside of its packets, which nobody
  /// rewrites: it passes only where both ends number what is in it alike.
  static func payloads(
    from sender: [AcceptedMedia.Format], to receiver: [AcceptedMedia.Format]
  ) -> [PayloadMapping] {
    var mappings: [PayloadMapping] = []
    for isRedundancy in [false, true] {
      for format in sender where format.codec.isNamed("red") == isRedundancy {
        guard let match = receiver.first(where: { isSame($0.codec, format.codec) }) else { continue }
        if isRedundancy {
          guard
            mappings.contains(where: { mapping in
              mapping.from == mapping.to && format.codec.parameters.carries(mapping.from)
            })
          else { continue }
        }
        mappings.append(
          PayloadMapping(
            from: format.codec.payloadType, to: match.codec.payloadType,
            retransmission: match.retransmission?.payloadType))
      }
    }
    return mappings
  }
}

extension CodecMatch {
  /// The receiver's type for redundant packets of the sound that it gets.
  static func redundancy(_ receiver: [AcceptedMedia.Format], for payloads: [PayloadMapping]) -> UInt8? {
    receiver.first { format in
      format.codec.isNamed("red") && payloads.contains { format.codec.parameters.carries($0.to) }
    }?.codec.payloadType
  }
}

extension FormatParameters {
  /// `111/111`: all blocks of a redundant packet are of this type.
  fileprivate func carries(_ payloadType: UInt8) -> Bool {
    guard let blocks = parameters.first?.key.split(separator: "/") else { return false }
    return blocks.allSatisfy { UInt8($0) == payloadType }
  }
}

extension MediaCodec {
  init(_ codec: Codec) { self = MediaCodec(rawValue: codec.name.lowercased()) ?? .other }

  /// As descriptions spell it.
  var name: String {
    switch self {
    case .opus, .red, .other: rawValue
    case .vp8, .vp9, .h264, .h265, .av1: rawValue.uppercased()
    }
  }
}

extension PayloadFormat {
  init(_ format: AcceptedMedia.Format) {
    let feedback = format.codec.feedback
    self.init(
      payloadType: format.codec.payloadType, codec: MediaCodec(format.codec),
      clockRate: format.codec.clockRate,
      retransmission: format.retransmission?.payloadType, takesLossRequests: feedback.contains("nack"),
      takesPictureLoss: feedback.contains("nack pli"), takesFullIntra: feedback.contains("ccm fir"))
  }
}

extension AcceptedMedia {
  /// The names of the sizes that the client sends, where it may send several and names them in each packet.
  var layers: [StreamName] {
    guard let simulcast, simulcast.receive.count > 1,
      extensions.contains(where: { $0.uri == ExtensionName.rid })
    else { return [] }
    let names = simulcast.receive.compactMap { $0.first.flatMap { StreamName($0.rid) } }
    return names.count == simulcast.receive.count ? names : []
  }
}

extension ExtensionMap {
  /// Those that may be used in one direction; as the answer says it, which is our side of it.
  init(_ extensions: [HeaderExtension], sending: Bool) {
    self.init()
    for item in extensions {
      let direction = item.direction ?? .sendrecv
      guard sending ? direction.sends : direction.receives else { continue }
      switch item.uri {
      case ExtensionName.mid: mid = item.id
      case ExtensionName.rid: rid = item.id
      case ExtensionName.repairedRid: repairedRid = item.id
      case ExtensionName.audioLevel: audioLevel = item.id
      case ExtensionName.transportSequence: transportSequence = item.id
      case ExtensionName.absoluteSendTime: absoluteSendTime = item.id
      case ExtensionName.orientation: orientation = item.id
      case ExtensionName.playoutDelay: playoutDelay = item.id
      case ExtensionName.dependencyDescriptor: dependencyDescriptor = item.id
      default: break
      }
    }
  }
}
