import Glibc
import Harness
import Testing

/// A cluster of processes, on loopback or each on a host of its own, which end with it.
final class TestCluster {
    /// The nodes, in the order in which they were started; those that were ended too.
    private(set) var nodes: [TestClusterNode] = []
    private let settings: [String]
    /// What stands between them, where something does.
    private var gates: Gates?
    private let network: TestNetwork?

    /// How long a node is silent before others suspect it, in milliseconds.
    static let timeout = 3000

    /// A setting for tests in which nobody fails: no pause of a busy machine makes a node look lost.
    static let patience = "cluster-node-timeout 15000"

    /// Starts nodes that do not know each other.
    /// - Parameters:
    ///   - isGated: whether they, and their clients, shall reach each other through gates.
    ///   - network: whose hosts they shall be on, each on its own. The caller is on its switch.
    init(
        _ products: [Product], _ settings: [String] = [], isGated: Bool = false, network: TestNetwork? = nil
    ) throws {
        (self.settings, self.network) = (settings, network)
        for product in products { try start(product, isGated: isGated) }
        if isGated { gates = try Gates(nodes) }
        for node in nodes { try node.waitUntilReady() }
        try gates?.learnNames(nodes)
    }

    deinit { for node in nodes { node.server.child.kill() } }

    /// Starts one more node.
    @discardableResult
    func add(_ product: Product = .apus, _ more: [String] = []) throws -> TestClusterNode {
        let node = try start(product, more)
        try node.waitUntilReady()
        return node
    }

    @discardableResult
    private func start(
        _ product: Product, _ more: [String] = [], isGated: Bool = false
    ) throws -> TestClusterNode {
        let place = network.map { TestClusterNode.Place(network: $0, host: nodes.count) }
        let node = try TestClusterNode(product, settings + more, isGated: isGated, place)
        nodes.append(node)
        return node
    }

    /// Lets nothing pass to a node or from it. The test still reaches it.
    func cutOff(_ index: Int) throws {
        try network?.unplug(index)
        try gates?.cut(index)
    }

    /// Lets everything pass to it again.
    func reconnect(_ index: Int) throws {
        try network?.plug(index)
        try gates?.heal()
    }

    /// Has redis-cli make a cluster of the nodes, and waits until all of them take it for whole.
    func create(replicas: Int) throws {
        let result = try cli(
            ["--cluster", "create"] + nodes.map(\.address) + ["--cluster-replicas", "\(replicas)", "--cluster-yes"])
        #expect(result.status == .exited(0), "\(result.output)")
        #expect(result.output.contains("[OK] All 16384 slots covered."), "\(result.output)")
        try expectWhole()
        if replicas > 0 { try expectReplicasUp() }
    }

    /// Gives the first nodes all slots by hand: redis-cli makes no cluster of less than three.
    private func createPrimaries(_ count: Int) throws {
        for (place, node) in nodes.prefix(count).enumerated() {
            let slots = (16384 * place / count, 16384 * (place + 1) / count - 1)
            try node.run("CLUSTER", "ADDSLOTSRANGE", "\(slots.0)", "\(slots.1)")
            try node.run("CLUSTER", "SET-CONFIG-EPOCH", "\(place + 1)")
            if place > 0 { try nodes[0].run("CLUSTER", "MEET", "127.0.0.1", "\(node.port)", "\(node.busPort)") }
        }
    }

    /// Makes a cluster in which each node of the first half has the one of the same place in the second half as its replica.
    func createPairs() throws {
        let half = nodes.count / 2
        if half < 3 {
            try createPrimaries(half)
        } else {
            let result = try cli(["--cluster", "create"] + nodes.prefix(half).map(\.address) + ["--cluster-yes"])
            #expect(result.status == .exited(0), "\(result.output)")
        }
        for replica in nodes.dropFirst(half) {
            try nodes[0].run("CLUSTER", "MEET", "127.0.0.1", "\(replica.port)", "\(replica.busPort)")
        }
        for (primary, replica) in zip(nodes, nodes.dropFirst(half)) {
            let name = try primary.name()
            let follows = try eventually {
                try replica.run("CLUSTER", "REPLICATE", name) == .ok
            }
            #expect(follows, "\(description)")
        }
        let know = try eventually {
            try nodes.allSatisfy { node in try node.view().count { $0.primary != "-" } == nodes.count - half }
        }
        #expect(know, "\(description)")
        try expectWhole()
        try expectReplicasUp()
    }

    // MARK: Tools

    /// Runs redis-cli.
    func cli(_ arguments: [String], input: Bytes = []) throws -> ProgramResult {
        try runProgram("redis-cli", arguments, input: input)
    }

    /// Runs `redis-cli --cluster <command> <first node> …`, which has to succeed.
    @discardableResult
    func manage(_ command: String, _ arguments: [String] = [], at node: TestClusterNode? = nil) throws -> ProgramResult
    {
        let result = try cli(["--cluster", command, (node ?? living[0]).address] + arguments)
        #expect(result.status == .exited(0), "\(command): \(result.output)")
        return result
    }

    // MARK: Looking

    /// Nodes that run.
    var living: [TestClusterNode] { nodes.filter { $0.server.child.exitStatus() == nil && !$0.isStopped } }

    /// The nodes as one of them sees them.
    func view(from node: TestClusterNode? = nil) throws -> [ClusterLine] { try (node ?? living[0]).view() }

    /// The node with a name.
    func node(named name: String) throws -> TestClusterNode {
        for node in living where try node.name() == name { return node }
        throw HarnessError.timedOut("looking for \(name)")
    }

    /// The living primaries that own slots.
    func primaries() throws -> [TestClusterNode] {
        try living.filter { node in try node.view().contains { $0.isMyself && $0.isPrimary && !$0.slots.isEmpty } }
    }

    /// The living replicas of a node.
    func replicas(of primary: TestClusterNode) throws -> [TestClusterNode] {
        let name = try primary.name()
        return try living.filter { node in try node.view().contains { $0.isMyself && $0.primary == name } }
    }

    // MARK: Waiting

    /// Waits until all living nodes take the cluster for whole and agree on who owns what.
    func expectWhole(withinMilliseconds bound: Int = 60_000) throws {
        let isWhole = try eventually(withinMilliseconds: bound) {
            let states = try living.map { try $0.clusterField("cluster_state") }
            guard states.allSatisfy({ $0 == "ok" }) else { return false }
            return Set(try living.map { try $0.layout() }).count == 1
        }
        #expect(isWhole, "\(description)")
    }

    /// Waits until the links of all replicas are up.
    func expectReplicasUp(withinMilliseconds bound: Int = 60_000) throws {
        let areUp = try eventually(withinMilliseconds: bound) {
            try living.allSatisfy { node in
                try node.field("role") == "master" || node.field("master_link_status") == "up"
            }
        }
        #expect(areUp, "\(description)")
    }

    /// Waits until a node is a primary with slots.
    func expectPrimary(_ node: TestClusterNode, withinMilliseconds bound: Int = 60_000) throws {
        let isPrimary = try eventually(withinMilliseconds: bound) {
            try node.view().contains { $0.isMyself && $0.isPrimary && !$0.slots.isEmpty }
        }
        #expect(isPrimary, "\(description)")
    }

    /// What all nodes know and have said last.
    var description: String {
        living.map { node in
            let nodes = (try? node.run("CLUSTER", "NODES").words) ?? "?"
            return "\(node.address)\n\(nodes)\n\(node.server.log.suffix(4000))"
        }.joined(separator: "\n")
    }

    // MARK: Data

    /// Sets keys through whoever owns them.
    func fill(_ count: Int, prefix: String = "key") throws {
        let client = ClusterClient(self)
        for number in 0..<count { try client.run("SET", "\(prefix):\(number)", "value:\(number)") }
    }

    /// Expects the keys that `fill` has set.
    func expectFilled(_ count: Int, prefix: String = "key") throws {
        let client = ClusterClient(self)
        var missing: [Int] = []
        for number in 0..<count {
            let reply = try client.run("GET", "\(prefix):\(number)")
            if reply != .text("value:\(number)") { missing.append(number) }
        }
        #expect(missing.isEmpty, "\(missing.prefix(10)) of \(missing.count) missing\n\(description)")
    }
}

/// One process of a cluster, which can be ended and started again where it was.
final class TestClusterNode {
    /// A host of a network.
    struct Place {
        let network: TestNetwork
        let host: Int
    }

    private(set) var product: Product
    let port: Int
    let busPort: Int
    /// The ports that others use, where those are gates.
    let (gate, busGate): (Int?, Int?)
    private let place: Place?
    let directory: TemporaryDirectory
    private let settings: [String]
    private(set) var server: ServerProcess
    /// Whether it was paused.
    private(set) var isStopped = false
    private var connection: Connection?

    init(_ product: Product, _ settings: [String], isGated: Bool = false, _ place: Place? = nil) throws {
        (self.product, port, busPort, self.place) = (product, try freePort(), try freePort(), place)
        (gate, busGate) = isGated ? (try freePort(), try freePort()) : (nil, nil)
        directory = try TemporaryDirectory()
        let listening = place.map { ["bind 127.0.0.1 \($0.network.address($0.host))", "protected-mode no"] } ?? []
        let announced = [gate.map { "cluster-announce-port \($0)" }, busGate.map { "cluster-announce-bus-port \($0)" }]
        self.settings =
            listening + announced.compactMap(\.self) + [
                "cluster-enabled yes", "cluster-port \(busPort)", "dir \(directory.path)",
                "cluster-node-timeout \(TestCluster.timeout)", "repl-diskless-sync-delay 0",
            ] + settings
        server = try TestClusterNode.start(product, port, self.settings, place)
    }

    private static func start(
        _ product: Product, _ port: Int, _ settings: [String], _ place: Place?
    ) throws -> ServerProcess {
        guard let place else { return try ServerProcess(product, port: port, settings) }
        return try place.network.on(place.host) { try ServerProcess(product, port: port, settings) }
    }

    private var host: String { place.map { $0.network.address($0.host) } ?? "127.0.0.1" }
    var address: String { "\(host):\(port)" }
    /// What clients use.
    var clientAddress: String { "\(host):\(gate ?? port)" }

    /// A connection that stays whatever becomes of the network between the nodes.
    func connect() throws -> Connection {
        guard let place else { return try Connection(port: port) }
        return try place.network.on(place.host) { try Connection(port: port) }
    }

    func waitUntilReady() throws {
        let isReady = eventually {
            server.child.exitStatus() != nil || (try? connect().run("PING")) == .simple("PONG")
        }
        guard isReady, server.child.exitStatus() == nil else { throw HarnessError.notStarted(log: server.log) }
    }

    @discardableResult
    func run(_ arguments: any Argument...) throws -> Reply {
        if connection == nil { connection = try connect() }
        do {
            return try connection!.run(arguments.map(\.wireBytes))
        } catch {
            connection = nil
            throw error
        }
    }

    // MARK: Fate

    func kill() {
        server.child.kill()
        connection = nil
    }

    func stop() {
        server.child.signal(SIGSTOP)
        isStopped = true
    }

    func resume() {
        server.child.signal(SIGCONT)
        isStopped = false
    }

    func terminate() {
        server.stop()
        connection = nil
    }

    /// Starts it again where it was, or another in its place.
    func restart(as other: Product? = nil) throws {
        connection = nil
        if let other { product = other }
        server = try TestClusterNode.start(product, port, settings, place)
        try waitUntilReady()
    }

    // MARK: Looking

    func name() throws -> String { try run("CLUSTER", "MYID").words }

    func view() throws -> [ClusterLine] {
        try run("CLUSTER", "NODES").words.split(separator: "\n").compactMap { ClusterLine(String($0)) }
    }

    /// Who owns what and who follows whom, as it sees it.
    func layout() throws -> String {
        try view().filter { !$0.flags.contains("fail") && !$0.flags.contains("handshake") }.map {
            "\($0.name) \($0.primary) \($0.slots.joined(separator: ","))"
        }.sorted().joined(separator: "\n")
    }

    func clusterField(_ name: String) throws -> String { try field(name, of: run("CLUSTER", "INFO")) }

    func field(_ name: String, in section: String = "replication") throws -> String {
        try field(name, of: run("INFO", section))
    }

    private func field(_ name: String, of reply: Reply) -> String {
        let lines = reply.words.split(whereSeparator: \.isNewline)
        return lines.first { $0.hasPrefix("\(name):") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }
}

/// A line of CLUSTER NODES.
struct ClusterLine {
    let name: String
    let address: String
    let flags: [String]
    /// `-` for none.
    let primary: String
    let slots: [String]

    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 8 else { return nil }
        (name, address, primary) = (words[0], words[1], words[3])
        flags = words[2].split(separator: ",").map(String.init)
        slots = Array(words.dropFirst(8))
    }

    var isMyself: Bool { flags.contains("myself") }
    var isPrimary: Bool { flags.contains("master") }
    var isFailed: Bool { flags.contains("fail") }
    var port: Int { Int(address.split(separator: "@")[0].split(separator: ":").last ?? "") ?? 0 }
}

/// A client that goes where it is sent.
final class ClusterClient {
    private let cluster: TestCluster
    private var connections: [String: Connection] = [:]
    private var last: String

    init(_ cluster: TestCluster) {
        self.cluster = cluster
        last = cluster.living[0].address
    }

    /// Runs a command where it belongs.
    @discardableResult
    func run(_ arguments: any Argument...) throws -> Reply {
        let request = arguments.map(\.wireBytes)
        var address = last
        var isAsking = false
        for _ in 0..<100 {
            let connection = try connection(address)
            if isAsking { try connection.run("ASKING") }
            let reply = try connection.run(request)
            guard let words = reply.errorText?.split(separator: " "), words.count == 3,
                words[0] == "MOVED" || words[0] == "ASK"
            else {
                if reply.errorText?.hasPrefix("TRYAGAIN") == true { continue }
                return reply
            }
            isAsking = words[0] == "ASK"
            address = String(words[2])
            if !isAsking { last = address }
        }
        throw HarnessError.timedOut("following redirections")
    }

    private func connection(_ address: String) throws -> Connection {
        if let known = connections[address] { return known }
        let (host, port) = try hostAndPort(address)
        let fresh = try Connection(host: host, port: port)
        connections[address] = fresh
        return fresh
    }
}

/// The parts of `host:port`.
func hostAndPort(_ address: String) throws -> (host: String, port: Int) {
    let parts = address.split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1]) else { throw HarnessError.unreadable("address \(address)") }
    return (String(parts[0]), port)
}
