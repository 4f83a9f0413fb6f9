// A stream that a caller is to receive, as the server's description names it. What comes under any other SSRC is
// counted and looked at no further.

package import Link
import Structures

package struct ExpectedStream: Equatable, Sendable {
  package var ssrc: UInt32
  package var retransmissionSSRC: UInt32?
  package var isVideo: Bool
  /// Payload types, with those of their retransmissions.
  package var formats: [PayloadFormat]
  package var extensions: ExtensionMap
  /// Whose payloads they are to be; nil: anybody's.
  package var source: UInt32?

  package init(
    ssrc: UInt32, retransmissionSSRC: UInt32? = nil, isVideo: Bool, formats: [PayloadFormat],
    extensions: ExtensionMap, source: UInt32? = nil
  ) {
    self.ssrc = ssrc
    self.retransmissionSSRC = retransmissionSSRC
    self.isVideo = isVideo
    self.formats = formats
    self.extensions = extensions
    self.source = source
  }

  /// What a subscription looks like from its receiver.
  package init(_ setup: SubscriptionSetup, isVideo: Bool, formats: [PayloadFormat], source: UInt32? = nil) {
    self.init(
      ssrc: setup.ssrc, retransmissionSSRC: setup.retransmissionSSRC, isVideo: isVideo, formats: formats,
      extensions: setup.extensions, source: source)
  }

  func format(_ payloadType: UInt8) -> PayloadFormat? {
    formats.first { $0.payloadType == payloadType }
  }

  func format(repeatedBy payloadType: UInt8) -> PayloadFormat? {
    formats.first { $0.retransmission == payloadType }
  }

  var takesLossRequests: Bool { formats.contains { $0.takesLossRequests } }
}

struct SSRCKey: IndexKey {
  let value: UInt32
  var words: (UInt64, UInt64) { (UInt64(value), 0) }
}
