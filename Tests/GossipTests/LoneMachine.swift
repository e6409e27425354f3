import Gossip
import Primitives

/// One machine among nodes that a test speaks for: three primaries (the machine and two others) with a third of the slots each,
/// and a replica of each.
///
///     place:  0 (this)  1  2   primaries, epochs 1 2 3
///             3         4  5   replicas of 0, 1, 2
struct LoneMachine {
    static let start: Int64 = 1_000_000_000
    static let timeout: Int64 = 1000
    static let names = (1...6).map { NodeName(String(repeating: "\($0)", count: 40))! }
    static let shares = [SlotSet(0..<5000), SlotSet(5000..<10_000), SlotSet(10_000..<hashSlotCount)]

    var bus: ClusterBus
    var now = LoneMachine.start
    /// The connections that the machine has opened, by place.
    private(set) var links: [Int: LinkID] = [:]

    /// - Parameter own: the place that the machine takes.
    init(_ own: Int = 0, _ configure: (inout BusConfiguration) -> Void = { _ in }) {
        var configuration = BusConfiguration()
        configuration.nodeTimeoutMilliseconds = LoneMachine.timeout
        configuration.port = 7000 + own
        configuration.busPort = 17_000 + own
        configure(&configuration)
        bus = ClusterBus(configuration, file: LoneMachine.file(own), seed: 7)
        feed(.tick)
    }

    /// Ends, and starts again with what is on the disk.
    mutating func restart() throws {
        let file = try NodesFile(bus.file.bytes(usesTLS: false), usesTLS: false)
        (bus, links) = (ClusterBus(bus.configuration, file: file, seed: 8), [:])
        feed(.tick)
    }

    private static func file(_ own: Int) -> NodesFile {
        var file = NodesFile()
        file.currentEpoch = 3
        for place in 0..<6 {
            var flags: MemberFlags = place < 3 ? .primary : .replica
            if place == own { flags.insert(.myself) }
            let address = NodeAddress(host: "10.0.0.\(place + 1)", port: 7000 + place, busPort: 17_000 + place)
            var node = NodesFile.Node(names[place], flags, address)
            node.configEpoch = UInt64(place % 3 + 1)
            node.shard = names[place % 3]
            if place < 3 { node.slots = shares[place] } else { node.primary = names[place - 3] }
            file.nodes.append(node)
        }
        return file
    }

    /// Gives the machine an event; what it does. Connections that it opens stand at once.
    @discardableResult
    mutating func feed(_ event: BusEvent) -> [BusAction] {
        bus.receive(event, now: now)
        return settle()
    }

    @discardableResult
    mutating func order(_ order: BusOrder) throws -> [BusAction] {
        try bus.perform(order, now: now)
        return settle()
    }

    private mutating func settle() -> [BusAction] {
        let actions = bus.takeActions()
        for case .connect(let link, _, let port) in actions where (17_000..<17_006).contains(port) {
            links[port - 17_000] = link
            bus.receive(.connected(link, localHost: "10.0.0.1"), now: now)
        }
        return actions + bus.takeActions()
    }

    /// Lets time pass, and ticks.
    @discardableResult
    mutating func wait(_ milliseconds: Int64) -> [BusAction] {
        var actions: [BusAction] = []
        let end = now + milliseconds
        while now < end {
            now = min(end, now + 100)
            actions += feed(.tick)
        }
        return actions
    }

    /// Waits until the machine takes the cluster for whole.
    mutating func comeUp() {
        for _ in 0..<40 where !bus.isUp {
            for place in links.keys.sorted() where place < 3 { hear(place, .pong([], [])) }
            wait(100)
        }
    }

    private var names: [NodeName] { LoneMachine.names }

    /// What a node says of itself.
    func header(_ place: Int) -> BusHeader {
        var header = BusHeader(sender: names[place], flags: place < 3 ? .primary : .replica)
        (header.port, header.busPort) = (7000 + place, 17_000 + place)
        header.currentEpoch = bus.currentEpoch
        header.configEpoch = UInt64(place % 3 + 1)
        header.slots = LoneMachine.shares[place % 3]
        header.primary = place < 3 ? nil : names[place - 3]
        return header
    }

    /// A node says something.
    @discardableResult
    mutating func hear(
        _ place: Int, _ body: BusMessage.Body, _ change: (inout BusHeader) -> Void = { _ in }
    ) -> [BusAction] {
        var header = header(place)
        change(&header)
        return feed(.received(links[place]!, BusMessage(header, body)))
    }

    /// Answers of some nodes.
    mutating func answer(_ places: Int...) { for place in places { hear(place, .pong([], [])) } }

    /// What a node says of another.
    func entry(_ place: Int, _ flags: MemberFlags) -> GossipEntry {
        GossipEntry(
            name: names[place], pingSent: 0, pongReceived: 0, host: "10.0.0.\(place + 1)", port: 7000 + place,
            otherPort: 0, busPort: 17_000 + place, flags: flags)
    }

    func flags(_ place: Int) -> MemberFlags { bus.member(names[place])!.flags }

    /// To whom of the nodes something was sent that satisfies a condition.
    func receivers(_ actions: [BusAction], where condition: (BusMessage.Body) -> Bool) -> [Int] {
        actions.compactMap { action in
            guard case .send(let link, let message) = action, condition(message.body) else { return nil }
            return links.first { $0.value == link }?.key
        }.sorted()
    }

    /// The node at a place fails, as most primaries see it.
    mutating func fail(_ place: Int, toldBy teller: Int) { hear(teller, .fail(names[place])) }
}
