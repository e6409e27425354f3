import Gossip
import Primitives

/// A node of a cluster among nodes that say anything: nothing that is a message ends it, its file is read as it was written, and
/// its map is one.
struct ClusterTarget: FuzzTarget {
    static let name = "cluster"
    private static let all = SlotSet(0..<hashSlotCount)

    private var bus = ClusterBus(BusConfiguration(), seed: 1)
    private var now: Int64 = 1_700_000_000_000
    private var names: [NodeName] = []
    private var links: [LinkID] = []
    private var accepted: UInt64 = 1

    init(seed: UInt64) {}

    /// The life of a node.
    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        begin(&random)
        var outcome = FuzzOutcome.taken
        for _ in 0..<random.below(40) {
            now += Int64(random.isOne(of: 20) ? random.below(40_000) : random.below(200))
            if random.isOne(of: 200) { now -= 10_000 }
            outcome = random.isOne(of: 8) ? order(&random) : event(&random)
            carryOut(&random)
        }
        if random.isOne(of: 8) { check() }
        return outcome
    }

    private mutating func begin(_ random: inout RandomSource) {
        names = (0..<random.below(8) + 2).map { _ in NodeName(random: &random) }
        var configuration = BusConfiguration()
        configuration.nodeTimeoutMilliseconds = Int64(random.below(3000))
        configuration.usesTLS = random.isOne(of: 2)
        configuration.promise = PromiseRule(copies: random.below(4), acknowledgements: random.below(4))
        bus = ClusterBus(configuration, file: random.isOne(of: 2) ? file(&random) : nil, seed: random.next())
        names.append(bus.name)
        links = []
    }

    private func file(_ random: inout RandomSource) -> NodesFile {
        var file = NodesFile()
        for name in names {
            var node = NodesFile.Node(name, flags(&random).subtracting(.myself), address(&random))
            node.slots = slots(&random)
            if random.isOne(of: 2) { node.primary = random.pick(names) }
            node.configEpoch = epoch(&random)
            file.nodes.append(node)
        }
        file.nodes[0].flags.insert(.myself)
        (file.currentEpoch, file.lastVoteEpoch) = (epoch(&random), epoch(&random))
        if random.isOne(of: 2) { file.migrating[random.below(hashSlotCount)] = random.pick(names) }
        return file
    }

    // MARK: Happening

    private mutating func event(_ random: inout RandomSource) -> FuzzOutcome {
        switch random.below(12) {
        case 0, 1: bus.receive(.tick, now: now)
        case 2:
            accepted += 2
            links.append(LinkID(accepted))
            bus.receive(.accepted(LinkID(accepted), from: "10.0.0.\(random.below(9))"), now: now)
        case 3 where !links.isEmpty: bus.receive(.ended(links.remove(at: random.below(links.count))), now: now)
        case 4:
            var report = NodeReport()
            (report.offset, report.isPaused) = (Int64(bitPattern: epoch(&random)), random.isOne(of: 2))
            report.linkTerm = random.isOne(of: 2) ? epoch(&random) : nil
            report.promiseNumber = UInt64(random.below(9))
            report.linkHeardAt = random.isOne(of: 2) ? now : nil
            bus.receive(.reported(report), now: now)
        case 5: bus.receive(.published(channel: [1], message: [2], isSharded: random.isOne(of: 2)), now: now)
        case 6: bus.receive(.neighbours([bus.name, random.pick(names)]), now: now)
        default:
            guard !links.isEmpty else { return .refused("no link") }
            bus.receive(.received(random.pick(links), message(&random)), now: now)
        }
        return .taken
    }

    private mutating func order(_ random: inout RandomSource) -> FuzzOutcome {
        let (name, slot) = (random.pick(names), random.below(hashSlotCount))
        let orders: [BusOrder] = [
            .meet(host: "10.0.0.1", port: 7000, busPort: 17000), .addSlots(slots(&random)),
            .removeSlots(slots(&random)),
            .flushSlots, .migrate(slot: slot, to: name), .importSlot(slot: slot, from: name), .settle(slot: slot),
            .assign(slot: slot, to: name, isEmpty: random.isOne(of: 2)), .takeOver(slots(&random), after: 0),
            .replicate(random.isOne(of: 8) ? nil : name), .forget(name), .reset(isHard: random.isOne(of: 2)),
            .setConfigEpoch(epoch(&random) >> 1), .bumpEpoch, .failover(.inOrder), .failover(.forced),
            .failover(.takeover),
            .prepare(
                SlotGrant(
                    name: random.pick(names), source: name, target: random.pick(names), epoch: epoch(&random),
                    slots: slots(&random))), .give(name), .settleGrant(name, isKept: random.isOne(of: 2)),
            .hearClaim(name, epoch: epoch(&random) >> 1, slots(&random)), .save, .handOver,
            .dropLinks(name, outbound: random.isOne(of: 2), inbound: random.isOne(of: 2)),
        ]
        do throws(BusError) {
            try bus.perform(random.pick(orders), now: now)
            return .taken
        } catch { return .refused(String(error.text.prefix(16))) }
    }

    /// Connections come to stand, or do not.
    private mutating func carryOut(_ random: inout RandomSource) {
        for action in bus.takeActions() {
            switch action {
            case .connect(let link, _, _):
                if random.isOne(of: 4) {
                    bus.receive(.ended(link), now: now)
                } else {
                    links.append(link)
                    bus.receive(.connected(link, localHost: "10.0.0.9"), now: now)
                }
            case .close(let link): links.removeAll { $0 == link }
            case .send(_, let message): hold(message.bytes.count == message.encodedLength)
            case .save, .order, .log: continue
            }
        }
        links = links.suffix(64)
    }

    private func check() {
        let file = bus.file
        for usesTLS in [false, true] {
            do throws(NodesFileError) {
                let again = try NodesFile(file.bytes(usesTLS: usesTLS), usesTLS: usesTLS)
                hold(again.nodes.map(\.name) == file.nodes.map(\.name), "the file is another when it is read")
                hold(again.nodes.map(\.slots) == file.nodes.map(\.slots), "the slots are others when the file is read")
            } catch { hold(false, "its own file is refused: \(error.report)") }
        }
        let map = bus.slotMap()
        for (slot, owner) in map.owners.enumerated() {
            let name = owner == SlotMap.nobody ? nil : map.endpoints[Int(owner)].name
            hold(name == bus.owner(of: slot), "the map has another owner of a slot")
        }
        hold(bus.members.count(where: { $0.flags.contains(.myself) }) == 1, "there is more than one of this node")
    }

    // MARK: Saying

    private func message(_ random: inout RandomSource) -> BusMessage {
        var header = BusHeader(sender: random.pick(names), flags: flags(&random))
        (header.port, header.otherPort, header.busPort) = (random.below(65_536), random.below(2), random.below(65_536))
        header.host = random.pick(["", "10.0.0.1", "10.0.0.2", "::1"])
        (header.currentEpoch, header.configEpoch) = (epoch(&random), epoch(&random))
        header.offset = Int64(bitPattern: epoch(&random))
        header.slots = slots(&random)
        header.knowsTerms = !random.isOne(of: 4)
        if random.isOne(of: 3) { header.primary = random.pick(names) }
        (header.isClusterUp, header.isPaused, header.isForced) = (
            random.isOne(of: 2), random.isOne(of: 4), random.isOne(of: 4)
        )
        return BusMessage(header, body(&random))
    }

    private func body(_ random: inout RandomSource) -> BusMessage.Body {
        switch random.below(12) {
        case 0, 1, 2: .ping(entries(&random), extensions(&random))
        case 3, 4: .pong(entries(&random), extensions(&random))
        case 5: .meet(entries(&random), extensions(&random))
        case 6: .fail(random.pick(names))
        case 7: .voteRequest
        case 8: .vote
        case 9: .update(configEpoch: epoch(&random), name: random.pick(names), slots: slots(&random))
        case 10: .manualFailover
        default: .publish(channel: [], message: [1, 2, 3], isSharded: random.isOne(of: 2))
        }
    }

    private func entries(_ random: inout RandomSource) -> [GossipEntry] {
        (0..<random.below(4)).map { _ in
            let address = address(&random)
            return GossipEntry(
                name: random.isOne(of: 10) ? NodeName(random: &random) : random.pick(names),
                pingSent: UInt32(truncatingIfNeeded: random.next()),
                pongReceived: UInt32(truncatingIfNeeded: now / 1000),
                host: address.host, port: address.port, otherPort: address.tlsPort, busPort: address.busPort,
                flags: flags(&random))
        }
    }

    private func extensions(_ random: inout RandomSource) -> [PingExtension] {
        let all: [PingExtension] = [
            .hostname(random.pick(["", "host-1", "a.example.com"])), .humanName("left"), .shard(random.pick(names)),
            .forgotten(random.pick(names), seconds: random.next() >> UInt64(random.below(64))), .other(9, []),
            .clientIPv4(random.pick(["", "10.1.0.1", "x"])), .clientIPv6(random.pick(["::1", "fe80::1:2"])),
            .clientPort(random.below(65_536)), .clientTLSPort(random.below(65_536)),
            .promiseAsked(term: epoch(&random)), .promiseRefused(term: epoch(&random)),
            .promiseGranted(
                term: epoch(&random),
                HistoryPlace(term: epoch(&random), offset: Int64(random.below(9))),
                isWhole: random.isOne(of: 2)),
        ]
        return all.filter { _ in random.isOne(of: 3) }
    }

    private func address(_ random: inout RandomSource) -> NodeAddress {
        NodeAddress(
            host: random.pick(["", "10.0.0.1", "10.0.0.2", "not-an-address"]), port: random.below(65_536),
            tlsPort: random.below(2), busPort: random.below(65_536))
    }

    private func flags(_ random: inout RandomSource) -> MemberFlags {
        if random.isOne(of: 8) { return MemberFlags(rawValue: UInt16(truncatingIfNeeded: random.next())) }
        return random.pick([
            .primary, .primary, .replica, [.primary, .suspected], [.primary, .failed], [.replica, .failed],
        ])
    }

    /// The highest is the highest that messages can say.
    private func epoch(_ random: inout RandomSource) -> UInt64 {
        switch random.below(60) {
        case 0: random.next() >> 2
        case 1: 1 << 62 - 1
        default: UInt64(random.below(12))
        }
    }

    private func slots(_ random: inout RandomSource) -> SlotSet {
        switch random.below(4) {
        case 0: SlotSet()
        case 1: SlotSet([random.below(hashSlotCount)])
        case 2: SlotSet(random.below(100)..<random.below(400) + 100)
        default: ClusterTarget.all
        }
    }
}
