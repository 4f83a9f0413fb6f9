// Sole owners of an Opus encoder and decoder of libopus at 48 kHz, whose pointers never leave. Only the mix decodes and
// encodes; tracks stay as they came.

import COpus

package enum OpusFailure: Error, Equatable {
  /// libopus turned it down with this code.
  case code(Int32)
}

package struct OpusEncoder: ~Copyable {
  package struct Options: Sendable {
    package var bitsPerSecond = 64_000
    /// 0 to 10: what a bit costs in CPU.
    package var complexity = 5
    package var isVoice = false
    /// Brings each frame along in the next one, at low quality.
    package var hasForwardCorrection = false
    package var isDiscontinuous = false
    package init() {}
  }

  private let raw: OpaquePointer
  package let channels: Int
  /// By how many samples what comes out is late.
  package let delaySamples: Int

  package init(channels: Int, _ options: Options = Options()) throws(OpusFailure) {
    var status: Int32 = 0
    let application = options.isVoice ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO
    guard let raw = opus_encoder_create(48_000, Int32(channels), application, &status) else {
      throw .code(status)
    }
    self.raw = raw
    self.channels = channels
    _ = tandem_opus_set_bitrate(raw, Int32(options.bitsPerSecond))
    _ = tandem_opus_set_complexity(raw, Int32(options.complexity))
    _ = tandem_opus_set_correction(raw, options.hasForwardCorrection ? 1 : 0, 20)
    _ = tandem_opus_set_discontinuous(raw, options.isDiscontinuous ? 1 : 0)
    delaySamples = Int(tandem_opus_lookahead(raw))
  }

  deinit { opus_encoder_destroy(raw) }

  /// `samples`: the channels by turns, as many as a frame has.
  package mutating func encode(_ samples: Span<Float>) throws(OpusFailure) -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: Limits.opusPacketBytes)
    let count = samples.withUnsafeBufferPointer { samples in
      guard let start = samples.baseAddress else { return OPUS_BAD_ARG }
      return opus_encode_float(
        raw, start, Int32(samples.count / channels), &packet, Int32(Limits.opusPacketBytes))
    }
    guard count >= 0 else { throw .code(count) }
    packet.removeLast(packet.count - Int(count))
    return packet
  }
}

package struct OpusDecoder: ~Copyable {
  private let raw: OpaquePointer
  package let channels: Int

  package init(channels: Int) throws(OpusFailure) {
    var status: Int32 = 0
    guard let raw = opus_decoder_create(48_000, Int32(channels), &status) else { throw .code(status) }
    self.raw = raw
    self.channels = channels
  }

  deinit { opus_decoder_destroy(raw) }

  /// Decodes the packet into the beginning of `samples`, channels by turns, and says how many samples of each. With
  /// `recovering`, the frames before the packet, as far as it brings them along: as many samples as said.
  package mutating func decode(
    _ packet: Span<UInt8>, recovering: Int? = nil, into samples: inout MutableSpan<Float>
  ) throws(OpusFailure) -> Int {
    let frames = min(recovering ?? Int(Limits.packetSamples), samples.count / channels)
    let count = packet.withUnsafeBufferPointer { packet in
      samples.withUnsafeMutableBufferPointer { samples in
        guard let start = samples.baseAddress else { return OPUS_BAD_ARG }
        return opus_decode_float(
          raw, packet.baseAddress, Int32(packet.count), start, Int32(frames), recovering == nil ? 0 : 1)
      }
    }
    guard count >= 0 else { throw .code(count) }
    return Int(count)
  }
}
