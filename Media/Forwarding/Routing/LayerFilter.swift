// Which layers of one stream a receiver gets: a size and a frame rate, and the way from one choice to another. Down at any
// new picture; up where the sender says that nothing is missing.

import Wire

struct LayerFilter: Equatable {
  /// What may go out; the lower of two wishes where there are several.
  private(set) var spatialGoal: UInt8 = 7
  private(set) var temporalGoal: UInt8 = 7
  /// What goes out.
  private(set) var spatial: UInt8 = 7
  private(set) var temporal: UInt8 = 7
  private var picture: UInt32?

  /// A key frame: whoever begins there has all that is to come.
  mutating func begin() {
    spatial = spatialGoal
    temporal = temporalGoal
    picture = nil
  }

  /// True when a key frame has to come before the goal can be reached.
  mutating func aim(spatial: UInt8, temporal: UInt8) -> Bool {
    spatialGoal = spatial
    temporalGoal = temporal
    return spatial > self.spatial
  }

  mutating func takes(_ incoming: Incoming) -> Bool {
    guard incoming.layers.isKnown else { return true }
    let layers = incoming.layers
    if picture != incoming.header.timestamp.value, incoming.isNewest {
      picture = incoming.header.timestamp.value
      spatial = min(spatial, spatialGoal)
      temporal = min(temporal, temporalGoal)
      if incoming.isStart { begin(); picture = incoming.header.timestamp.value }
    }
    if layers.temporal > temporal {
      guard layers.temporal <= temporalGoal, layers.isTemporalEntry, layers.isFrameStart else { return false }
      temporal = layers.temporal
    } else if layers.opensTemporal {
      temporal = max(temporal, temporalGoal)
    }
    if layers.spatial > spatial {
      guard layers.spatial <= spatialGoal, layers.isSpatialEntry, layers.isFrameStart else { return false }
      spatial = layers.spatial
    }
    return true
  }

  /// The receiver's picture ends with this packet, although more of it comes for others.
  func isEnd(_ layers: FrameLayers) -> Bool { layers.isFrameEnd && layers.spatial == spatial && spatial < 7 }
}
