// A packet that a caller has sent, as the few numbers that it can be made of again: what a history of whole packets would
// hold in a megabyte is 20 kB so. Its payload is written here, the first time and when it is asked for again.

import Structures
import Wire

struct SentPacket: Sendable {
  /// Before the stamp: the longest descriptor and a key frame's own header; or Opus's first byte.
  static let videoFrontByteCount = 16
  static let audioFrontByteCount = 1

  var isVideo: Bool
  var sequence: SequenceNumber
  var timestamp: RTPTimestamp
  var marker = false
  var payloadByteCount: Int
  var number: UInt32
  var sent: Instant
  /// Of audio.
  var levelDecibels: UInt8 = 127
  var isSilence = false
  /// Of video.
  var pictureID: UInt16 = 0
  var baseLayerIndex: UInt8 = 0
  var temporalLayer: UInt8 = 0
  var isKey = false
  var isStart = false
  var isSync = false

  /// Writes the payload behind `offset` and returns where it ends.
  func writePayload(
    source: UInt32, _ looks: VideoLooks?, into out: inout MutableSpan<UInt8>, at offset: Int
  ) -> Int {
    let payload = offset..<offset + payloadByteCount
    if isVideo {
      writeVideo(looks ?? VideoLooks(), into: &out, at: offset)
    } else {
      // CELT, whole band, 20 ms, stereo, one frame (RFC 6716 section 3.1).
      out[offset] = 0xFC
      if isSilence { return payload.upperBound }
    }
    let front = isVideo ? Self.videoFrontByteCount : Self.audioFrontByteCount
    let stamp = PayloadStamp(source: source, number: number, sent: sent, payloadByteCount: payloadByteCount)
    stamp.write(into: &out, payload, at: offset + front)
    return payload.upperBound
  }

  private func writeVideo(_ looks: VideoLooks, into out: inout MutableSpan<UInt8>, at offset: Int) {
    // The descriptor with picture id, base layer index and layer (RFC 7741 section 4.2).
    out[offset] = 0x80 | (temporalLayer > 0 ? 0x20 : 0) | (isStart ? 0x10 : 0)
    out[offset + 1] = 0xE0
    out.store(0x8000 | pictureID & 0x7FFF, at: offset + 2)
    out[offset + 4] = baseLayerIndex
    out[offset + 5] = temporalLayer << 6 | (isSync ? 0x20 : 0)
    // The frame's own header (RFC 6386 section 9.1), as far as anybody on the way reads it.
    out[offset + 6] = isKey ? 0x10 : 0x11
    out.store(UInt16(0), at: offset + 7)
    guard isKey, isStart else {
      for index in offset + 9..<offset + 16 { out[index] = 0 }
      return
    }
    out[offset + 9] = 0x9D
    out.store(UInt16(0x012A), at: offset + 10)
    out.store(looks.width.byteSwapped, at: offset + 12)
    out.store(looks.height.byteSwapped, at: offset + 14)
  }
}
