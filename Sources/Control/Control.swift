// The control plane's one thread. Everything marked `@Control` runs on it, so control state needs no lock and
// can't be seen half changed. Callbacks of C libraries that are driven by the loop enter with `Control.assume`.

@globalActor package actor Control {
  package static let shared = Control()

  /// The loop behind the actor. Web hands its libev pointer to libwebsockets.
  package nonisolated let loop = ControlLoop()

  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Runs the loop on the calling thread, with `main` as its first work, until `stop` is called. Returns
  /// what `stop` was given. For the program's main thread.
  package nonisolated static func run(_ main: @escaping @Control @Sendable () async -> Void) -> Int32 {
    shared.loop.adoptThread(named: "control")
    Task { @Control in await main() }
    return shared.loop.run()
  }

  /// Runs the loop on a thread of its own, for tests: the first call starts it, later ones do nothing.
  package nonisolated static func runInBackground() { shared.loop.runInBackground() }

  package static func stop(_ exitCode: Int32) { shared.loop.stop(exitCode) }

  /// For callbacks that C makes on the loop's thread: they are on the actor already, the compiler just can't
  /// see it. Traps on any other thread. About 30 ns, a quarter of `assumeIsolated`.
  package nonisolated static func assume<Result, Failure: Error>(
    _ body: @Control () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(shared.loop.isCurrent, "called on a thread that is not the control loop's")
    return try withoutActuallyEscaping(body) { body throws(Failure) -> Result in
      let unisolated = unsafeBitCast(body, to: (() throws(Failure) -> Result).self)
      return try unisolated()
    }
  }
}
