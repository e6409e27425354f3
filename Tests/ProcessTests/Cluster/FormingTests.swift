import Glibc
import Harness
import Testing

/// Processes that find each other and become a cluster with no command from anybody.
@Suite(.serialized) struct FormingTests {
    @Test func sixNodesOfAListFormAClusterAndHealAfterAllHaveMoved() throws {
        let nodes = try FormingNodes(6)
        nodes.join = { [unowned nodes] in "static:" + nodes.addresses.joined(separator: ",") }
        try nodes.startAll()
        try nodes.expectWhole(shards: 3, replicas: 3)
        let before = try nodes.names()
        try nodes.moveAll()
        try nodes.expectWhole(shards: 3, replicas: 3)
        #expect(try nodes.names() == before)

        // One that comes late becomes a replica.
        let late = try nodes.add()
        try nodes.start(late)
        try nodes.expectWhole(shards: 3, replicas: 4)
    }

    @Test func nodesOfOneProcessAreNotEachOthersReplicas() throws {
        let nodes = try FormingNodes(2, settings: ["cores 3"], portsEach: 3)
        let ports = nodes.ports.flatMap { [$0, $0 + 1, $0 + 2] }
        nodes.join = { "static:" + ports.map { "127.0.0.1:\($0)" }.joined(separator: ",") }
        try nodes.startAll()
        try nodes.expectWhole(shards: 3, replicas: 3)
        for line in try nodes.view(0) where line.primary != "-" {
            let primary = try #require(try nodes.view(0).first { $0.name == line.primary })
            #expect(nodes.process(of: line.port) != nodes.process(of: primary.port), "\(line) \(primary)")
        }
    }

    @Test func sixNodesOfADomainNameFormAClusterAndHealAfterAllHaveMoved() throws {
        let nodes = try FormingNodes(6)
        let names = try Names(nodes)
        nodes.settings = ["cluster-join-resolver 127.0.0.1:\(names.port)"]
        nodes.join = { "dns:_client._tcp.nodes.test" }
        try names.tellServices()
        try nodes.startAll()
        try nodes.expectWhole(shards: 3, replicas: 3)
        try nodes.moveAll { try names.tellServices() }
        try nodes.expectWhole(shards: 3, replicas: 3)
    }

    @Test func nodesOfANamesAddressesFormACluster() throws {
        let nodes = try FormingNodes(3, settings: ["cluster-replicas 0"], onePort: true)
        let names = try Names(nodes)
        nodes.settings.append("cluster-join-resolver 127.0.0.1:\(names.port)")
        nodes.join = { "dns:nodes.test" }
        try names.tellAddresses()
        try nodes.startAll()
        try nodes.expectWhole(shards: 3, replicas: 0)
    }

    @Test func sixNodesFindEachOtherThroughEtcdAndAreTakenOutWhenTheyEnd() throws {
        let etcd = try Etcd()
        let nodes = try FormingNodes(6)
        nodes.join = { "etcd:http://127.0.0.1:\(etcd.port)/test/cluster" }
        try nodes.startAll()
        try nodes.expectWhole(shards: 3, replicas: 3)
        #expect(try etcd.count() == 6)
        try nodes.moveAll()
        try nodes.expectWhole(shards: 3, replicas: 3)
        #expect(try etcd.count() == 6)
        nodes.stop(5)
        #expect(try etcd.count() == 5)
    }

    @Test func nodesFindEachOtherThroughConsulAndAreTakenOutWhenTheyEnd() throws {
        let consul = try Consul()
        let nodes = try FormingNodes(2, settings: ["cluster-shards 2", "cluster-replicas 0"])
        nodes.join = { "consul:http://127.0.0.1:\(consul.port)/cache" }
        try nodes.startAll()
        try nodes.expectWhole(shards: 2, replicas: 0)
        #expect(try consul.services().contains("\"Port\": \(nodes.ports[1])"))
        nodes.stop(1)
        #expect(try !consul.services().contains("\"Port\": \(nodes.ports[1])"))
    }

    @Test func aLocalClusterIsStartedByAScript() throws {
        var first = try freePort()
        // The bus's ports are these and 10000, and are to lie below those of outgoing connections.
        while first > 20_000 { first = try freePort() }
        let directory = try TemporaryDirectory()
        let script = try ChildProcess(
            packageRoot + "/scripts/run-cluster", ["\(first)"], directory: packageRoot,
            outputPath: directory.file("log"), launcher: ["APUS=\(Product.apus.program)"])
        let isServing = eventually(withinMilliseconds: 60_000) {
            script.output.contains("serves on ports \(first) to \(first + 5)") || script.exitStatus() != nil
        }
        #expect(isServing && script.exitStatus() == nil, "\(script.output)")
        let reply = try Connection(port: first + 3).run("CLUSTER", "INFO").words
        #expect(reply.contains("cluster_size:3") && reply.contains("cluster_known_nodes:6"), "\(reply)")
        try #expect(fetch("/", port: first + 102).status == 200)
        #expect(script.terminate(upToMilliseconds: 30_000) == .exited(0), "\(script.output)")
        for port in first..<first + 6 { #expect(throws: (any Error).self) { try Connection(port: port) } }
    }

    @Test func healthIsToldToWhoLooksAfterContainers() throws {
        func health(_ words: String...) -> String {
            (try? runProgram(Product.apus.program, ["health"] + words).lines.first) ?? ""
        }
        try withServer { server in #expect(health("--ready", "--port", "\(server.port)") == "ok") }
        try withServer(.apus, ["requirepass secret"]) { server in
            #expect(health("--port", "\(server.port)") == "ok")
            #expect(health("--ready", "--port", "\(server.port)").contains("REDISCLI_AUTH"))
        }
        try withServer(.apus, ["cluster-enabled yes", "cluster-port \(try freePort())"]) { server in
            #expect(health("--port", "\(server.port)") == "ok")
            #expect(health("--ready", "--port", "\(server.port)") == "not all slots are served")
        }
        let unused = try freePort()
        #expect(health("--port", "\(unused)") == "no answer")
    }

    @Test func filesForContainersAgreeWithEachOther() throws {
        let result = try runProgram(
            packageRoot + "/Tests/clients/run",
            [Product.apus.program, "containers.py", packageRoot + "/docker"], withinMilliseconds: 180_000)
        #expect(result.status == .exited(0), "\(result.output)")
    }

    @Test func aSourceThatMakesNoSenseEndsTheStart() throws {
        for lines in [["cluster-enabled yes", "cluster-join somewhere"], ["cluster-join static:127.0.0.1:1"]] {
            let server = try ServerProcess(.apus, port: try freePort(), lines)
            #expect(server.child.wait() == .exited(1))
            #expect(server.log.contains("cluster-join"), "\(server.log)")
        }
    }
}

/// Processes that are started with a source in place of anybody's help.
private final class FormingNodes {
    private(set) var ports: [Int] = []
    private var busPorts: [Int] = []
    private var directories: [TemporaryDirectory] = []
    private var processes: [ServerProcess?] = []
    var settings: [String]
    /// What `cluster-join` is.
    var join: () -> String = { "" }
    /// Whether nodes have the same port of different addresses.
    private let hasOnePort: Bool
    private let portsEach: Int

    init(_ count: Int, settings: [String] = [], portsEach: Int = 1, onePort: Bool = false) throws {
        (self.settings, self.portsEach, hasOnePort) = (settings, portsEach, onePort)
        for _ in 0..<count { try add() }
    }

    deinit { for process in processes { process?.child.kill() } }

    @discardableResult
    func add() throws -> Int {
        ports.append(try hasOnePort && !ports.isEmpty ? ports[0] : distantPort())
        busPorts.append(try distantPort())
        directories.append(try TemporaryDirectory())
        processes.append(nil)
        return ports.count - 1
    }

    /// A free port, and so are the few that follow.
    private func distantPort() throws -> Int {
        for _ in 0..<100 {
            let port = try freePort()
            if !(ports + busPorts).contains(where: { abs($0 - port) < 10 }) { return port }
        }
        throw HarnessError.timedOut("looking for ports")
    }

    func host(_ index: Int) -> String { hasOnePort ? "127.0.0.\(index + 1)" : "127.0.0.1" }
    var addresses: [String] { ports.indices.map { "\(host($0)):\(ports[$0])" } }
    func process(of port: Int) -> Int? { ports.firstIndex { $0..<($0 + portsEach) ~= port } }

    // MARK: Fate

    func startAll() throws { for index in ports.indices { try start(index) } }

    func start(_ index: Int) throws {
        processes[index] = try ServerProcess(
            .apus, port: ports[index],
            [
                "cluster-enabled yes", "cluster-port \(busPorts[index])", "dir \(directories[index].path)",
                "bind \(host(index))",
                "cluster-node-timeout 2000", "repl-diskless-sync-delay 0", "cluster-join \(join())",
            ] + settings)
    }

    func stop(_ index: Int) {
        processes[index]?.stop()
        processes[index] = nil
    }

    /// All end, and start again with other ports.
    func moveAll(_ tell: () throws -> Void = {}) throws {
        for index in ports.indices { stop(index) }
        for index in ports.indices { (ports[index], busPorts[index]) = (try distantPort(), try distantPort()) }
        try tell()
        try startAll()
    }

    // MARK: Looking

    private func run(_ index: Int, _ arguments: String...) throws -> String {
        try Connection(host: host(index), port: ports[index]).run(arguments.map { Array($0.utf8) }).words
    }

    func view(_ index: Int) throws -> [ClusterLine] {
        try run(index, "CLUSTER", "NODES").split(separator: "\n").compactMap { ClusterLine(String($0)) }
    }

    func names() throws -> [String] { try ports.indices.map { try run($0, "CLUSTER", "MYID") } }

    /// Waits until every node takes the cluster for whole, and knows all of it.
    func expectWhole(shards: Int, replicas: Int) throws {
        let start = monotonicMilliseconds()
        let isWhole = eventually(withinMilliseconds: 40_000) {
            ports.indices.allSatisfy { (try? sees($0, shards, replicas)) ?? false }
        }
        if getenv("APUS_TELL_TIMES") != nil { print("whole after \(monotonicMilliseconds() - start) ms") }
        #expect(isWhole, "\(description)")
    }

    private func sees(_ index: Int, _ shards: Int, _ replicas: Int) throws -> Bool {
        guard try run(index, "CLUSTER", "INFO").contains("cluster_state:ok") else { return false }
        let view = try view(index)
        let owners = view.filter { !$0.slots.isEmpty }
        let counts = owners.map { owner in view.count { $0.primary == owner.name } }
        return owners.count == shards && counts.reduce(0, +) == replicas && view.count == shards + replicas
            && counts.max()! - counts.min()! <= 1 && !view.contains { $0.isFailed }
    }

    private var description: String {
        ports.indices.map { index in
            let log = processes[index]?.log.suffix(1500) ?? ""
            return "\(ports[index])\n\((try? run(index, "CLUSTER", "NODES")) ?? "?")\n\(log)"
        }.joined(separator: "\n")
    }
}

/// A program beside the nodes that ends with the test.
private class Neighbour {
    let port: Int
    let directory: TemporaryDirectory
    fileprivate var child: ChildProcess?

    init() throws { (port, directory) = (try freePort(), try TemporaryDirectory()) }

    deinit { child?.kill() }

    func run(_ program: String, _ arguments: [String]) throws {
        child = try ChildProcess(
            program, arguments, directory: directory.path, outputPath: directory.file("log"), launcher: [])
    }

    /// What a server of HTTP answers.
    func ask(_ method: String, _ path: String, _ body: String = "") throws -> String {
        let connection = try Connection(port: port)
        try connection.send(
            text: "\(method) \(path) HTTP/1.0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return String(decoding: try connection.receiveBytes().bytes, as: UTF8.self)
    }

    func waitUntilReady(_ path: String) throws {
        let isReady = eventually(withinMilliseconds: 20_000) { (try? ask("GET", path).contains(" 200 ")) ?? false }
        if !isReady { throw HarnessError.notStarted(log: child?.output ?? "") }
    }
}

private final class Names: Neighbour {
    private let nodes: FormingNodes

    init(_ nodes: FormingNodes) throws {
        self.nodes = nodes
        try super.init()
        _ = try directory.write("", to: "names")
        try run("python3", [packageRoot + "/Tests/clients/names.py", "\(port)", directory.file("names")])
    }

    func tellServices() throws {
        let lines = nodes.ports.map { "SRV _client._tcp.nodes.test \($0) here.nodes.test\n" }
        _ = try directory.write(lines.joined() + "A here.nodes.test 127.0.0.1\n", to: "names")
    }

    func tellAddresses() throws {
        let lines = nodes.ports.indices.map { "A nodes.test \(nodes.host($0))\n" }
        _ = try directory.write(lines.joined(), to: "names")
    }
}

private final class Consul: Neighbour {
    override init() throws {
        try super.init()
        try run("python3", [packageRoot + "/Tests/clients/consul.py", "\(port)"])
        try waitUntilReady("/v1/health/service/none")
    }

    func services() throws -> String { try ask("GET", "/v1/health/service/cache?passing=true") }
}

private final class Etcd: Neighbour {
    override init() throws {
        try super.init()
        let (own, peers) = ("http://127.0.0.1:\(port)", "http://127.0.0.1:\(try freePort())")
        try run(
            "etcd",
            [
                "--data-dir", directory.file("data"), "--listen-client-urls", own, "--advertise-client-urls", own,
                "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster",
                "default=\(peers)", "--unsafe-no-fsync",
            ])
        try waitUntilReady("/health")
    }

    /// How many nodes have entered themselves.
    func count() throws -> Int {
        // "test/cluster/" and what is behind all that begins with it.
        let range = #"{"key":"dGVzdC9jbHVzdGVyLw==","range_end":"dGVzdC9jbHVzdGVyMA=="}"#
        return try ask("POST", "/v3/kv/range", range).components(of: "\"value\":")
    }
}

extension String {
    /// How often a text is in it.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
