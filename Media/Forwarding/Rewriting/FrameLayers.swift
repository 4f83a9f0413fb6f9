// Which part of a layered stream a packet belongs to: of its size and of its frame rate, and whether a receiver who has
// less so far may go on with more from here. Read from what stands before the payload, or from the descriptor in the header.

import Wire

struct FrameLayers: Equatable {
  /// Whether the packet says anything about layers.
  var isKnown = false
  var spatial: UInt8 = 0
  var temporal: UInt8 = 0
  /// This very frame needs nothing of its own temporal layer.
  var isTemporalEntry = false
  /// What follows needs nothing of higher temporal layers from before this frame.
  var opensTemporal = false
  /// The frame needs nothing earlier of its own spatial layer.
  var isSpatialEntry = false
  /// The first packet of the layer's frame.
  var isFrameStart = false
  /// The last one: where the picture ends for a receiver who gets no higher spatial layer.
  var isFrameEnd = false

  init() {}

  init(_ vp8: VP8Descriptor) {
    guard let layer = vp8.temporalLayer else { return }
    isKnown = true
    temporal = layer
    isTemporalEntry = vp8.isLayerSync
    isFrameStart = vp8.isFrameStart
  }

  init(_ vp9: VP9Descriptor) {
    guard vp9.hasLayers else { return }
    isKnown = true
    spatial = vp9.spatialLayer
    temporal = vp9.temporalLayer
    opensTemporal = vp9.isSwitchingUpPoint
    isSpatialEntry = !vp9.isPredicted
    isFrameStart = vp9.isFrameStart
    isFrameEnd = vp9.isFrameEnd
  }

  init(_ descriptor: DependencyDescriptor, _ structure: DependencyStructure) {
    isKnown = structure.spatialLayerCount > 1 || structure.temporalLayerCount > 1
    spatial = UInt8(truncatingIfNeeded: descriptor.spatialLayer)
    temporal = UInt8(truncatingIfNeeded: descriptor.temporalLayer)
    isFrameStart = descriptor.isFirstOfFrame
    isFrameEnd = descriptor.isLastOfFrame
    var target = 0
    while target < structure.decodeTargetCount {
      let layers = structure.layers(of: target)
      if layers.spatial == descriptor.spatialLayer, layers.temporal == descriptor.temporalLayer,
        descriptor.indication(target) == .switching
      {
        isTemporalEntry = true
        isSpatialEntry = true
      }
      target += 1
    }
  }
}
