import Gossip
import Primitives

/// A process of a simulated node: the machine, and what stands for the rest of the node.
class BusProcess {
    let number: Int
    /// Which process of the node it is.
    let incarnation: Int32
    var bus: ClusterBus
    var host: String
    var data: ReplicatedData
    /// The connections and their ends by the machine's numbers.
    private var links: [UInt64: (connection: Int32, end: Int)] = [:]
    private var accepted: UInt64 = 1
    /// After so many more actions the process dies; nil where nothing kills it.
    var actionsLeft: Int?

    init(_ number: Int, _ incarnation: Int32, _ bus: ClusterBus, host: String, data: ReplicatedData) {
        (self.number, self.incarnation, self.bus, self.host, self.data) = (number, incarnation, bus, host, data)
    }

    /// A number for a connection that comes to the node.
    func numberOfAccepted() -> UInt64 {
        accepted += 2
        return accepted
    }

    func add(_ link: UInt64, _ connection: Int32, end: Int) { links[link] = (connection, end) }
    func remove(_ link: UInt64) -> (connection: Int32, end: Int)? { links.removeValue(forKey: link) }
    func connection(_ link: LinkID) -> (connection: Int32, end: Int)? { links[link.number] }
    /// The connections that it knows, in the order in which they were made.
    var openLinks: [UInt64] { links.keys.sorted() }

    // MARK: The rest of the node

    /// The node tells the machine how it stands; before every tick.
    func report(_ world: BusWorld) {
        world.replicate(self)
        tell(world)
    }

    /// Does what the machine wants of the node.
    func obey(_ order: NodeOrder, _ world: BusWorld) {
        switch order {
        case .follow(_, let host, _): data.follow(world.number(host))
        case .lead: data.follow(nil)
        case .pauseWrites(let milliseconds): data.pausedUntil = world.now + Int64(milliseconds)
        case .resumeWrites: data.pausedUntil = 0
        case .promise(_, _, let number): data.promiseNumber = number
        case .removeKeys, .publish, .saved: return
        }
        tell(world)
    }

    private func tell(_ world: BusWorld) {
        let clock = world.clock(number)
        bus.receive(.reported(data.report(now: world.now, clock: clock - world.now)), now: clock)
    }

    /// Which node it replicates, and whether the link to it is up.
    var primary: (number: Int, isLinkUp: Bool)? { data.primary.map { ($0, data.isLinkUp) } }

    /// What changes with its claim. Piece by piece, since the whole machine would be copied.
    var mark: BusInvariants.Mark {
        BusInvariants.Mark(mapVersion: bus.mapVersion, epoch: bus.currentEpoch, isUp: bus.isUp)
    }

    /// Whether it takes writes.
    var acceptsWrites: Bool { bus.isUp && bus.myself.isPrimary && !bus.myself.slots.isEmpty }
}

/// What stands for a node's data: how much of the shard's history it has, and how its link to the primary is.
struct ReplicatedData {
    /// In bytes.
    var offset: Int64 = 0
    /// Which node it replicates.
    var primary: Int?
    /// Since when, in milliseconds, the primary is reached without the link being up yet.
    private var reachedSince: Int64?
    private(set) var isLinkUp = false
    private(set) var heardAt: Int64?
    /// Until when writes rest.
    var pausedUntil: Int64 = 0
    /// The number of the last order to promise.
    var promiseNumber: UInt64 = 0

    init(offset: Int64) { self.offset = offset }

    private static let synchronisation: Int64 = 300
    private static let timeout: Int64 = 10_000

    mutating func follow(_ primary: Int?) {
        if primary == self.primary { return }
        self.primary = primary
        (reachedSince, isLinkUp, heardAt) = (nil, false, nil)
    }

    /// A write of a client.
    mutating func write(_ bytes: Int64, now: Int64) { if now >= pausedUntil { offset += bytes } }

    /// A while has passed.
    /// - Parameter other: the primary's offset; nil where it is not reached.
    /// - Parameter isGone: whether nothing listens there.
    mutating func replicate(_ other: Int64?, isGone: Bool, now: Int64) {
        guard let other else {
            reachedSince = nil
            if isGone || now - (heardAt ?? now) > ReplicatedData.timeout { isLinkUp = false }
            return
        }
        reachedSince = reachedSince ?? now
        if !isLinkUp, now - reachedSince! < ReplicatedData.synchronisation { return }
        (isLinkUp, heardAt, offset) = (true, now, other)
    }

    /// What the machine is told; times by the node's clock.
    func report(now: Int64, clock: Int64) -> NodeReport {
        var report = NodeReport()
        report.offset = offset
        report.isLinkUp = isLinkUp
        report.linkHeardAt = heardAt.map { $0 + clock }
        report.isPaused = now < pausedUntil
        report.promiseNumber = promiseNumber
        return report
    }
}

/// The place of `nodes.conf`. What was not synchronised may be lost with the process.
struct BusDisk {
    private var durable: NodesFile?
    private var written: [NodesFile] = []

    mutating func save(_ file: NodesFile, isDurable: Bool) {
        if isDurable { (durable, written) = (file, []) } else { written = written.suffix(3) + [file] }
    }

    /// What a new process finds, through the file's text.
    mutating func read(_ random: inout RandomSource) -> NodesFile? {
        let candidates = [durable] + written
        durable = candidates[Int.random(in: candidates.indices, using: &random)]
        written = []
        return durable
    }
}
