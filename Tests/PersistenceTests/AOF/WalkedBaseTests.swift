import Primitives
import Settings
import Storage
import Testing

@testable import Commands
@testable import Persistence

/// A node whose log gets its bases from walks, on a simulated disk.
private final class WalkedLog: JournalReader, SnapshotTarget {
    let node: TestNode
    let disk = SimulatedDisk()
    private var writer: AOFWriter
    private var queue: [DiskRequest] = []
    private var stream: SnapshotStream?
    private let isRDB: Bool
    /// What data sets are read into.
    private let copy = TestNode()
    private var history: [(offset: Int64, digest: [UInt8])] = []
    private(set) var rewrites = 0

    init(seed: UInt64, isRDB: Bool) {
        node = TestNode(seed: seed)
        self.isRDB = isRDB
        var options = AOFOptions(directory: "log", prefix: "a")
        options.synchronization = .always
        options.hasRDBBase = isRDB
        writer = AOFWriter(options, offset: 0)
        node.node.keyspace.journal.attach(self)
        note()
    }

    func read(_ bytes: Bytes, endingAt offset: Int64) { writer.receive(bytes, endingAt: offset, seconds: 1) }

    var promised: Int64 { writer.isTrusted ? writer.synchronizedOffset : 0 }

    private func note() {
        history.append((node.node.keyspace.journal.offset, DataDigest.digest(of: node.node.keyspace)))
    }

    func run(_ command: [String]) {
        node.run(command)
        note()
        writer.flush(now: 0)
        collect()
    }

    private func collect() {
        queue += writer.takeRequests()
        for case .rewritten in writer.takeEvents() { rewrites += 1 }
    }

    func perform(_ most: Int) {
        var left = most
        while left > 0, !queue.isEmpty {
            let request = queue.removeFirst()
            writer.receive(DiskResult(ticket: request.ticket, error: disk.perform(request.action)), now: 0)
            collect()
            left -= 1
        }
    }

    // MARK: The base

    func beginRewrite() {
        guard stream == nil, writer.beginRewrite() else { return }
        node.node.keyspace.journal.selectAnew(self)
        let form: SnapshotForm = isRDB ? .file(SnapshotOptions(node.node, libraries: [], isBase: true)) : .commands([])
        stream = SnapshotStream(node.node.keyspace, form, packing: nil)
        collect()
    }

    func walk(steps: Int) {
        var left = steps
        stream?.advance(into: self) {
            left -= 1
            return left <= 0
        }
    }

    func take(_ bytes: DiskBytes, isLast: Bool) {
        writer.receiveBase(bytes)
        if isLast {
            writer.finishBase()
            stream = nil
        }
        collect()
    }

    var backlog: Int { writer.baseBacklog }
    func waitForBacklog(milliseconds: Int?) { perform(1) }

    // MARK: Reopening

    /// What a start finds must have been the data set once, no earlier than what was promised.
    func expectRecovery(from files: [String: [UInt8]], _ remark: String) throws {
        try recover(files)
        let digest = DataDigest.digest(of: copy.node.keyspace)
        let found = history.last { $0.digest == digest }
        #expect(found != nil, "\(remark): a data set that never was")
        if let found { #expect(found.offset >= promised, "\(remark): older than what was promised") }
    }

    private func recover(_ files: [String: [UInt8]]) throws {
        var findings = AOFFindings()
        findings.manifest = files["log/a.manifest"]
        for (path, content) in files { findings.sizes[String(path.dropFirst(4))] = content.count }
        copy.node.keyspace.flush(nil, later: false)
        guard case .load(let manifest) = try AOFPlan(findings, prefix: "a") else { return }
        copy.node.keyspace.expiryMode = .ignore
        var replay = AOFReplay(copy.node)
        for file in manifest.replayed {
            try files["log/\(file.name)"]!.withBytes { bytes in
                let beginning =
                    AOFReader.hasPreamble(bytes) ? try AOFPreamble.load(bytes, into: copy.node.keyspace) : 0
                replay.begin(bytes, from: beginning)
                while case .goesOn = replay.advance(until: { false }) {}
            }
        }
    }
}

/// Changes of a few small keys of all kinds: the whole data set is digested after each.
private struct SmallCommands {
    private var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    mutating func next() -> [String] {
        let number = "\(below(6))"
        switch below(12) {
        case 0...2: return ["SET", "string\(below(20))", number]
        case 3: return ["DEL", "string\(below(20))", "list\(number)", "hash\(number)"]
        case 4: return ["APPEND", "string\(below(20))", number]
        case 5: return ["RPUSH", "list\(number)", number, "b"]
        case 6: return ["HSET", "hash\(number)", "f\(number)", "v"]
        case 7: return ["ZADD", "sorted\(number)", number, "m\(below(9))"]
        case 8: return ["SPOP", "set\(number)"]
        case 9: return ["SADD", "set\(number)", "m\(below(9))"]
        case 10: return ["RENAME", "string\(below(20))", "string\(below(20))"]
        default: return [["FLUSHALL"], ["SWAPDB", "0", "1"], ["SELECT", "\(below(3))"]][below(3)]
        }
    }
}

@Suite struct WalkedBaseTests {
    /// Clients write while bases are walked for, and the end comes at any time.
    @Test(arguments: 1...4, [true, false]) func nothingIsLostWhileABaseIsWalkedFor(seed: UInt64, isRDB: Bool) throws {
        let log = WalkedLog(seed: seed, isRDB: isRDB)
        var commands = SmallCommands(seed: seed)
        log.beginRewrite()
        log.walk(steps: .max)
        log.perform(.max)
        for round in 0..<300 {
            if commands.below(15) == 0 { log.beginRewrite() }
            log.walk(steps: commands.below(6))
            log.run(commands.next())
            log.perform(commands.below(6))
            guard round % 9 == 0 else { continue }
            try log.expectRecovery(from: log.disk.afterKill, "seed \(seed), killed in round \(round)")
            try log.expectRecovery(from: log.disk.afterPowerCut(kept: 0), "seed \(seed), cut in round \(round)")
        }
        log.walk(steps: .max)
        log.perform(.max)
        #expect(log.rewrites > 2)
        try log.expectRecovery(from: log.disk.afterPowerCut(kept: 0), "seed \(seed), at the end")
    }
}
