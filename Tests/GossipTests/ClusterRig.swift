import Gossip
import Primitives

/// A cluster of machines in one place: messages pass as values, on a clock that the test turns.
struct ClusterRig {
    /// A node: its machine, and as much of a server as the machine needs.
    struct Node {
        var bus: ClusterBus
        var isAlive = true
        /// The machine as it was when the disk was last asked to keep its file.
        var saved: ClusterBus?
        /// What the disk has.
        var file: NodesFile { saved?.file ?? NodesFile() }
        /// How much of the history it has.
        var offset: Int64 = 0
        /// The port of the node that it follows.
        var followed: Int?
        var heardAt: Int64?
        var isPaused = false
        /// How it acknowledges, and the number of the order that said so.
        var promise = PromiseState.off
        var promiseNumber: UInt64 = 0
        /// The term that its primary told when the link came up, and which primary that is.
        var linkTerm: UInt64?
        var linked: Int?
        /// Whether nothing of the history comes to it.
        var isLagging = false
        /// Whether it knows nothing of terms, as a node of the reference.
        var isForeign = false
        var nextTick: Int64 = 0
        /// What it was told, but for what the rig carries out.
        var orders: [NodeOrder] = []
        /// When the cluster went up or down for it, and what it published.
        var logs: [String] = []
    }

    /// Both ends of a connection.
    struct Connection {
        var (from, to): (Int, Int)
        var (outbound, inbound): (LinkID, LinkID)
    }

    enum Delivery {
        case event(BusEvent, to: Int)
        case connect(Connection)
    }

    var nodes: [Node] = []
    var now: Int64 = 1_000_000_000
    /// Pairs that cannot hear each other.
    var cuts: Set<[Int]> = []
    private var connections: [Connection] = []
    private var queue: [(at: Int64, delivery: Delivery)] = []
    private var accepted: UInt64 = 0
    private var seed: UInt64
    let timeout: Int64
    /// What is promised beyond elections.
    let rule: PromiseRule

    init(_ count: Int, timeout: Int64 = 1000, seed: UInt64 = 1, rule: PromiseRule = PromiseRule()) {
        (self.timeout, self.seed, self.rule) = (timeout, seed, rule)
        for _ in 0..<count { add() }
    }

    static func configuration(_ place: Int, timeout: Int64) -> BusConfiguration {
        var configuration = BusConfiguration()
        (configuration.port, configuration.busPort) = (7000 + place, 17_000 + place)
        configuration.nodeTimeoutMilliseconds = timeout
        return configuration
    }

    mutating func add() {
        seed += 1
        var configuration = ClusterRig.configuration(nodes.count, timeout: timeout)
        configuration.promise = rule
        nodes.append(Node(bus: ClusterBus(configuration, seed: seed)))
    }

    // MARK: Looking

    func name(_ place: Int) -> NodeName { nodes[place].bus.name }
    subscript(place: Int) -> ClusterBus { nodes[place].bus }

    /// Whether all living nodes satisfy a condition.
    func all(_ condition: (ClusterBus) -> Bool) -> Bool { nodes.allSatisfy { !$0.isAlive || condition($0.bus) } }

    /// The place of the node that all living ones take for the owner of a slot; nil where they do not agree.
    func owner(of slot: Int) -> Int? {
        let owners = Set(nodes.filter(\.isAlive).map { $0.bus.owner(of: slot) })
        guard owners.count == 1, let name = owners.first! else { return nil }
        return nodes.firstIndex { $0.bus.name == name }
    }

    // MARK: Doing

    mutating func order(_ place: Int, _ order: BusOrder) throws {
        try nodes[place].bus.perform(order, now: now)
        carryOut(place)
    }

    /// Has some nodes live in one process.
    mutating func introduce(_ places: [Int]) {
        for place in places { feed(.neighbours(Set(places.map { name($0) })), to: place) }
    }

    mutating func kill(_ place: Int) {
        nodes[place].isAlive = false
        for connection in connections where connection.from == place || connection.to == place { end(connection) }
    }

    /// Starts a node again from its file.
    /// - Parameter change: what the disk has lost of it.
    mutating func restart(_ place: Int, _ change: (inout NodesFile) -> Void = { _ in }) {
        seed += 1
        let saved = nodes[place].saved
        var configuration = ClusterRig.configuration(place, timeout: timeout)
        configuration.promise = rule
        var file = saved?.file ?? NodesFile()
        change(&file)
        nodes[place] = Node(bus: ClusterBus(configuration, file: file, seed: seed))
        nodes[place].saved = saved
    }

    /// Cuts some nodes off from all others, silently.
    mutating func cut(_ places: [Int]) {
        for a in places { for b in nodes.indices where !places.contains(b) { cuts.insert([a, b].sorted()) } }
    }

    mutating func heal() { cuts = [] }

    /// Lets time pass.
    mutating func run(_ milliseconds: Int64) {
        let end = now + milliseconds
        while now < end { step() }
    }

    /// Lets time pass until something holds; false where it does not come to hold.
    mutating func run(atMost milliseconds: Int64, until condition: (ClusterRig) -> Bool) -> Bool {
        let end = now + milliseconds
        while now < end {
            if condition(self) { return true }
            step()
        }
        return condition(self)
    }

    private mutating func step() {
        let next =
            nodes.indices.lazy.filter { [nodes] in nodes[$0].isAlive }.map { [nodes] in nodes[$0].nextTick }.min()
            ?? now
        now = max(now + 1, min(next, queue.lazy.map(\.at).min() ?? next))
        while let first = queue.firstIndex(where: { $0.at <= now }) { deliver(queue.remove(at: first).delivery) }
        for place in nodes.indices where nodes[place].isAlive && nodes[place].nextTick <= now {
            report(place)
            feed(.tick, to: place)
            nodes[place].nextTick = nodes[place].bus.nextTick(after: now)
        }
    }

    private mutating func feed(_ event: BusEvent, to place: Int) {
        guard nodes[place].isAlive else { return }
        nodes[place].bus.receive(event, now: now)
        carryOut(place)
    }

    // MARK: The server's part

    private mutating func report(_ place: Int) {
        var report = NodeReport()
        if let primary = nodes[place].followed.map({ $0 - 7000 }), hears(place, primary), nodes[primary].followed == nil
        {
            if nodes[place].linked != primary {
                (nodes[place].linked, nodes[place].linkTerm) = (primary, nodes[primary].promise.term ?? 0)
            }
            if !nodes[place].isLagging { nodes[place].offset = nodes[primary].offset }
            nodes[place].heardAt = now
            report.isLinkUp = true
            report.linkTerm = nodes[place].linkTerm
        } else {
            nodes[place].linked = nil
        }
        report.promiseNumber = nodes[place].promiseNumber
        report.offset = nodes[place].offset
        report.linkHeardAt = nodes[place].heardAt
        report.isPaused = nodes[place].isPaused
        feed(.reported(report), to: place)
    }

    private func hears(_ a: Int, _ b: Int) -> Bool {
        nodes[a].isAlive && nodes[b].isAlive && !cuts.contains([a, b].sorted())
    }

    mutating func carryOut(_ place: Int) {
        for action in nodes[place].bus.takeActions() {
            switch action {
            case .connect(let link, _, let port): connect(place, link, port - 17_000)
            case .send(let link, let message): send(place, link, message)
            case .close(let link):
                for connection in connections where connection.touches(place, link) { end(connection, besides: place) }
            case .save: nodes[place].saved = nodes[place].bus
            case .order(let order): obey(place, order)
            case .log(_, let text): nodes[place].logs.append(text)
            }
        }
    }

    private mutating func obey(_ place: Int, _ order: NodeOrder) {
        switch order {
        case .follow(_, _, let port): nodes[place].followed = port
        case .lead: nodes[place].followed = nil
        case .pauseWrites: nodes[place].isPaused = true
        case .resumeWrites: nodes[place].isPaused = false
        case .promise(let state, _, let number):
            // A new term ends the links of replicas, which come back and ask for it.
            if case .term = state, nodes[place].followed == nil {
                for other in nodes.indices where nodes[other].linked == place { nodes[other].linked = nil }
            }
            (nodes[place].promise, nodes[place].promiseNumber) = (state, number)
        case .removeKeys, .publish: break
        case .saved: return
        }
        if case .promise = order { return }
        nodes[place].orders.append(order)
    }

    // MARK: The network

    private mutating func connect(_ place: Int, _ link: LinkID, _ other: Int) {
        guard nodes.indices.contains(other), nodes[other].isAlive else { return later(.event(.ended(link), to: place)) }
        accepted += 2
        later(.connect(Connection(from: place, to: other, outbound: link, inbound: LinkID(accepted + 1))))
    }

    private mutating func send(_ place: Int, _ link: LinkID, _ message: BusMessage) {
        var message = message
        message.header.knowsTerms = !nodes[place].isForeign
        for connection in connections where connection.touches(place, link) && hears(connection.from, connection.to) {
            let isForth = connection.from == place
            let event = BusEvent.received(isForth ? connection.inbound : connection.outbound, message)
            later(.event(event, to: isForth ? connection.to : connection.from))
        }
    }

    private mutating func end(_ connection: Connection, besides closer: Int? = nil) {
        connections.removeAll { $0.outbound == connection.outbound && $0.from == connection.from }
        if closer != connection.from { later(.event(.ended(connection.outbound), to: connection.from)) }
        if closer != connection.to { later(.event(.ended(connection.inbound), to: connection.to)) }
    }

    private mutating func later(_ delivery: Delivery) { queue.append((now + 1, delivery)) }

    private mutating func deliver(_ delivery: Delivery) {
        switch delivery {
        case .event(let event, let place): feed(event, to: place)
        case .connect(let connection):
            guard hears(connection.from, connection.to) else { return }
            connections.append(connection)
            feed(.accepted(connection.inbound, from: "127.0.0.1", localHost: "127.0.0.1"), to: connection.to)
            feed(.connected(connection.outbound, localHost: "127.0.0.1"), to: connection.from)
        }
    }
}

extension ClusterRig.Connection {
    /// Whether it is a node's, by the name that the node has for it.
    func touches(_ place: Int, _ link: LinkID) -> Bool {
        from == place && outbound == link || to == place && inbound == link
    }
}

extension ClusterRig {
    /// A cluster of primaries with equal shares of the slots, each with so many replicas: the primaries first, then a replica of
    /// each, and so on.
    static func formed(
        primaries: Int, replicas: Int = 0, timeout: Int64 = 1000, seed: UInt64 = 1, rule: PromiseRule = PromiseRule()
    ) throws -> ClusterRig {
        var rig = ClusterRig(primaries * (replicas + 1), timeout: timeout, seed: seed, rule: rule)
        for place in rig.nodes.indices {
            try rig.order(place, .setConfigEpoch(UInt64(place + 1)))
            if place > 0 { try rig.order(place, .meet(host: "127.0.0.1", port: 7000, busPort: 17_000)) }
        }
        rig.run(3000)
        let share = hashSlotCount / primaries
        for place in 0..<primaries {
            let end = place == primaries - 1 ? hashSlotCount : (place + 1) * share
            try rig.order(place, .addSlots(SlotSet(place * share..<end)))
        }
        for place in primaries..<rig.nodes.count { try rig.order(place, .replicate(rig.name(place % primaries))) }
        rig.run(5000)
        return rig
    }
}
