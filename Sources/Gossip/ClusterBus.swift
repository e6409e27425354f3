import Primitives

/// The bus of one node: a machine.
///
///     events (messages, time, orders) ─▶ ClusterBus ─▶ actions (messages, connections, orders to the node, the file)
///
/// The bus's thread feeds it messages and time; the node's thread asks it and gives it orders, under a lock.
///
/// One turn is one event or one order: what it changes is noted in `pending`, and what follows from changes (the state of the
/// cluster, the version of the map, the file) is done once at its end.
public struct ClusterBus: Sendable {
    /// What the configuration says.
    public internal(set) var configuration: BusConfiguration
    /// The highest epoch known.
    public internal(set) var currentEpoch: UInt64 = 0
    /// The epoch of the last vote given.
    public internal(set) var lastVoteEpoch: UInt64 = 0
    /// Whether all slots that have to be served are.
    public internal(set) var isUp = false
    /// Slots of this node whose keys are on their way to another node.
    public internal(set) var migrating: [Int: NodeName] = [:]
    /// Slots whose keys come from another node.
    public internal(set) var importing: [Int: NodeName] = [:]
    /// Slots that this node was ordered to take, and from whom, who has not been heard to have let them go.
    var imported: [Int: NodeName] = [:]
    /// Slots that this node was told to give to one to whom it was not moving them, and when.
    var waived: [Int: Int64] = [:]
    /// What this node, or its primary, may have given to other nodes.
    var grants: [SlotGrant] = []
    /// Rises whenever the slot map is another.
    public internal(set) var mapVersion: UInt64 = 1

    var table = MemberTable()
    /// The index of this node.
    var me = 0
    /// The owner of each slot by index.
    var owners = [UInt16](repeating: ClusterBus.unowned, count: hashSlotCount)
    /// Slots whose owner does not claim them any more: anybody may have them.
    var unclaimed = SlotSet()
    /// Slots that this replica's primary had let go before it took its epoch: they do not go with that.
    var forsaken = SlotSet()
    /// Slots that this replica's primary has lost since it follows it. The primary removes their keys; should it end before
    /// that, its successor does.
    var lostByPrimary = SlotSet()
    var tally = Tally()
    /// The indices of those that do not answer this node.
    var suspects: [Int] = []
    var blacklist = Blacklist()
    /// The nodes of this process: a replica among them would be lost together with its primary.
    var neighbours: Set<NodeName> = []
    /// Names, and addresses for clients, by index, of those that have any.
    var texts: [Int: MemberTexts] = [:]

    /// Connections that others have opened, by number.
    var inboundLinks: [UInt64: InboundLink] = [:]
    /// The IP addresses of this machine that they have come to; links hold the index.
    var localHosts: [String] = []
    var openedLinks: UInt64 = 0
    var counters = MessageCounters()
    var gossipRound: UInt32 = 0
    /// Whether now and then a node is pinged of whom was not heard for a while, and not only where half a node timeout is over.
    public var pingsAtRandom = true
    /// How many pings are yet to be sent to spread suspicions.
    var rumours = 0

    var report = NodeReport()
    var coverage = CoverageTimes()
    var election = Election.none
    var manualFailover = ManualFailover.none
    var handOver = HandOver.none
    var promises = Promises()
    /// The epoch in which this process was elected; nil where it was not.
    var electedEpoch: UInt64?
    /// Whom the node was last told to follow.
    var followed: Followed?

    /// The time of the event at hand, in milliseconds since 1970.
    var now: Int64 = 0
    var ticks = 0
    var pending: Pending = []
    var actions: [BusAction] = []
    /// How many orders the node has been told, or will be, that they are on the disk.
    var savedOrders: UInt64 = 0
    var random: RandomSource

    /// No owner.
    static let unowned = UInt16.max
    /// As many members as indices have room for.
    static let mostMembers = 60_000

    /// A node that is alone, or one that goes on from its file.
    public init(_ configuration: BusConfiguration, file: NodesFile? = nil, seed: UInt64) {
        self.configuration = configuration
        random = RandomSource(seed: seed)
        let address = ClusterBus.ownAddress(configuration)
        let (name, shard) = (NodeName(random: &random), NodeName(random: &random))
        me = table.add(Peer(name, [.myself, .primary, .lightPublish], address, shard: shard, createdAt: 0))
        if configuration.replicaNeverFailsOver { table[me].flags.insert(.noFailover) }
        adoptPromiseRule()
        if let file { restore(file) }
        beginPromises()
    }

    /// The name of this node.
    public var name: NodeName { table[me].name }

    // MARK: Happening

    /// Something has happened.
    /// - Parameter now: milliseconds since 1970.
    public mutating func receive(_ event: BusEvent, now: Int64) {
        switch event {
        case .tick, .accepted, .connected, .ended, .received, .lost, .neighbours: turnOfBus(now)
        case .reported, .configured, .published: turnOfNode(now)
        }
        switch event {
        case .tick: tick()
        case .accepted(let link, let from, let localHost): accepted(link, from, localHost)
        case .connected(let link, let localHost): connected(link, localHost)
        case .ended(let link): ended(link)
        case .received(let link, let message): received(message, on: link)
        case .lost(let message): counters.received[message.body.kind.rawValue] += 1
        case .neighbours(let names): neighbours = names
        case .reported(let report): reported(report)
        case .configured(let configuration): configured(configuration)
        case .published(let channel, let message, let isSharded): publish(channel, message, isSharded)
        }
        finishTurn()
    }

    /// Carries out an order. What concerns keys has been looked at before.
    /// - Returns: The number that the node is told (`NodeOrder.saved`) as soon as what has changed is on the disk; nil where
    ///   nothing has that is kept.
    /// - Throws: The error of the reference, and nothing has changed.
    @discardableResult
    public mutating func perform(_ order: BusOrder, now: Int64) throws(BusError) -> UInt64? {
        turnOfNode(now)
        let before = actions.count
        try carryOut(order)
        finishTurn()
        guard isAwaited(order) else { return nil }
        let saves = actions[before...].filter { if case .save = $0 { true } else { false } }
        return saves.last.map { tellWhenSaved(isDurable: $0 == .save(isDurable: true)) }
    }

    /// Whether anybody waits until the disk has what an order has changed. Slots that are moved by hand are many: of each only
    /// its new owner has to know.
    private func isAwaited(_ order: BusOrder) -> Bool {
        switch order {
        case .migrate, .importSlot, .settle: false
        case .assign(_, let owner, _): owner == name
        default: true
        }
    }

    private mutating func tellWhenSaved(isDurable: Bool) -> UInt64 {
        savedOrders += 1
        if !isDurable { saveNow() }
        actions.append(.order(.saved(number: savedOrders)))
        return savedOrders
    }

    /// The bus's thread tells the time. A clock that was put back is noticed before anything is done by it, since others are
    /// told how long something is to last.
    private mutating func turnOfBus(_ time: Int64) {
        now = time
        noticeClock()
    }

    /// The node's thread tells when its turn began, which may be a while ago.
    private mutating func turnOfNode(_ time: Int64) { now = max(time, coverage.tickedAt) }

    /// What is to be done since this was last asked.
    public mutating func takeActions() -> [BusAction] {
        defer { actions = [] }
        return actions
    }

    /// What follows from the changes of this turn.
    mutating func finishTurn() {
        if pending.contains(.failover) { stepFailover() }
        if pending.contains(.state) { updateState() }
        if pending.contains(.map) { mapVersion += 1 }
        if pending.contains(.save) { actions.append(.save(isDurable: pending.contains(.durable))) }
        pending = []
    }

    /// Has the file on the disk before anything that follows.
    mutating func saveNow() {
        actions.append(.save(isDurable: true))
        pending.subtract([.save, .durable])
    }

    mutating func log(_ text: String) { actions.append(.log(isWarning: false, text)) }
    mutating func warn(_ text: String) { actions.append(.log(isWarning: true, text)) }
}

/// What follows at the end of a turn.
struct Pending: OptionSet {
    let rawValue: UInt8
    /// The file.
    static let save = Pending(rawValue: 1)
    /// … before anything that follows.
    static let durable = Pending(rawValue: 2)
    /// Whether the cluster is up.
    static let state = Pending(rawValue: 4)
    /// Elections and failovers by hand.
    static let failover = Pending(rawValue: 8)
    /// The slot map is another.
    static let map = Pending(rawValue: 16)
}
