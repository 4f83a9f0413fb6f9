// What the tape gets of a packet that a worker received: where it stands in its stream, when it came, how loud its sender
// says it is, and the payload as it was: a ring's item on the line of its recording.

package import Link

package struct TapePacket: Equatable, Sendable {
  package var kind: TapeItem.Kind
  /// Which of the streams that the track had one after the other: another SSRC, or numbers that started anew.
  package var epoch: UInt32
  /// The endless number of the packet in its stream.
  package var count: Int64
  package var timestamp: UInt32
  /// In samples since the recording's beginning.
  package var arrival: Int64
  /// A repetition: when it came says nothing about the way.
  package var isRepeat: Bool
  /// RFC 6464: below full scale, 0 the loudest, 127 silence; nil where the sender does not tell.
  package var level: UInt8?
  package var payload: [UInt8]

  package init(
    kind: TapeItem.Kind, epoch: UInt32, count: Int64, timestamp: UInt32, arrival: Int64,
    isRepeat: Bool = false,
    level: UInt8? = nil, payload: [UInt8]
  ) {
    self.kind = kind
    self.epoch = epoch
    self.count = count
    self.timestamp = timestamp
    self.arrival = arrival
    self.isRepeat = isRepeat
    self.level = level
    self.payload = payload
  }
}
