// One moment on both clocks: the steady one that measures waits, and the calendar that goes into what is kept.
// Machines are handed it; only the composition reads clocks.

package import Values

package struct Moment: Sendable, Equatable {
  package let instant: ContinuousClock.Instant
  package let time: Timestamp

  package init(instant: ContinuousClock.Instant, time: Timestamp) {
    self.instant = instant
    self.time = time
  }

  static func + (moment: Moment, wait: Duration) -> Moment {
    Moment(instant: moment.instant + wait, time: moment.time + wait)
  }
}
