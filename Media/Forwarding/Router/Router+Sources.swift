// To which publication an incoming packet belongs (RFC 8843 section 9.2): by its SSRC if that is known, else by the
// m-line's name in its header, else by a payload type that only one track has. What is learned is bounded.

import Link
import Structures
import Wire

extension Router {
  /// Nil when nobody can tell.
  mutating func role(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, from peer: Int32
  ) -> SourceRole? {
    let key = StreamKey(peer: peer, ssrc: header.ssrc)
    if let packed = sources[key] { return SourceRole(packed: packed) }
    guard let (publication, kind) = assign(packet, header, found, from: peer),
      learn(header.ssrc, kind, of: publication)
    else { return nil }
    if kind == .repeats {
      let media = publications[Int(publication)].ssrc ?? 0
      publications[Int(publication)].repeating.append(
        RepeatingSource(ssrc: header.ssrc, media: media, isLearned: true))
    }
    return SourceRole(publication, kind)
  }

  private func assign(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, from peer: Int32
  ) -> (Int32, SourceRole.Kind)? {
    if found.mid.isThere {
      // A name that no track has: it will be published in a moment, and must not go to another until then.
      guard let mid = StreamName(packet, found.mid.range) else { return nil }
      return assign(packet, header, found, to: mid, from: peer)
    }
    var match: (Int32, SourceRole.Kind)?
    var index = 0
    while index < peers[Int(peer)].publications.count {
      let number = peers[Int(peer)].publications[index]
      index += 1
      guard let kind = kind(of: header.payloadType, in: Int(number)) else { continue }
      guard match == nil else { return nil }
      match = (number, kind)
    }
    return match
  }

  private func assign(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, to mid: StreamName, from peer: Int32
  ) -> (Int32, SourceRole.Kind)? {
    var index = 0
    while index < peers[Int(peer)].publications.count {
      let number = peers[Int(peer)].publications[index]
      index += 1
      guard publications[Int(number)].mid == mid else { continue }
      if publications[Int(number)].isNamed {
        return assignLayer(packet, header, found, of: Int(publications[Int(number)].lead))
      }
      guard let kind = kind(of: header.payloadType, in: Int(number)) else { return nil }
      // One of the layers is forwarded: the first that was seen. The others are known, so that they are no restart.
      let layer = found.repairedRid.isThere ? found.repairedRid : found.rid
      if let forwarded = publications[Int(number)].rid, layer.isThere,
        StreamName(packet, layer.range) != forwarded
      {
        return (number, .unused)
      }
      return (number, kind)
    }
    return nil
  }

  /// Of a track whose description names its layers: which one, by the name in the header.
  private func assignLayer(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, of lead: Int
  ) -> (Int32, SourceRole.Kind)? {
    let place = found.repairedRid.isThere ? found.repairedRid : found.rid
    guard place.isThere, let name = StreamName(packet, place.range) else { return nil }
    var index = 0
    while index < publications[lead].layers.count {
      let number = publications[lead].layers[index]
      index += 1
      guard publications[Int(number)].rid == name else { continue }
      return kind(of: header.payloadType, in: Int(number)).map { (number, $0) }
    }
    return nil
  }

  private func kind(of payloadType: UInt8, in publication: Int) -> SourceRole.Kind? {
    if publications[publication].carries(payloadType) { return .media }
    return publications[publication].repeated(payloadType) == nil ? nil : .repeats
  }

  @discardableResult
  mutating func learn(_ ssrc: UInt32, _ kind: SourceRole.Kind, of publication: Int32) -> Bool {
    let peer = publications[Int(publication)].peer
    let key = StreamKey(peer: peer, ssrc: ssrc)
    let role = SourceRole(publication, kind)
    if let packed = sources[key] {
      if SourceRole(packed: packed).publication == publication {
        sources.insert(key, role.packed)
        return true
      }
      // A description that gives the SSRC to another track: the last word counts.
      forget(ssrc, of: Int(SourceRole(packed: packed).publication))
    }
    let present = publications[Int(publication)].ssrc
    if publications[Int(publication)].knownSources.count >= Limits.sourcesPerPublication,
      let oldest = publications[Int(publication)].knownSources.first(where: { $0 != present })
    {
      forget(oldest, of: Int(publication))
    }
    guard peers[Int(peer)].sourceCount < Limits.sourcesPerPeer else { return false }
    peers[Int(peer)].sourceCount += 1
    sources.insert(key, role.packed)
    publications[Int(publication)].knownSources.append(ssrc)
    return true
  }

  mutating func forget(_ ssrc: UInt32, of publication: Int) {
    guard let index = publications[publication].knownSources.firstIndex(of: ssrc) else { return }
    let peer = publications[publication].peer
    publications[publication].formerSources.removeAll { $0 == ssrc }
    publications[publication].knownSources.remove(at: index)
    publications[publication].repeating.removeAll { $0.ssrc == ssrc }
    sources.remove(StreamKey(peer: peer, ssrc: ssrc))
    peers[Int(peer)].sourceCount -= 1
  }

  /// What was learned of the old source's repetitions says nothing about the new one's.
  mutating func forgetLearnedRepeats(of publication: Int) {
    var index = 0
    while index < publications[publication].repeating.count {
      let repeats = publications[publication].repeating[index]
      if repeats.isLearned {
        forget(repeats.ssrc, of: publication)
      } else {
        index += 1
      }
    }
  }
}
