// A camera that comes in three sizes, and streams with frame rates in them: who gets what, and how one choice becomes
// another without a hole in the numbers.

import Forwarding
import Link
import Testing
import Wire

/// A publisher with three sizes of one picture, each a stream of its own.
private struct Camera {
  static let names = ["q", "h", "f"]
  var sequences: [UInt16] = [100, 2_000, 30_000]
  var pictures: [UInt16] = [10, 20, 30]
  var timestamps: [UInt32] = [1_000, 500_000, 90_000_000]
  var isNamed = [true, true, true]
  static let bodies = [40, 100, 300]
  static let heights: [UInt16] = [180, 360, 720]

  static func ssrc(_ layer: Int) -> UInt32 { 0xC0 + UInt32(layer) }

  mutating func frame(_ layer: Int, isKey: Bool = false, temporal: UInt8? = nil) -> Packet {
    var payload = Packet.vp8(isKey: isKey, picture: pictures[layer], layer: UInt8(pictures[layer] & 0xFF))
    if let temporal {
      // The layer is in the byte behind TL0PICIDX; Y, so that a receiver may step up here.
      payload[5] = temporal << 6 | (temporal > 0 ? 0x20 : 0)
    }
    if isKey { payload += Self.key(Self.heights[layer]) }
    payload += [UInt8](repeating: UInt8(layer), count: Self.bodies[layer])
    var packet = Packet(
      payloadType: 100, sequence: sequences[layer], timestamp: timestamps[layer], ssrc: Self.ssrc(layer),
      payload: payload)
    if isNamed[layer] {
      packet.mid = "v"
      packet.rid = Self.names[layer]
      isNamed[layer] = false
    }
    sequences[layer] &+= 1
    pictures[layer] &+= 1
    timestamps[layer] &+= 3_000
    return packet
  }

  /// What a VP8 key frame begins with, behind its tag: start code, width, height.
  private static func key(_ height: UInt16) -> [UInt8] {
    let width = height * 16 / 9
    return [
      0x9D, 0x01, 0x2A, UInt8(width & 255), UInt8(width >> 8), UInt8(height & 255), UInt8(height >> 8),
    ]
  }
}

extension Call {
  fileprivate mutating func publishLayers(_ peer: Int32 = 0) {
    let setup = TrackSetup(
      track: TrackHandle(2), isVideo: true, mid: StreamName("v"),
      layers: Camera.names.compactMap { StreamName($0) }, formats: [Formats.vp8],
      extensions: Formats.publisher)
    router.publish(peer, setup, at: now, into: &out)
  }

  /// All layers, 30 pictures a second, for so many pictures.
  fileprivate mutating func run(
    _ camera: inout Camera, _ count: Int, layers: [Int] = [0, 1, 2], answers: Bool = true
  ) {
    for _ in 0..<count {
      var keys: Set<UInt32> = []
      for told in takeControl() {
        if case .pictureLoss(_, let media) = told, answers { keys.insert(media) }
      }
      for layer in layers {
        receive(camera.frame(layer, isKey: keys.contains(Camera.ssrc(layer))))
      }
      pass(milliseconds: 33)
    }
  }
}

extension Call {
  /// One size with two frame rates in it.
  fileprivate mutating func runRates(_ camera: inout Camera, _ pictures: Int) {
    for index in 0..<pictures {
      receive(camera.frame(0, temporal: index % 2 == 0 ? 1 : 0))
      pass(milliseconds: 33)
    }
  }
}

extension [Sent] {
  /// Which layer each came from, by what the body is filled with.
  fileprivate var layers: [Int] { map { Int($0.bytes.last ?? 9) } }
  fileprivate var hasGaps: Bool { zip(self, dropFirst()).contains { $1.sequence &- $0.sequence != 1 } }
  fileprivate var pictures: [UInt16] {
    map { ($0.payload[2...3]).reduce(0) { $0 << 8 | UInt16($1) } & 0x7FFF }
  }
}

@Suite("layers")
struct LayerTests {
  @Test("the first size that arrives is shown, and the wished one follows with its key frame")
  func firstThenBest() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    call.receive(camera.frame(0, isKey: true))
    #expect(call.takeMedia().layers == [0], "whatever came first")
    call.run(&camera, 60)
    let sent = call.takeMedia()
    #expect(sent.layers.first == 0 && sent.layers.last == 2)
    #expect(!sent.hasGaps)
    let changes = zip(sent.layers, sent.layers.dropFirst()).filter { $0 != $1 }.count
    #expect(changes <= 2, "no back and forth")
    #expect(zip(sent.pictures, sent.pictures.dropFirst()).allSatisfy { $1 &- $0 == 1 })
    let steps = zip(sent, sent.dropFirst()).map { Int32(bitPattern: $1.timestamp &- $0.timestamp) }
    #expect(steps.allSatisfy { $0 > 0 && $0 < 9_000 }, "time goes on")
  }

  @Test(
    "a wish takes effect with a key frame of the other size, and what was sent before can still be had again")
  func wishes() throws {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    #expect(call.takeMedia().layers.last == 2)
    call.setQuality(SubscriptionHandle(20), .low)
    call.run(&camera, 5, answers: false)
    let before = call.takeMedia()
    #expect(Set(before.layers) == [2], "nothing stands still while the key frame is on its way")
    call.pass(milliseconds: 600)
    call.run(&camera, 10)
    let after = call.takeMedia()
    #expect(after.layers.last == 0 && !(before + after).hasGaps)
    // Of the size that it no longer has.
    let old = try #require((before + after).last { $0.bytes.last == 2 })
    call.receiveControl(.nack(20, [old.sequence]), from: 1)
    let again = try #require(call.takeMedia().first)
    #expect(Array(again.payload.dropFirst(2)) == old.payload)
    call.setQuality(SubscriptionHandle(20), .medium)
    call.run(&camera, 40)
    #expect(call.takeMedia().layers.last == 1)
    call.router.setWish(
      SubscriptionHandle(20), LayerWish(.high, heightMax: 400), at: call.now, into: &call.out)
    call.run(&camera, 40)
    #expect(call.takeMedia().layers.last == 1, "no larger than it is shown")
  }

  @Test("a size that its sender gives up is replaced by what is left")
  func givenUp() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    _ = call.takeMedia()
    call.run(&camera, 120, layers: [0, 1])
    let sent = call.takeMedia()
    #expect(sent.layers.last == 1 && !sent.hasGaps)
    call.run(&camera, 60)
    #expect(call.takeMedia().layers.last == 2)
  }

  @Test("the publisher is told which sizes nobody has, and at once when somebody wants one again")
  func idle() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.setQuality(SubscriptionHandle(20), .low)
    call.run(&camera, 150)
    func idle(_ call: borrowing Call) -> [[String]] {
      call.out.events.compactMap { event in
        if case .layersIdle(TrackHandle(2), let names) = event { names.map(\.description) } else { nil }
      }
    }
    #expect(idle(call).last == ["h", "f"])
    let count = idle(call).count
    call.run(&camera, 60, layers: [0])
    call.setQuality(SubscriptionHandle(20), .high)
    #expect(idle(call).count == count + 1 && idle(call).last == ["h"])
    #expect(call.takeMedia().layers.last == 0)
    camera.sequences[2] &+= 77
    call.receive(camera.frame(2, isKey: true))
    #expect(call.takeMedia().layers == [2], "with the first picture that comes")
  }

  @Test(
    "frame rates: what is above the wish is left out, numbers close up, and up again where nothing is missing"
  )
  func temporal() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishVideo(0, ssrcs: [Camera.ssrc(0)])
    call.subscribe(1, to: 2, as: 20)
    call.receive(camera.frame(0, isKey: true, temporal: 0))
    call.runRates(&camera, 60)
    _ = call.takeMedia()
    call.router.setWish(
      SubscriptionHandle(20), LayerWish(framesPerSecondMax: 15), at: call.now, into: &call.out)
    call.runRates(&camera, 60)
    let half = call.takeMedia()
    #expect((29...32).contains(half.count) && !half.hasGaps)
    #expect(zip(half.pictures, half.pictures.dropFirst()).allSatisfy { $1 &- $0 == 1 })
    call.router.setWish(SubscriptionHandle(20), LayerWish(), at: call.now, into: &call.out)
    call.runRates(&camera, 60)
    let whole = call.takeMedia()
    #expect(whole.count >= 58 && !whole.hasGaps)
  }

  @Test("a packet of a frame that is left out, overtaken by the next one: its number is filled")
  func overtaken() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishVideo(0, ssrcs: [Camera.ssrc(0)])
    call.subscribe(1, to: 2, as: 20)
    call.receive(camera.frame(0, isKey: true, temporal: 0))
    call.runRates(&camera, 60)
    call.router.setWish(
      SubscriptionHandle(20), LayerWish(framesPerSecondMax: 15), at: call.now, into: &call.out)
    for index in 0..<6 { call.receive(camera.frame(0, temporal: index % 2 == 0 ? 1 : 0)) }
    _ = call.takeMedia()
    let leftOut = camera.frame(0, temporal: 1)
    call.receive(camera.frame(0, temporal: 0))
    call.receive(leftOut)
    call.receive(camera.frame(0, temporal: 1))
    call.receive(camera.frame(0, temporal: 0))
    let sent = call.takeMedia()
    #expect(sent.count == 3)
    #expect(Set(sent.map { $0.sequence &- sent[0].sequence }) == [0, 0xFFFF, 1])
    #expect(sent[1].bytes[0] & 0x20 != 0, "padding")
  }

  @Test("sizes come and go with the description; who leaves and ends takes nothing along")
  func renegotiated() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    let one = TrackSetup(
      track: TrackHandle(2), isVideo: true, mid: StreamName("v"), formats: [Formats.vp8],
      extensions: Formats.publisher)
    call.router.publish(0, one, at: call.now, into: &call.out)
    _ = call.takeMedia()
    var packet = camera.frame(2, isKey: true)
    packet.ssrc = 0xDD
    packet.mid = "v"
    call.receive(packet)
    #expect(call.takeMedia().layers == [2])
    call.publishLayers()
    camera.isNamed = [true, true, true]
    call.run(&camera, 60)
    #expect(call.takeMedia().layers.last == 2)
    call.router.unpublish(TrackHandle(2), at: call.now, into: &call.out)
    #expect(call.figures.tracks == 0 && call.figures.subscriptions == 0)
    call.run(&camera, 3)
    #expect(call.takeMedia().isEmpty)
  }

  @Test("a camera that comes back is known, although its packets do not name their sizes any more")
  func comesBack() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    call.router.unpublish(TrackHandle(2), at: call.now, into: &call.out)
    call.run(&camera, 3)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 21)
    _ = call.takeMedia()
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    #expect(call.takeMedia().layers.last == 2)
  }

  private static func deliveries(_ call: borrowing Call) -> [(Delivery, DeliveryReason)] {
    call.out.events.compactMap { event in
      if case .delivery(_, SubscriptionHandle(20), let delivery, let reason) = event {
        (delivery, reason)
      } else {
        nil
      }
    }
  }

  @Test("what a link bears decides the size, and the receiver is told")
  func narrowLink() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.subscribe(1, to: 2, as: 20)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    #expect(call.takeMedia().layers.last == 2)
    // The three take some 15, 30 and 75 kbit/s.
    call.receiveControl(.rate(50_000), from: 1)
    call.run(&camera, 60)
    #expect(call.takeMedia().layers.last == 1)
    #expect(Self.deliveries(call).last?.0 == .reduced && Self.deliveries(call).last?.1 == .link)
    call.receiveControl(.rate(10_000_000), from: 1)
    call.run(&camera, 200)
    #expect(call.takeMedia().layers.last == 2 && Self.deliveries(call).last?.0 == .full)
  }

  @Test("a worker near its limit gives up sizes first and pictures last, never sound, and takes all back")
  func pressed() {
    var call = Call()
    var camera = Camera()
    call.join(0, 1)
    call.publishLayers()
    call.publishAudio(0)
    call.subscribe(1, to: 2, as: 20)
    call.subscribe(1, to: 1, as: 30)
    for layer in 0...2 { call.receive(camera.frame(layer, isKey: true)) }
    call.run(&camera, 60)
    var shown: [Int] = []
    for _ in 0..<4 {
      call.router.loaded(0.95, at: call.now)
      call.run(&camera, 20)
      _ = call.takeMedia()
      call.run(&camera, 20)
      shown.append(call.takeMedia().layers.last ?? -1)
    }
    #expect(shown == [1, 0, 0, -1])
    #expect(Self.deliveries(call).last?.0 == .paused && Self.deliveries(call).last?.1 == .load)
    call.receive(Packet(sequence: 9, ssrc: 0xA, mid: "a", level: 20))
    #expect(call.takeMedia().count == 1, "sound goes on")
    for _ in 0..<6 {
      call.pass(milliseconds: 5_100)
      call.router.loaded(0.2, at: call.now)
    }
    call.run(&camera, 150)
    #expect(call.takeMedia().layers.last == 2 && Self.deliveries(call).last?.0 == .full)
  }
}
