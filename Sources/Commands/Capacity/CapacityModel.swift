// How many nodes so many people need: from what was measured on one machine to what a platform has to buy. A pure function of
// a few figures; docs/capacity.md says where each comes from and what the model leaves out.

import Values

/// What somebody does in a call.
enum CapacityKind: String, CaseIterable, Sendable {
  case audioPair = "audio-pair"
  case videoPair = "video-pair"
  case group
  case webinar

  /// Packets of media that the server sends this person a second.
  var packetsOut: Double {
    switch self {
    case .audioPair: 50
    case .videoPair: 150
    // Seven others with sound and picture.
    case .group: 1_050
    case .webinar: 200
    }
  }

  /// Bits a second to this person, headers of RTP, UDP and IP included.
  var bitsOut: Double {
    switch self {
    case .audioPair: 50 * 160 * 8
    case .videoPair: (50 * 160 + 100 * 1_170) * 8
    case .group: 7 * (50 * 160 + 100 * 1_170) * 8
    case .webinar: 200 * 1_170 * 8
    }
  }

  /// From this person; a webinar has one who sends for a hundred who listen.
  var bitsIn: Double {
    switch self {
    case .audioPair: 50 * 160 * 8
    case .videoPair, .group: (50 * 160 + 100 * 1_170) * 8
    case .webinar: 200 * 1_170 * 8 / 100
    }
  }

  /// CPU microseconds of the server for each packet that goes out, under load: docs/performance.md.
  var microsecondsPerPacket: Double {
    switch self {
    case .audioPair: MeasuredCost.audioPair
    case .videoPair: MeasuredCost.videoPair
    case .group: MeasuredCost.group
    case .webinar: MeasuredCost.webinar
    }
  }

  var kilobytes: Double {
    switch self {
    case .audioPair: MeasuredCost.audioKilobytes
    case .videoPair, .group: MeasuredCost.videoKilobytes
    case .webinar: MeasuredCost.listenerKilobytes
    }
  }
}

struct CapacityQuestion: Sendable {
  var participants = 10_000.0
  /// Shares that add up to one.
  var mix: [CapacityKind: Double] = [.videoPair: 1]
  var coresPerNode = 16.0
  var gigabytesPerNode = 64.0
  var gigabitsPerNode = 10.0
  /// Of cores and of the network: the rest is for bursts, joins and the failure of a neighbour.
  var highestShare = 0.6
  /// A node an hour, and a terabyte out of the network.
  var nodePrice = 0.5
  var terabytePrice = 10.0
  /// Hours of a month that are as busy.
  var busyHours = 200.0
}

struct CapacityAnswer: Sendable, Equatable {
  enum Bound: String, Sendable { case processor, network, memory }

  var cores: Double
  var gigabitsOut: Double
  var gigabitsIn: Double
  var gigabytes: Double
  var nodes: Int
  var bound: Bound
  var terabytesPerMonth: Double
  var costPerMonth: Double
}

enum CapacityModel {
  static func answer(_ question: CapacityQuestion) -> CapacityAnswer {
    func sum(_ value: (CapacityKind) -> Double) -> Double {
      question.mix.reduce(0) { $0 + $1.value * value($1.key) } * question.participants
    }
    let cores = sum { $0.packetsOut * $0.microsecondsPerPacket } / 1e6
    let (bitsOut, bitsIn) = (sum(\.bitsOut), sum(\.bitsIn))
    let gigabytes = sum(\.kilobytes) / 1_048_576
    let byBound: [(CapacityAnswer.Bound, Double)] = [
      (.processor, cores / (question.coresPerNode * question.highestShare)),
      (.network, max(bitsOut, bitsIn) / 1e9 / (question.gigabitsPerNode * question.highestShare)),
      (.memory, gigabytes / (question.gigabytesPerNode * question.highestShare)),
    ]
    let tightest = byBound.max { $0.1 < $1.1 } ?? (.processor, 1)
    let nodes = max(1, Int(tightest.1.rounded(.up)))
    let terabytes = bitsOut / 8 * 3_600 * question.busyHours / 1e12
    return CapacityAnswer(
      cores: cores, gigabitsOut: bitsOut / 1e9, gigabitsIn: bitsIn / 1e9, gigabytes: gigabytes, nodes: nodes,
      bound: tightest.0, terabytesPerMonth: terabytes,
      costPerMonth: Double(nodes) * question.nodePrice * 730 + terabytes * question.terabytePrice)
  }
}
