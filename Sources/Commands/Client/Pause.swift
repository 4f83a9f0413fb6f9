// A wait on the control loop.

import Control

@Control enum Pause {
  static func wait(_ time: Duration) async {
    var timer: Timer?
    await withCheckedContinuation { continuation in
      timer = Timer(after: time) { continuation.resume() }
    }
    timer?.cancel()
  }
}
