// What the participants of a load test share: the generators that play their media, numbers for callers, the clock, and
// the tally of how far everybody has come.

package import Control
package import Crypto
import Engine
package import Generator
import Glibc
import Link
package import Wire

/// Why a load test can't begin, in words for whoever started it.
package struct LoadFailure: Error, Equatable, CustomStringConvertible {
  package let description: String
}

@Control package final class LoadContext {
  package let plan: LoadPlan
  package let certificate: DTLSContext
  package let tally = LoadTally()
  private var generators: [Generator] = []
  private var mailboxes: [EventBox] = []
  private var free: [[Int32]] = []
  private var owners: [[(any LoadParticipant)?]] = []
  private var watches: [DescriptorWatch] = []
  /// The latest of each generator.
  package private(set) var figures: [GeneratorFigures] = []

  /// An array holds no owner that can't be copied but through a box.
  private final class EventBox {
    var mailbox: Mailbox<GeneratorEvent>
    init(_ mailbox: consuming Mailbox<GeneratorEvent>) { self.mailbox = mailbox }
  }

  /// `callersEach`: for how many of them a participant needs room.
  package init(
    _ plan: LoadPlan, isLoopback: Bool, callersEach: Int = 1
  ) throws(LoadFailure) {
    self.plan = plan
    certificate = DTLSContext(DTLSCertificate())
    let perThread = (plan.total + plan.threads - 1) / plan.threads
    for number in 0..<plan.threads {
      var options = GeneratorOptions(certificate: certificate)
      options.number = number
      options.callersMax = (perThread + plan.participants) * callersEach
      options.addresses = isLoopback && !plan.hasOwnSockets ? .shared : .separate
      options.seed = plan.seed &+ UInt64(number)
      options.sendLoss = plan.loss
      options.receiveLoss = plan.loss
      do throws(SocketFailure) {
        try open(options)
      } catch {
        throw LoadFailure(
          description: "no UDP socket can be opened: \(String(cString: strerror(error.errorNumber)))")
      }
    }
  }

  private func open(_ options: GeneratorOptions) throws(SocketFailure) {
    let wakeUp = try WakeUp()
    let box = EventBox(Mailbox(capacity: Limits.eventCapacity) { wakeUp.signal() })
    let generator = try Generator(options, events: box.mailbox.sender)
    generators.append(generator)
    mailboxes.append(box)
    free.append((0..<Int32(options.callersMax)).reversed())
    owners.append(Array(repeating: nil, count: options.callersMax))
    figures.append(GeneratorFigures())
    let index = options.number
    watches.append(
      DescriptorWatch(wakeUp.descriptor) { [unowned self] in
        wakeUp.clear()
        collect(index)
      })
    WorkThread.spawn(named: "generator-\(index)") { generator.run() }
  }

  private func collect(_ index: Int) {
    var arrived: [GeneratorEvent] = []
    mailboxes[index].mailbox.receive { arrived.append($0) }
    for event in arrived {
      switch event {
      case .figures(let latest): figures[index] = latest
      case .reachable(let number, _), .connected(let number, _), .failed(let number, _),
        .closed(let number), .firstPacket(let number, _, _):
        owners[index][Int(number)]?.happened(event)
      }
    }
  }

  package var nowNanoseconds: Int64 { PollLoop.nowNanoseconds }

  package var fingerprint: Fingerprint {
    let own = certificate.certificate.fingerprint
    return Fingerprint(hash: own.algorithm.rawValue, digest: own.bytes)
  }

  // MARK: Callers

  /// All callers of a room play on one thread, rooms by turns.
  package func openCaller(
    for owner: any LoadParticipant, _ credentials: ICECredentials, seed: UInt64
  ) -> LoadSeat? {
    let generator = owner.plan.room % generators.count
    guard let number = free[generator].popLast() else { return nil }
    owners[generator][Int(number)] = owner
    let seat = LoadSeat(generator: generator, number: number)
    send(.open(number, credentials, seed: seed), to: seat)
    return seat
  }

  package func closeCaller(_ seat: LoadSeat) {
    send(.close(seat.number), to: seat)
    owners[seat.generator][Int(seat.number)] = nil
    free[seat.generator].insert(seat.number, at: 0)
  }

  package func send(_ command: GeneratorCommand, to seat: LoadSeat) {
    if !generators[seat.generator].commands.send(command) { tally.fail("generator_overloaded") }
  }

  /// However full their mailboxes are: a window that never opens measures nothing.
  package func sendAll(_ command: GeneratorCommand) {
    for generator in generators {
      while !generator.commands.send(command) { usleep(1_000) }
    }
  }

  /// Ends the threads.
  package func stop() {
    sendAll(.stop)
    watches = []
  }
}
