// One packet of a publisher as all its receivers' copies need it: where it stands in its source, what its payload is,
// and whether a picture begins in it. Read once, used for each receiver.

import Link
import Structures
import Wire

struct Incoming {
  /// What a copy's payload has to be given anew.
  enum Descriptor {
    case none
    case vp8(VP8Descriptor)
    case vp9(VP9Descriptor)
  }

  let header: RTPHeader
  let found: FoundExtensions
  let format: PayloadFormat
  let isVideo: Bool
  var epoch: UInt32 = 0
  var count: Int64 = 0
  /// Nothing newer of the source came before.
  var isNewest = false
  /// A receiver may begin here.
  private(set) var isStart = true
  private(set) var descriptor = Descriptor.none
  var layers = FrameLayers()
  /// Of RED: the newest block, for receivers that know only what is in it, and right after a mute.
  private(set) var primary: REDPayload?
  /// What the dependency descriptor numbers the frame with, where there is one.
  private(set) var frameNumber: UInt16?

  /// Nil for a payload that is not what its type says.
  init?(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, _ format: PayloadFormat,
    isVideo: Bool, isNewPicture: Bool
  ) {
    self.header = header
    self.found = found
    self.format = format
    self.isVideo = isVideo
    if found.dependencyDescriptor.count >= 3 {
      frameNumber = packet.uint16(at: found.dependencyDescriptor.range.lowerBound + 1)
    }
    switch format.codec {
    case .opus, .other: break
    case .red:
      guard let red = try? REDPayload(packet, header.payload) else { return nil }
      primary = red
    case .vp8:
      guard let vp8 = try? VP8Descriptor(packet, header.payload) else { return nil }
      descriptor = .vp8(vp8)
      layers = FrameLayers(vp8)
      isStart = vp8.isKeyFrame
    case .vp9:
      guard let vp9 = try? VP9Descriptor(packet, header.payload) else { return nil }
      descriptor = .vp9(vp9)
      layers = FrameLayers(vp9)
      isStart = vp9.isKeyFrame
    case .h264:
      guard let units = try? H264Payload(packet, header.payload) else { return nil }
      isStart = units.hasSequenceParameters || units.isKeyFrame && isNewPicture
    case .h265:
      guard let units = try? H265Payload(packet, header.payload) else { return nil }
      isStart = units.hasParameters || units.isKeyFrame && isNewPicture
    case .av1:
      guard let units = try? AV1Payload(packet, header.payload) else { return nil }
      isStart = units.isKeyFrame
    }
  }

  /// The picture's own numbers.
  var picture: (id: UInt16, layer: UInt8) {
    switch descriptor {
    case .none: (0, 0)
    case .vp8(let vp8): (vp8.pictureID ?? 0, vp8.baseLayerIndex ?? 0)
    case .vp9(let vp9): (vp9.pictureID ?? 0, vp9.baseLayerIndex ?? 0)
    }
  }

  /// Whether pictures that are left out may be closed up to in the numbers of those that follow. Where frames name those
  /// that they refer to by distance, numbers stay as they are.
  var closesNumbers: Bool {
    if case .vp8(let vp8) = descriptor { return vp8.pictureID != nil }
    return false
  }

  /// How large the picture is, where this packet says so.
  var height: Int? {
    switch descriptor {
    case .none: nil
    case .vp8(let vp8): vp8.size?.height
    case .vp9(let vp9):
      vp9.structure.flatMap { structure in
        structure.size(ofSpatialLayer: structure.spatialLayerCount - 1)?.height
      }
    }
  }

  /// How many bytes of the payload hold what is rewritten.
  var rewrittenByteCount: Int {
    switch descriptor {
    case .none: 0
    case .vp8(let vp8): min(vp8.dataStart - header.payload.lowerBound, Limits.descriptorBytesRewritten)
    case .vp9(let vp9): min(vp9.dataStart - header.payload.lowerBound, Limits.descriptorBytesRewritten)
    }
  }
}
