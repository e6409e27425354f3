import Gossip
import Persistence
import Primitives
import RESP
import Settings
import Storage

@testable import Clustering
@testable import Commands

/// Two nodes that move slots to each other: no sockets, no bus. What one says the other hears when the rig turns.
final class MigrationRig {
    let nodes: [TestNode]
    let authorities: [TestAuthority]
    let migrations: [SlotMigrations]
    private(set) var wires: [TestPeer] = []
    /// Whether bytes go from node to node.
    var isCut = false
    var onConnect: () -> Bool = { true }

    init(count: Int = 2, slots: SlotSet = SlotSet(0..<hashSlotCount)) {
        let truth = TestTruth(count)
        truth.owners = (0..<hashSlotCount).map { slots.contains($0) ? 0 : SlotMap.nobody }
        nodes = (0..<count).map {
            TestNode(
                seed: UInt64($0 + 1),
                families: allFamilies.filter { !$0.contains { $0.name == "cluster" } } + persistenceFamilies
                    + migrationFamilies + [[MigrationRig.command]])
        }
        authorities = (0..<count).map { TestAuthority(truth, $0) }
        migrations = zip(nodes, authorities).map { SlotMigrations($0.node, $1) }
        truth.publish()
        for authority in authorities { authority.adopt() }
        for index in 0..<count { migrations[index].connector = self }
    }

    private static let command = Command(
        "cluster", .cluster, since: "3.0.0", summary: "For tests.",
        subcommands: slotMigrationSubcommands + slotRequestSubcommands)

    func name(_ index: Int) -> NodeName { TestTruth.name(index) }

    /// Lets bytes go to and fro, and everybody do what is due; then time passes.
    func turn(milliseconds: Int64 = 1) {
        for index in nodes.indices {
            nodes[index].node.beginTurn()
            migrations[index].walk { false }
            migrations[index].endTurn()
        }
        for wire in wires where !isCut { wire.deliver() }
        for node in nodes {
            node.resume()
            node.hands.advance(milliseconds: milliseconds)
        }
    }

    /// Turns until something holds; false where it never does.
    func turn(until isSo: () -> Bool) -> Bool {
        for _ in 0..<20_000 {
            if isSo() { return true }
            turn()
        }
        return isSo()
    }

    func end(_ wire: TestPeer) {
        wires.removeAll { $0 === wire }
        wire.end()
    }

    func records(_ index: Int) -> [SlotJobRecord] { migrations[index].records }
}

extension MigrationRig: PeerConnector {
    func connect(to address: PeerAddress, for listener: any PeerListener) -> any Peer {
        let wire = TestPeer(self, onConnect() ? nodes[address.port - 1] : nil, listener)
        wires.append(wire)
        return wire
    }

    func servePeers(milliseconds: Int) { for wire in wires { wire.deliver() } }
}

/// A connection between two nodes of a rig.
final class TestPeer: Peer {
    private unowned let rig: MigrationRig
    weak var listener: (any PeerListener)?
    private var output: [UInt8] = []
    private(set) var client: TestClient?
    private var isConnected = false

    init(_ rig: MigrationRig, _ target: TestNode?, _ listener: any PeerListener) {
        (self.rig, self.listener) = (rig, listener)
        client = target?.connect()
    }

    var isOpen: Bool { client != nil }
    var waitingBytes: Int { output.count }

    func send(_ bytes: [UInt8]) { output += bytes }

    func close() {
        listener = nil
        rig.end(self)
    }

    /// The connection ends for both.
    func end() {
        guard let client else { return }
        self.client = nil
        client.node.remove(client.session)
    }

    func breakOff() {
        let listener = listener
        rig.end(self)
        listener?.didEnd("broken")
    }

    func deliver() {
        guard let client else { return breakOff() }
        if !isConnected {
            isConnected = true
            return listener?.didConnect() ?? ()
        }
        if !output.isEmpty {
            let bytes = output
            output = []
            client.send(bytes)
        }
        let session = client.session
        guard session.waitingOutput.count > 0 else {
            if session.isClosing { breakOff() }
            return
        }
        let answer = Array(session.waitingOutput.buffer)
        session.didSend(answer.count)
        answer.withBytes { listener?.didReceive($0) }
        if session.isClosing { breakOff() }
    }
}

/// Who owns what, as all nodes of a rig will know it.
final class TestTruth {
    let count: Int
    var owners: [UInt16] = []
    var epoch: UInt64 = 10
    var epochs: [UInt64]
    /// The primaries of nodes that are replicas.
    var primaries: [Int: Int] = [:]
    private(set) var map: SlotMap?

    init(_ count: Int) { (self.count, epochs) = (count, (0..<count).map { UInt64($0) }) }

    static func name(_ index: Int) -> NodeName { NodeName(String(repeating: "\(index + 1)", count: 40))! }

    func publish() {
        map = SlotMap(
            endpoints: (0..<count).map {
                SlotMap.Endpoint(name: TestTruth.name($0), host: "node", port: $0 + 1, tlsPort: 0)
            }, owners: owners, here: 0, primary: SlotMap.nobody, isUp: true)
    }
}

/// What one node of a rig knows of the truth: as much as it had at the last `adopt`.
final class TestAuthority: SlotAuthority {
    private let truth: TestTruth
    private let index: Int
    private(set) var map: SlotMap?
    var isMovedByHand = (migrating: false, importing: false)
    private(set) var orders: [BusOrder] = []
    var refusal: BusError?
    /// Grants that are open, as the cluster's machine would keep them.
    var openGrants: [SlotGrant] = []
    /// Up to which order what has changed is on the disk; nil for all of them.
    var disk: UInt64?
    var mayClaim = true
    var currentEpoch: UInt64 { truth.epoch }
    /// What it has claimed, one after the other.
    var claims: [SlotSet] { orders.compactMap { if case .takeOver(let slots, _) = $0 { slots } else { nil } } }
    var savedOrders: UInt64 { disk ?? UInt64(orders.count) }

    init(_ truth: TestTruth, _ index: Int) { (self.truth, self.index) = (truth, index) }

    var ownName: NodeName { TestTruth.name(index) }

    /// Hears the news.
    func adopt() { map = truth.map }

    func member(_ name: NodeName) -> Member? {
        guard let found = (0..<truth.count).first(where: { TestTruth.name($0) == name }) else { return nil }
        let primary = truth.primaries[found]
        var member = Member(
            name, primary == nil ? .primary : .replica, NodeAddress(host: "node", port: found + 1, busPort: 0),
            shard: name, createdAt: 0)
        member.configEpoch = truth.epochs[primary ?? found]
        member.primary = primary.map { TestTruth.name($0) }
        return member
    }

    func primary(ofShard shard: NodeName) -> Member? {
        let members = (0..<truth.count).compactMap { member(TestTruth.name($0)) }
        return members.first { $0.isPrimary && $0.shard == shard }
    }

    func perform(_ order: BusOrder) throws(BusError) -> UInt64? {
        if let refusal { throw refusal }
        orders.append(order)
        switch order {
        case .prepare(let grant): openGrants.append(grant)
        case .settleGrant(let name, _): openGrants.removeAll { $0.name == name }
        case .takeOver(let slots, _): take(slots)
        default: break
        }
        return UInt64(orders.count)
    }

    private func take(_ slots: SlotSet) {
        truth.epoch += 1
        truth.epochs[index] = truth.epoch
        for slot in slots.slots { truth.owners[slot] = UInt16(index) }
        truth.publish()
        adopt()
    }
}

/// Replicas of which there are figures only.
final class TestReplicas: Replicating {
    var figures = ReplicationFigures()
    let (uncountedBytes, isWalking) = (0, false)
    let (lag, traffic) = ((behind: 0, all: 0), (received: 0, sent: 0))
    let acknowledgedOffsets: [Int64] = []
    let snapshotFacts: [(name: String, value: String)] = []

    func acknowledgements(of offset: Int64) -> (received: Int, onDisk: Int) { (0, 0) }
    func resetFigures() {}
    func requestAcknowledgements() {}
    func adoptSettings() {}
    func didEnd(_ session: Session) {}
}

/// What a replica would read.
final class TestJournal: JournalReader {
    private var text = ""

    func read(_ bytes: Bytes, endingAt offset: Int64) { text += String(decoding: bytes.buffer, as: UTF8.self) }

    /// How often a word has come since this was asked last.
    func takeCount(of word: String) -> Int {
        defer { text = "" }
        return text.split(separator: "\r\n").count { $0 == word }
    }
}
