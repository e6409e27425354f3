import Gossip
import Primitives

/// Machines of a cluster, their network, clocks and disks, on one virtual clock.
///
///     scenario ─ faults, orders ─▶ BusWorld: planned events ─▶ ClusterBus ─▶ actions ─▶ network, disk, data
///                ◀─ what happened ─
final class BusWorld {
    /// How the network behaves.
    struct Conditions {
        /// Milliseconds that a message takes.
        var latency: ClosedRange<Int64> = 1...5
        /// One of so many messages takes up to `lateness` more; 0 for none.
        var lateOneIn = 0
        var lateness: Int64 = 400
        /// One of so many messages comes twice; 0 for none.
        var doubledOneIn = 0
        /// Whether nodes can be cut off from each other.
        var canCut = true
        /// Whether what the disk is asked for is kept.
        var keepsFiles = true
        /// Milliseconds over which the first connections are spread, so that 2,000 nodes do not all greet each other at once.
        var greeting: Int64 = 0
        /// When the clocks stand at zero: milliseconds since 1970.
        var epoch = BusWorld.epoch
        /// The port of the first node, and how far that of the next one is from it.
        var (port, portDistance) = (6379, 0)
    }

    let conditions: Conditions
    let configuration: BusConfiguration
    var random: RandomSource
    /// Milliseconds since the beginning.
    private(set) var now: Int64 = 0
    private var heap = EventHeap()
    private(set) var network: BusNetwork
    private(set) var processes: [BusProcess?]
    private var incarnations: [Int32]
    private var disks: [BusDisk]
    /// What is added to the clock of each node, in milliseconds.
    var clocks: [Int64]
    private var hosts: [String]
    private var numbers: [String: Int] = [:]
    /// What a node has of its data when its process starts.
    private var keptOffsets: [Int64]
    /// Makes a process that is more than its machine.
    var makeProcess: ((_ number: Int, _ incarnation: Int32, _ bus: ClusterBus) -> BusProcess)?
    /// Who hears what happens.
    unowned var watcher: BusWatcher?

    /// When the clocks stand at zero: milliseconds since 1970.
    static let epoch: Int64 = 1_700_000_000_000
    static let tickMilliseconds: Int64 = 100
    private static let busPortDistance = 10_000

    init(_ count: Int, _ configuration: BusConfiguration, _ conditions: Conditions, seed: UInt64) {
        (self.conditions, self.configuration) = (conditions, configuration)
        random = RandomSource(seed: seed)
        network = BusNetwork(count, canCut: conditions.canCut)
        processes = (0..<count).map { _ in nil }
        incarnations = Array(repeating: 0, count: count)
        disks = Array(repeating: BusDisk(), count: count)
        (clocks, keptOffsets) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
        hosts = (0..<count).map { "10.0.\($0 / 250).\($0 % 250 + 1)" }
        for (number, host) in hosts.enumerated() { numbers[host] = number }
    }

    /// The processes that run.
    var running: [BusProcess] { processes.compactMap { $0 } }
    func clock(_ number: Int) -> Int64 { conditions.epoch + now + clocks[number] }
    func address(_ number: Int) -> NodeAddress {
        let port = conditions.port + number * conditions.portDistance
        return NodeAddress(host: hosts[number], port: port, busPort: port + BusWorld.busPortDistance)
    }
    func number(_ host: String) -> Int? { numbers[host] }

    // MARK: Time

    /// Goes on to a time.
    func run(until end: Int64) {
        while let time = heap.nextTime, time <= end { happen(heap.next()) }
        now = max(now, end)
    }

    /// Has the watcher called.
    func planAlarm(_ number: Int, after milliseconds: Int64) {
        heap.plan(PlannedEvent(now + milliseconds, .alarm, number, 0))
    }

    func planStart(_ number: Int, after milliseconds: Int64) {
        heap.plan(PlannedEvent(now + milliseconds, .start, number, Int(incarnations[number])))
    }

    private func happen(_ event: PlannedEvent) {
        now = event.time
        let subject = Int(event.subject)
        switch event.kind {
        case .tick: tick(subject, event.detail)
        case .arrival: arrive(event.detail)
        case .opening: heal(from: subject, to: Int(event.detail))
        case .start:
            if processes[subject] == nil, incarnations[subject] == event.detail { start(subject) }
        case .alarm: watcher?.alarm(subject)
        }
    }

    // MARK: Processes

    /// Starts a process from what its disk has.
    func start(_ number: Int) {
        let file = disks[number].read(&random)
        start(number, file: file.map { BusWorld.reread($0) })
    }

    /// Starts a process from a file.
    func start(_ number: Int, file: NodesFile?) {
        incarnations[number] += 1
        var own = configuration
        (own.port, own.busPort) = (address(number).port, address(number).busPort)
        let bus = ClusterBus(own, file: file, seed: random.next())
        let data = ReplicatedData(offset: keptOffsets[number])
        let process =
            makeProcess?(number, incarnations[number], bus)
            ?? BusProcess(number, incarnations[number], bus, host: hosts[number], data: data)
        processes[number] = process
        process.data.follow(process.bus.myself.primary.flatMap { self.number(of: $0, seenBy: process) })
        watcher?.didStart(process)
        settle(process)
        let first = now + Int64.random(in: 1...BusWorld.tickMilliseconds, using: &random)
        heap.plan(PlannedEvent(first, .tick, number, Int(process.incarnation)))
    }

    /// A file as its text says it.
    private static func reread(_ file: NodesFile) -> NodesFile {
        do throws(NodesFileError) {
            return try NodesFile(file.bytes(usesTLS: false), usesTLS: false)
        } catch {
            preconditionFailure("a file of the simulation is not understood: \(error)")
        }
    }

    private func number(of name: NodeName, seenBy process: BusProcess) -> Int? {
        process.bus.member(name).flatMap { numbers[$0.address.host] }
    }

    /// The process is no more, and everybody who reaches it hears of it.
    func stop(_ number: Int) {
        guard let process = processes[number] else { return }
        processes[number] = nil
        keptOffsets[number] = process.data.offset
        watcher?.didStop(process)
        for link in process.openLinks { close(process, link) }
    }

    /// What the disk of a node has is another file, or none.
    func replaceFile(_ number: Int, _ file: NodesFile) { disks[number].save(file, isDurable: true) }

    /// The disk of a node is empty.
    func loseFile(_ number: Int) { disks[number] = BusDisk() }

    /// The node has another address when its process starts next.
    func move(_ number: Int) {
        let parts = hosts[number].split(separator: ".")
        let host = "10.\(Int(parts[1])! + 1).\(parts[2]).\(parts[3])"
        hosts[number] = host
        numbers[host] = number
    }

    private func tick(_ number: Int, _ incarnation: Int32) {
        guard let process = processes[number], process.incarnation == incarnation else { return }
        process.report(self)
        let clock = clock(number)
        process.bus.receive(.tick, now: clock)
        settle(process)
        let pause = min(max(process.bus.nextTick(after: clock) - clock, 1), BusWorld.tickMilliseconds)
        heap.plan(PlannedEvent(now + pause, .tick, number, Int(incarnation)))
    }

    /// What stands for a node's data goes on.
    func replicate(_ process: BusProcess) {
        guard let primary = process.data.primary else {
            if process.acceptsWrites { process.data.write(Int64(process.number % 3 + 1) * 10, now: now) }
            return
        }
        let number = process.number
        let isReached = !network.isCut(from: number, to: primary) && !network.isCut(from: primary, to: number)
        let other = isReached ? processes[primary]?.data.offset : nil
        process.data.replicate(other, isGone: processes[primary] == nil, now: now)
    }

    // MARK: Messages

    private func arrive(_ number: Int32) {
        guard let parcel = network.take(number) else { return }
        let end = network.end(parcel.connection, parcel.end)
        guard let process = processes[Int(end.node)] else {
            if case .opening = parcel.content { post(.ended, parcel.connection, to: 0) }
            return
        }
        let link = LinkID(end.link)
        let clock = clock(process.number)
        switch parcel.content {
        case .opening: accept(process, parcel.connection)
        case .opened: process.bus.receive(.connected(link, localHost: process.host), now: clock)
        case .ended:
            forget(process, end.link)
            process.bus.receive(.ended(link), now: clock)
        case .message(let message):
            watcher?.didReceive(process, message)
            process.bus.receive(.received(link, message), now: clock)
        }
        settle(process)
    }

    private func accept(_ process: BusProcess, _ connection: Int32) {
        let link = process.numberOfAccepted()
        network.open(connection, 1, link: link)
        process.add(link, connection, end: 1)
        post(.opened, connection, to: 0)
        let from = hosts[Int(network.end(connection, 0).node)]
        let event = BusEvent.accepted(LinkID(link), from: from, localHost: process.host)
        process.bus.receive(event, now: clock(process.number))
    }

    private func post(_ content: BusNetwork.Content, _ connection: Int32, to end: Int) {
        let isLate = conditions.lateOneIn > 0 && Int.random(in: 0..<conditions.lateOneIn, using: &random) == 0
        var latency = Int64.random(in: conditions.latency, using: &random)
        if isLate { latency += Int64.random(in: 0...conditions.lateness, using: &random) }
        if case .opening = content, now < conditions.greeting {
            latency += Int64.random(in: 0..<conditions.greeting - now, using: &random)
        }
        let (time, parcel) = network.send(content, connection, to: end, at: now + latency)
        heap.plan(PlannedEvent(time, .arrival, 0, Int(parcel)))
    }

    private func forget(_ process: BusProcess, _ link: UInt64) {
        guard let (connection, end) = process.remove(link) else { return }
        network.close(connection, end)
    }

    private func close(_ process: BusProcess, _ link: UInt64) {
        guard let (connection, end) = process.remove(link) else { return }
        post(.ended, connection, to: 1 - end)
        network.close(connection, end)
    }

    // MARK: Actions

    /// Carries out what the machine wants done.
    func settle(_ process: BusProcess) {
        var actions = process.bus.takeActions()
        while !actions.isEmpty {
            for action in actions {
                if let left = process.actionsLeft {
                    if left == 0 { return stop(process.number) }
                    process.actionsLeft = left - 1
                }
                carryOut(action, process)
            }
            // What the node has answered to an order.
            actions = process.bus.takeActions()
        }
        watcher?.didTurn(process)
    }

    private func carryOut(_ action: BusAction, _ process: BusProcess) {
        switch action {
        case .connect(let link, let host, _): connect(process, link, host)
        case .send(let link, let message): send(process, link, message)
        case .close(let link): close(process, link.number)
        case .save(let isDurable):
            if conditions.keepsFiles { disks[process.number].save(process.bus.file, isDurable: isDurable) }
        case .order(let order): obey(order, process)
        case .log(_, let text): watcher?.didLog(process, text)
        }
    }

    private func connect(_ process: BusProcess, _ link: LinkID, _ host: String) {
        // Nobody is where a node was before it moved, but for the process that has moved away.
        let to = numbers[host].map { hosts[$0] == host ? $0 : process.number } ?? process.number
        let connection = network.connect(process.number, link: link.number, to: to)
        process.add(link.number, connection, end: 0)
        if hosts[to] == host { post(.opening, connection, to: 1) } else { post(.ended, connection, to: 0) }
    }

    private func send(_ process: BusProcess, _ link: LinkID, _ message: BusMessage) {
        guard let (connection, end) = process.connection(link) else { return }
        watcher?.didSend(process, message, to: Int(network.end(connection, 1 - end).node))
        post(.message(message), connection, to: 1 - end)
        guard conditions.doubledOneIn > 0, Int.random(in: 0..<conditions.doubledOneIn, using: &random) == 0 else {
            return
        }
        post(.message(message), connection, to: 1 - end)
    }

    private func obey(_ order: NodeOrder, _ process: BusProcess) {
        watcher?.didOrder(process, order)
        process.obey(order, self)
    }

    /// Carries out an order of a person; what the node answers, nil for OK.
    func perform(_ order: BusOrder, _ process: BusProcess) -> String? {
        var refusal: String?
        do throws(BusError) {
            try process.bus.perform(order, now: clock(process.number))
        } catch {
            refusal = error.text
        }
        settle(process)
        return processes[process.number] === process ? refusal : "the process has ended"
    }

    // MARK: Faults

    /// For a while nothing of one node arrives at another.
    func cut(from: Int, to: Int, for milliseconds: Int64) {
        guard from != to, !network.isCut(from: from, to: to) else { return }
        network.cut(from: from, to: to)
        heap.plan(PlannedEvent(now + milliseconds, .opening, from, to))
    }

    /// One node reaches another again: what has waited arrives.
    func heal(from: Int, to: Int) {
        guard network.isCut(from: from, to: to) else { return }
        for parcel in network.heal(from: from, to: to) { arrive(parcel) }
    }

    /// Breaks what connections there are between two nodes; what is on its way is lost.
    func breakLinks(_ a: Int, _ b: Int) {
        guard let process = processes[a] else { return }
        for connection in network.connections(of: a, where: { Int($0.node) == b }) {
            for end in 0...1 where network.end(connection, end).isOpen {
                let there = network.end(connection, end)
                guard let other = processes[Int(there.node)] else { continue }
                forget(other, there.link)
                other.bus.receive(.ended(LinkID(there.link)), now: clock(other.number))
                settle(other)
            }
        }
        settle(process)
    }
}

/// Who hears what happens in a world of machines.
protocol BusWatcher: AnyObject {
    func alarm(_ number: Int)
    func didStart(_ process: BusProcess)
    func didStop(_ process: BusProcess)
    /// Something has happened at a machine, and all that it wanted is done.
    func didTurn(_ process: BusProcess)
    func didSend(_ process: BusProcess, _ message: BusMessage, to number: Int)
    func didReceive(_ process: BusProcess, _ message: BusMessage)
    func didOrder(_ process: BusProcess, _ order: NodeOrder)
    func didLog(_ process: BusProcess, _ text: String)
}
