import Clustering
import Commands
import Persistence
import Primitives
import RESP
import Replication
import Settings
import Storage

/// A node of a simulation: all that a process has, driven as the server's loop drives it, on a clock, a network and a disk
/// that the simulation owns.
final class SimulatedNode {
    let number: Int
    let node: Node
    let replication: Replication
    let snapshots: Snapshots
    private let environment = SimulatedEnvironment()
    private let disk: MemoryDisk
    private let logDisk: MemoryDisk
    private let log: SimulatedLog
    private let connector: SimulatedConnector
    private let peers: SimulatedPeers
    /// The node's part in a cluster; nil where there is none.
    let cluster: Cluster?
    private let client: Session
    /// A client that only looks, so that nothing makes it wait.
    private let observer: Session
    /// Sessions of replicas that are connected here, with their links.
    private(set) var accepted: [(link: SimulatedLink, session: Session)] = []
    private var nextTick: Int64 = 0
    private var nextDescriptor: Int32 = 10
    /// The last lines of the log, for whoever looks into a failure.
    private(set) var lines: [String] = []
    /// Whether the process has ended by itself.
    private(set) var hasCrashed = false

    static let snapshotName = "dump.rdb"
    private static let directives = """
        enable-debug-command yes
        save ""
        repl-timeout 5
        repl-ping-replica-period 1
        repl-backlog-size 16kb
        repl-diskless-sync-delay 0
        """

    /// Starts a process.
    /// - Parameters:
    ///   - directives: of its own, a line for each.
    ///   - primary: what its configuration says.
    ///   - bus: the machine of a cluster's node.
    init(
        _ number: Int, _ network: SimulatedNetwork, _ disk: MemoryDisk, directives: String,
        logDisk: MemoryDisk, primary: PrimaryAddress?, seed: UInt64, bus: SharedBus? = nil
    ) {
        self.number = number
        self.disk = disk
        self.logDisk = logDisk
        var settings = Settings()
        do throws(SettingsError) {
            let port = "port \(SimulatedNetwork.port(number))"
            try settings.read(text: "\(SimulatedNode.directives)\n\(port)\n\(directives)\n", named: "simulation")
        } catch {
            preconditionFailure("the simulation's settings are wrong")
        }
        settings.replicaof = primary
        node = Node(
            settings: settings, clock: .manual(network.hands), seed: seed, environment: environment,
            families: allFamilies + persistenceFamilies + replicationFamilies
                + (bus == nil ? [] : migrationFamilies + clusteringFamilies))
        snapshots = Snapshots(node, disk)
        node.saving = snapshots
        replication = Replication(node, snapshots)
        cluster = bus.map { [node, replication] in Cluster(node, replication, $0) }
        connector = SimulatedConnector(number, network, disk)
        peers = SimulatedPeers(number, network)
        cluster?.slotMigrations.connector = peers
        // A turn of a simulated node takes ten milliseconds.
        cluster?.slotMigrations.wait(pause: 400, answer: 150)
        log = SimulatedLog(node, logDisk)
        client = node.accept(peerAddress: "10.0.0.9:1", localAddress: "10.0.0.1:1", descriptor: 8)
        observer = node.accept(peerAddress: "10.0.0.9:2", localAddress: "10.0.0.1:1", descriptor: 7)
        connector.replica = replication.replica
        replication.replica.connector = connector
        replication.primary.openFile = { [unowned disk] name in
            disk.files["./\(name)"].map { FilePayload($0) }
        }
        replication.primary.removeFile = { [unowned disk] name in disk.files["./\(name)"] = nil }
        if let primary = cluster?.expectedPrimary { node.become(replicaOf: primary) }
        replication.replica.begin()
        load()
        cluster?.verifyLoadedKeys()
        cluster?.report()
    }

    /// Loads what the last process has left.
    private func load() {
        if log.start() { return }
        guard let bytes = disk.files["./\(SimulatedNode.snapshotName)"] else { return }
        bytes.withBytes { bytes in
            snapshots.beginLoading(bytes)
            do throws(RDBError) {
                _ = try snapshots.continueLoading(most: .max)
            } catch {
                preconditionFailure("a snapshot of the simulation is damaged at \(error.offset): \(error.reason)")
            }
        }
        replication.continueHistory(snapshots.loadedFacts)
    }

    // MARK: Turns

    /// What the loop of a process does once.
    func turn(_ random: inout RandomSource, _ network: SimulatedNetwork) {
        node.beginTurn()
        cluster?.beginTurn()
        connector.receive(&random)
        for (link, session) in accepted { receive(link, session, &random, network) }
        runTimers()
        if replication.replica.isLoading {
            replication.replica.loadSome(most: Int.random(in: 1...4096, using: &random))
        }
        peers.turn(&random)
        cluster?.slotMigrations.endTurn()
        peers.turn(&random)
        carryOut(network)
        send(&random, network)
        log.endTurn()
        save(&random)
        carryOut(network)
        if environment.hasCrashed { hasCrashed = true }
    }

    private func receive(
        _ link: SimulatedLink, _ session: Session, _ random: inout RandomSource, _ network: SimulatedNetwork
    ) {
        while session.wantsInput,
            let bytes = link.toPrimary.receive(now: network.now, most: Int.random(in: 1...4096, using: &random))
        {
            run(session, bytes)
            if session.isClosed { break }
        }
        if let end = link.endAtPrimary, network.now >= end { forget(link) }
    }

    func run(_ session: Session, _ bytes: [UInt8]) {
        session.roomForInput(bytes.count).copyBytes(from: bytes)
        session.didReceive(bytes.count)
        node.run(session)
    }

    private func runTimers() {
        guard node.monotonic >= nextTick else { return }
        nextTick = node.monotonic + 100
        node.tickTimers()
        snapshots.tick()
        log.tick()
        replication.tick()
        replication.replica.tick()
        cluster?.tick()
        _ = node.removeExpiredKeys()
        node.keepMemory()
    }

    private func carryOut(_ network: SimulatedNetwork) {
        while node.hasActions {
            for action in node.takeActions() { carryOut(action, network) }
        }
    }

    private func carryOut(_ action: NodeAction, _ network: SimulatedNetwork) {
        switch action {
        case .log(_, let text): lines = lines.suffix(60) + ["\(network.now) \(text)"]
        case .close(let session): end(session, network)
        case .resume(let session): if !session.isClosed { node.run(session) }
        case .deliver: node.drainPushed { _ in }
        case .shutdown: hasCrashed = true
        case .settingsChanged: break
        }
    }

    private func end(_ session: Session, _ network: SimulatedNetwork) {
        if session.isPrimary { return replication.replica.didKill(session) }
        guard let link = accepted.first(where: { $0.session === session })?.link else { return }
        link.endAtReplica = link.endAtReplica ?? network.arrival()
        forget(link)
    }

    private func forget(_ link: SimulatedLink) {
        guard let index = accepted.firstIndex(where: { $0.link === link }) else { return }
        let session = accepted.remove(at: index).session
        node.remove(session)
    }

    // MARK: Sending

    private func send(_ random: inout RandomSource, _ network: SimulatedNetwork) {
        let primary = replication.primary
        primary.endTurn()
        primary.willSend()
        for (link, session) in accepted { send(link, session, &random, network) }
        primary.checkLimits()
    }

    private func send(
        _ link: SimulatedLink, _ session: Session, _ random: inout RandomSource, _ network: SimulatedNetwork
    ) {
        let ready = node.releasableOutput(session)
        if ready > 0 {
            link.toReplica.send(Array(session.waitingOutput.buffer.prefix(ready)), arrival: network.arrival())
            session.didSend(ready)
        }
        guard session.isReplica, let replica = replication.primary.links.first(where: { $0.session === session }) else {
            return
        }
        while link.toReplica.room > 0 {
            let most = min(link.toReplica.room, Int.random(in: 1...8192, using: &random))
            let bytes = replica.withWaiting { Array($0.buffer.prefix(most)) }
            if bytes.isEmpty { return }
            link.toReplica.send(bytes, arrival: network.arrival())
            replication.primary.didSend(bytes.count, replica)
        }
    }

    private func save(_ random: inout RandomSource) {
        var steps = Int.random(in: 1...40, using: &random)
        let isOver = {
            steps -= 1
            return steps < 0
        }
        snapshots.holdBack()
        replication.primary.holdBack()
        log.holdBack()
        if snapshots.isReady { snapshots.advance(until: isOver) }
        if replication.primary.isReadyToWalk { replication.primary.advance(until: isOver) }
        log.advance(until: isOver)
        if let migrations = cluster?.slotMigrations, migrations.isReadyToWalk { migrations.walk(until: isOver) }
        if Bool.random(using: &random) { log.takeResults() }
        if Int.random(in: 0..<4, using: &random) == 0 { return }
        for result in disk.results() { snapshots.receive(result) }
    }

    // MARK: From outside

    /// Takes a replica's connection.
    func accept(_ link: SimulatedLink) {
        nextDescriptor += 1
        let session = node.accept(
            peerAddress: "10.0.0.\(link.replica):5000", localAddress: "10.0.0.\(number):1", descriptor: nextDescriptor)
        accepted.append((link, session))
    }

    /// Runs a command of the simulation's client; its reply.
    func run(_ arguments: [String]) -> String { run(arguments, client) }

    /// Runs a command that no pause keeps waiting, whatever the client waits for; its reply.
    func observe(_ arguments: [String]) -> String { run(arguments, observer) }

    private func run(_ arguments: [String], _ session: Session) -> String {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { bytes += Array("$\(argument.utf8.count)\r\n\(argument)\r\n".utf8) }
        node.beginTurn()
        run(session, bytes)
        let reply = String(session.waitingOutput)
        session.didSend(session.waitingOutput.count)
        return reply
    }

    /// Ends the process: without warning, or with a snapshot.
    func stop(savesFirst: Bool, _ random: inout RandomSource) {
        if savesFirst {
            try? snapshots.save()
            log.close()
        }
        disk.crash(&random)
        logDisk.crash(&random)
    }

    /// The keys of the first database that another node has in another way, or not, or alone.
    func difference(to other: SimulatedNode) -> [String] {
        let names = Set([self, other].flatMap { $0.observe(["KEYS", "*"]).split(separator: "\r\n").map(String.init) })
        return names.filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }.sorted().filter { key in
            let command = ["DEBUG", "DIGEST-VALUE", key]
            return observe(command) != other.observe(command)
        }
    }

    /// What tells two data sets apart.
    var digest: String { observe(["DEBUG", "DIGEST"]) }
    /// Whether bytes of a snapshot have come, and not all.
    var isReceivingSnapshot: Bool { (replication.replica.figures?.transferred ?? 0) > 0 }
    /// Whether a handover is under way.
    var isHandingOver: Bool { replication.figures.failoverState != "no-failover" }
    var offset: Int64 { node.keyspace.journal.offset }
    /// Whether it has all of its primary's history, as far as it knows.
    var isLinked: Bool { node.isLinkUp }
}

/// What a simulated process finds outside of itself.
private final class SimulatedEnvironment: Environment {
    var residentBytes = 0
    var memory: ProcessMemory { ProcessMemory() }
    var cpuSeconds = (system: 0.0, user: 0.0)
    var threadCPUSeconds = (system: 0.0, user: 0.0)
    var pendingDisposals = 0
    var pendingDisposalBytes = 0
    var hasCrashed = false

    func sleep(microseconds: Int64) {}
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {}
    func readConfiguration() throws(CommandError) -> (path: String, text: String)? { nil }
    func writeConfiguration(_ text: String) throws(CommandError) {}
    func crash(_ reason: String) { hasCrashed = true }
    func releaseMemory() {}
    func turnWhileBusy() -> Bool { true }
}
