import Gossip
import Primitives
import Testing

@Suite struct GossipTests {
    /// A machine among many, all of which it is connected to.
    private func crowd(_ count: Int) -> (ClusterBus, [NodeName: LinkID]) {
        var random = RandomSource(seed: 3)
        var file = NodesFile()
        for place in 0..<count {
            let address = NodeAddress(host: "10.0.\(place / 200).\(place % 200 + 1)", port: 7000, busPort: 17_000)
            file.nodes.append(.init(NodeName(random: &random), place == 0 ? [.primary, .myself] : .primary, address))
            file.nodes[place].slots = SlotSet([place])
        }
        var bus = ClusterBus(BusConfiguration(), file: file, seed: 1)
        var links: [NodeName: LinkID] = [:]
        bus.receive(.tick, now: 1000)
        for case .connect(let link, let host, _) in bus.takeActions() {
            links[file.nodes.first { $0.address.host == host }!.name] = link
            bus.receive(.connected(link, localHost: "10.0.0.1"), now: 1000)
        }
        return (bus, links)
    }

    private func entries(_ actions: [BusAction]) -> [[GossipEntry]] {
        actions.compactMap { action in
            guard case .send(_, let message) = action, case .ping(let entries, _) = message.body else { return nil }
            return entries
        }
    }

    @Test(arguments: [(10, 3), (40, 4), (300, 30)]) func aTenthOfAllIsToldOf(_ count: Int, _ told: Int) {
        var (bus, links) = crowd(count)
        let pings = entries(bus.takeActions())
        #expect(pings.count == count - 1 && links.count == count - 1)
        for ping in pings {
            #expect(ping.count == told && Set(ping.map(\.name)).count == told)
            #expect(!ping.contains { $0.name == bus.name })
        }
        // Chance chooses, so that by and by nearly all are told of.
        #expect(Set(pings.joined().map(\.name)).count > count * 3 / 4)
    }

    @Test func theSuspectedAreAlwaysToldOf() {
        var (bus, links) = crowd(40)
        _ = bus.takeActions()
        let (quiet, listener) = (bus.members[5], links.keys.sorted()[20])
        for (name, link) in links where name != quiet.name {
            bus.receive(.received(link, BusMessage(BusHeader(sender: name, flags: .primary), .pong([], []))), now: 1001)
        }
        bus.receive(.tick, now: 17_000)
        #expect(bus.member(quiet.name)?.flags.contains(.suspected) == true)
        _ = bus.takeActions()
        let asker = BusHeader(sender: listener, flags: .primary)
        bus.receive(.received(links[listener]!, BusMessage(asker, .ping([], []))), now: 17_001)
        for case .send(_, let message) in bus.takeActions() {
            guard case .pong(let entries, _) = message.body else { continue }
            #expect(entries.count { $0.name == quiet.name } == 1)
            #expect(entries.last?.flags.contains(.suspected) == true)
        }
    }

    @Test func whatOthersHaveHeardNeedNotBeAsked() {
        var machine = LoneMachine()
        machine.answer(1, 2, 3, 4, 5)
        machine.now += 600
        var entry = machine.entry(1, .primary)
        entry.pongReceived = UInt32(machine.now / 1000)
        machine.hear(2, .ping([entry], []))
        #expect(machine.bus.member(LoneMachine.names[1])?.pongReceivedAt == Int64(entry.pongReceived) * 1000)
        // But nobody can have heard of the future, and a suspicion is not put off.
        entry.pongReceived += 10
        machine.hear(2, .ping([entry], []))
        entry.pongReceived -= 10
        #expect(machine.bus.member(LoneMachine.names[1])?.pongReceivedAt == Int64(entry.pongReceived) * 1000)
    }

    @Test func aSuspicionIsToldToPrimariesAtOnce() {
        var machine = LoneMachine()
        machine.wait(900)
        machine.answer(2, 3, 4, 5)
        let actions = machine.wait(200)
        let told = machine.receivers(actions) {
            if case .ping(let entries, _) = $0 { entries.contains { $0.flags.contains(.suspected) } } else { false }
        }
        #expect(told.contains(2))
    }

    @Test func messagesAreCounted() {
        var machine = LoneMachine()
        machine.answer(1)
        machine.hear(1, .ping([], []))
        machine.hear(1, .publish(channel: [1], message: [2], isSharded: true))
        let statistics = machine.bus.statistics
        #expect(statistics.received == ["pong": 1, "ping": 1, "publishshard": 1])
        #expect(statistics.sent == ["ping": 5, "pong": 1])
    }

    @Test func messagesToSubscribersGoToAllOrToTheShard() {
        var machine = LoneMachine()
        let all = machine.feed(.published(channel: [1], message: [2], isSharded: false))
        #expect(
            machine.receivers(all) { $0 == .publish(channel: [1], message: [2], isSharded: false) } == [1, 2, 3, 4, 5])
        let shard = machine.feed(.published(channel: [1], message: [2], isSharded: true))
        #expect(machine.receivers(shard) { $0 == .publish(channel: [1], message: [2], isSharded: true) } == [3])
        let heard = machine.hear(1, .publish(channel: [1], message: [2], isSharded: true))
        #expect(heard == [.order(.publish(channel: [1], message: [2], isSharded: true))])
    }

    @Test func connectionsAreListedBothWays() {
        var machine = LoneMachine()
        machine.feed(.accepted(LinkID(1), from: "10.0.0.2"))
        machine.feed(.received(LinkID(1), BusMessage(machine.header(1), .ping([], []))))
        #expect(machine.bus.links.count { $0.isOutbound } == 5)
        let inbound = machine.bus.links.filter { !$0.isOutbound }
        #expect(inbound.map(\.link) == [LinkID(1)] && inbound.map(\.name) == [LoneMachine.names[1]])
        machine.feed(.ended(LinkID(1)))
        #expect(machine.bus.links.count == 5)
    }

    @Test func aMapIsAnotherOnlyWhenRoutesChange() throws {
        var machine = LoneMachine()
        machine.answer(1, 2, 3, 4, 5)
        for _ in 0..<40 {
            machine.wait(100)
            machine.answer(1, 2, 3, 4, 5)
        }
        let version = machine.bus.mapVersion
        machine.fail(4, toldBy: 1)
        machine.hear(2, .ping([machine.entry(1, [.primary, .suspected])], []))
        #expect(machine.bus.mapVersion == version && machine.bus.isUp)
        machine.fail(1, toldBy: 2)
        #expect(machine.bus.mapVersion == version + 1 && !machine.bus.isUp)
    }

    @Test func membersAreFoundAfterManyHaveComeAndGone() throws {
        var bus = ClusterBus(BusConfiguration(), seed: 1)
        var random = RandomSource(seed: 9)
        var alive: Set<NodeName> = [bus.name]
        for round in 0..<400 {
            if round % 3 == 2, let name = alive.sorted().first(where: { $0 != bus.name }) {
                try bus.perform(.forget(name), now: 1)
                alive.remove(name)
                continue
            }
            try bus.perform(.meet(host: "10.1.\(round / 200).\(round % 200)", port: 1, busPort: 2), now: 1)
            let name = NodeName(random: &random)
            for case .connect(let link, _, _) in bus.takeActions() {
                bus.receive(.connected(link, localHost: ""), now: 1)
                bus.receive(
                    .received(link, BusMessage(BusHeader(sender: name, flags: .primary), .pong([], []))), now: 1)
            }
            alive.insert(name)
        }
        #expect(Set(bus.members.map(\.name)) == alive && bus.memberCount == alive.count)
        #expect(alive.allSatisfy { bus.member($0)?.name == $0 })
    }
}
