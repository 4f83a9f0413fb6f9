// Plays a scenario of the media bench against Janus and prints what `tandem load-test --json` prints against our server:
//   media-bench URL PID ROOMS PARTICIPANTS SENDERS-A-ROOM AUDIO VIDEO-PACKETS RAMP-SECONDS HOLD-SECONDS
// AUDIO is `on` or `off`; no VIDEO-PACKETS is no video. `scripts/bench` starts both.

import Control
import Glibc
import LoadTest
import Values
import Web

func number(_ index: Int) -> Int {
  index < CommandLine.arguments.count ? Int(CommandLine.arguments[index]) ?? 0 : 0
}

let status = Control.run {
  let words = CommandLine.arguments
  guard words.count == 10 else {
    print("usage: media-bench URL PID ROOMS PARTICIPANTS SENDERS AUDIO VIDEO-PACKETS RAMP HOLD")
    return Control.stop(2)
  }
  var plan = LoadPlan()
  plan.rooms = number(3)
  plan.participants = number(4)
  plan.listeners = Double(number(4) - number(5)) / Double(number(4))
  plan.audio = words[6] == "on" ? .on : .off
  plan.audioBytes = 100
  plan.video = number(7) > 0 ? .vp8 : .off
  plan.videoPacketsPerSecond = Int64(number(7))
  plan.ramp = .seconds(number(8))
  plan.hold = .seconds(number(9))
  plan.hasOwnSockets = true
  do {
    let target = try await WebSocketTarget.resolve(words[1], path: "/")
    let context = try LoadContext(plan, isLoopback: false, callersEach: 2)
    let pid = number(2)
    let run = LoadRun(context, sample: { ServerSample(pid: pid) }, progress: { _ in }) {
      JanusParticipant($0, target, context)
    }
    print(String(decoding: await run.run().json(missed: []).encoded(), as: UTF8.self))
    Control.stop(0)
  } catch {
    print("media-bench: \(error)")
    Control.stop(1)
  }
}
exit(status)
