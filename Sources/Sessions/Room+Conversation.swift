// Chat and raised hands: what people tell each other beside the media. No text is kept or logged.

import Access
import Values

extension Room {
  func chat(from id: String, text: String, to receiver: String?, at now: Moment) throws(Refusal) -> [Action] {
    let sender = try member(id)
    guard sender.isAnnounced || sender.publishes else {
      throw Refusal(.forbidden, "An observer may read and not write.")
    }
    let event = Event.chat(from: id, text: text, to: receiver, at: now.time)
    guard let receiver else { return [.tell(event, .everyoneBut(id))] }
    try checkMember(receiver, knownTo: sender)
    return receiver == id ? [] : [.tell(event, .one(receiver))]
  }

  mutating func raiseHand(_ id: String, _ raised: Bool) throws(Refusal) -> [Action] {
    let one = try member(id)
    guard one.publishes || one.subscribes && one.isAnnounced else {
      throw Refusal(.forbidden, "An observer has no hand to raise.")
    }
    guard let changed = roster.change(id, \.handRaised, to: raised) else { return [] }
    return [
      .tell(.hand(participant: id, raised: raised), .everyoneBut(id)), .keep(.hand(row(of: changed))),
    ]
  }
}
