import Primitives
import RESP
import Settings
import Simulation
import Storage
import Testing

@testable import Commands
@testable import Persistence

/// Packs pieces when somebody waits for them.
final class LatePacking: SnapshotPacking {
    private var waiting: [PackingRequest] = []

    func submit(_ request: PackingRequest) { waiting.append(request) }

    /// Within a moment it does nothing.
    func waitForPacked(milliseconds: Int?) -> [PackedPiece] {
        if milliseconds != nil { return [] }
        precondition(!waiting.isEmpty, "would wait for ever")
        return results()
    }

    /// Packs what waits, if anything does.
    func results() -> [PackedPiece] {
        defer { waiting = [] }
        return waiting.map { $0.carryOut() }
    }
}

/// A node with a disk in memory.
final class SavingNode {
    let test: TestNode
    let disk = MemoryDisk()
    let packing = LatePacking()
    let snapshots: Snapshots

    init(_ lines: String = "", seed: UInt64 = 1) throws {
        var settings = Settings()
        try settings.read(text: "dir /data\n\(lines)", named: "test")
        test = TestNode(settings: settings, seed: seed, families: allFamilies + persistenceFamilies)
        snapshots = Snapshots(test.node, disk, packing: packing)
        test.node.saving = snapshots
    }

    @discardableResult
    func run(_ arguments: String...) -> Reply { test.run(arguments) }

    /// Lets the snapshot under way go on to its end.
    func finish() {
        while snapshots.isSaving {
            snapshots.advance { false }
            serve()
        }
    }

    /// Has the helpers do what they were asked for.
    func serve() {
        for piece in packing.results() { snapshots.receive(piece) }
        for result in disk.results() { snapshots.receive(result) }
    }

    var digest: Reply { run("DEBUG", "DIGEST") }
    var file: [UInt8]? {
        get { disk.files["/data/dump.rdb"] }
        set { disk.files["/data/dump.rdb"] = newValue }
    }

    /// Fills it with all types and sizes.
    func fill(seed: UInt64, _ count: Int = 1500) {
        var commands = RandomCommands(seed: seed)
        for _ in 0..<count { test.run(commands.next()) }
        test.run("SELECT", "0")
    }

    /// A field of INFO.
    func information(_ field: String) -> String? {
        guard case .bulk(let bytes) = run("INFO", "persistence") else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").first { $0.hasPrefix("\(field):") }
            .map { String($0.dropFirst(field.utf8.count + 1)) }
    }
}

@Suite struct SnapshotTests {
    private let usual = "enable-debug-command yes\n"

    private func load(_ bytes: [UInt8], into node: SavingNode) throws(RDBError) -> Bool {
        let outcome: Result<Bool, RDBError> = bytes.withBytes { bytes in
            node.snapshots.beginLoading(bytes)
            do throws(RDBError) { return .success(try node.snapshots.continueLoading(most: .max)) } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    @Test(arguments: 1...4) func whatWasSavedIsLoadedAgain(seed: UInt64) throws {
        let node = try SavingNode(usual, seed: seed)
        node.fill(seed: seed)
        #expect(node.run("SAVE") == .simple("OK"))
        let other = try SavingNode(usual, seed: seed + 100)
        #expect(try load(try #require(node.file), into: other))
        #expect(other.digest == node.digest)
        #expect(other.information("rdb_changes_since_last_save") == "0")
    }

    @Test(arguments: 1...4) func aSnapshotInTheBackgroundHoldsTheCut(seed: UInt64) throws {
        let node = try SavingNode(usual, seed: seed)
        node.fill(seed: seed)
        let digest = node.digest
        #expect(node.run("BGSAVE") == .simple("Background saving started"))
        #expect(node.run("BGSAVE") == .error("ERR Background save already in progress"))
        #expect(node.run("SAVE") == .error("ERR Background save already in progress"))
        #expect(node.information("rdb_bgsave_in_progress") == "1")
        var commands = RandomCommands(seed: seed + 50)
        while node.snapshots.isSaving {
            var steps = 30
            node.snapshots.advance {
                steps -= 1
                return steps <= 0
            }
            node.serve()
            for _ in 0..<3 { node.test.run(commands.next()) }
        }
        #expect(node.information("rdb_last_bgsave_status") == "ok")
        let other = try SavingNode(usual)
        #expect(try load(try #require(node.file), into: other))
        #expect(other.digest == digest)
    }

    @Test func reloadingKeepsEverything() throws {
        let node = try SavingNode(usual)
        node.fill(seed: 3)
        let digest = node.digest
        #expect(node.run("DEBUG", "RELOAD") == .simple("OK"))
        #expect(node.digest == digest)
        node.run("SET", "young", "1")
        #expect(node.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE") == .simple("OK"))
        #expect(node.run("GET", "young") == .bulk(Array("1".utf8)))
        #expect(
            node.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")
                == .error("ERR Error trying to load the RDB dump, check server logs."))
        #expect(
            node.run("DEBUG", "RELOAD", "NO")
                == .error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."))
    }

    // MARK: Damage

    private func small() throws -> [UInt8] {
        let node = try SavingNode(usual)
        for command in [
            ["SET", "s", "text"], ["RPUSH", "l", "a", "b"], ["SADD", "e", "1", "2"], ["HSET", "h", "f", "v"],
            ["ZADD", "z", "1", "m"], ["SET", "t", "1", "EX", "100"],
        ] {
            node.test.run(command)
        }
        node.run("SAVE")
        return try #require(node.file)
    }

    @Test func aFileThatIsCutOffIsRefusedWhereverItIs() throws {
        let bytes = try small()
        for count in 0..<bytes.count {
            let node = try SavingNode(usual)
            #expect(throws: RDBError.self) { try load(Array(bytes[..<count]), into: node) }
            #expect(node.run("PING") == .simple("PONG"))
        }
    }

    @Test func aByteThatChangedIsNoticed() throws {
        let bytes = try small()
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            let node = try SavingNode(usual)
            #expect(throws: RDBError.self, "byte \(index)") { try load(damaged, into: node) }
        }
    }

    @Test func withoutAChecksumDamageIsSurvived() throws {
        let bytes = try small()
        let node = try SavingNode(usual)
        for index in bytes.indices.dropLast(8) {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                damaged.replaceSubrange(bytes.count - 8..<bytes.count, with: Array(repeating: 0, count: 8))
                node.run("FLUSHALL")
                _ = try? load(damaged, into: node)
                #expect(node.run("PING") == .simple("PONG"))
            }
        }
    }

    @Test func aKeyThatIsThereTwiceIsRefused() throws {
        let bytes = Array("REDIS0003".utf8) + [0, 1, 0x61, 1, 0x31, 0, 1, 0x61, 1, 0x32, 0xFF]
        let node = try SavingNode(usual)
        #expect(throws: RDBError(offset: 15, "the key 'a' is there twice")) { try load(bytes, into: node) }
    }

    @Test func whatStandsBetweenKeysIsReadOrPassedOver() throws {
        let head = Array("VALKEY080".utf8)
        let parts: [[UInt8]] = [
            [0xFA, 1, 0x61, 1, 0x62], [0xF3, 1, 0x6A, 1, 0, 9], [0xF4, 3, 1, 0], [0xFB, 1, 0],
            [0xF7, 9, 2, 1, 1, 5, 5, 1, 0x61, 4, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0], [0xFE, 2],
            [0xF8, 0x40, 0x64], [0, 1, 0x6B, 1, 0x76], [0xFF], Array(repeating: 0, count: 8),
        ]
        let node = try SavingNode(usual)
        #expect(try load(head + parts.joined(), into: node))
        node.run("SELECT", "2")
        #expect(node.run("OBJECT", "IDLETIME", "k") == .integer(100))
        #expect(node.run("GET", "k") == .bulk(Array("v".utf8)))
    }

    @Test func keysWhoseTimeIsOverAreLeftOut() throws {
        let node = try SavingNode(usual)
        node.run("SET", "short", "1", "PX", "100")
        node.run("SET", "long", "1", "PX", "100000")
        node.run("SAVE")
        node.test.hands.advance(milliseconds: 1000)
        node.test.node.beginTurn()
        #expect(node.run("DEBUG", "RELOAD", "NOSAVE") == .simple("OK"))
        #expect(node.run("DBSIZE") == .integer(1))
        #expect(node.information("rdb_last_load_keys_expired") == "1")
        #expect(node.information("rdb_last_load_keys_loaded") == "1")
    }

    @Test func versionsOfTheFutureAreRefused() throws {
        for magic in ["REDIS0015", "REDIS0000", "VALKEY081", "REDISabcd", "BLUES0010"] {
            let node = try SavingNode(usual)
            #expect(throws: RDBError.self) {
                try load(Array(magic.utf8) + [0xFF] + Array(repeating: 0, count: 8), into: node)
            }
        }
    }

    // MARK: Faults

    @Test func whatFailsLeavesTheOldFileAlone() throws {
        let failures: [(DiskAction) -> Bool] = [
            { if case .create = $0 { true } else { false } }, { if case .append = $0 { true } else { false } },
            { if case .synchronize = $0 { true } else { false } }, { if case .close = $0 { true } else { false } },
            { if case .rename = $0 { true } else { false } },
        ]
        for fails in failures {
            let node = try SavingNode(usual)
            node.run("SET", "k", "old")
            node.run("SAVE")
            let before = node.file
            node.run("SET", "k", "new")
            node.disk.failure = { fails($0) ? 28 : 0 }
            #expect(node.run("SAVE") == .error("ERR"))
            #expect(node.file == before)
            for result in node.disk.results() { node.snapshots.receive(result) }
            #expect(node.disk.files.count == 1)
            #expect(node.run("SET", "k", "newer").isError("MISCONF"))
            #expect(node.run("PING").isError("MISCONF"))
            #expect(node.run("GET", "k") == .bulk(Array("new".utf8)))
            node.disk.failure = { _ in 0 }
            #expect(node.run("BGSAVE") == .simple("Background saving started"))
            node.finish()
            #expect(node.run("SET", "k", "newest") == .simple("OK"))
        }
    }

    @Test func aSnapshotCanBeGivenUp() throws {
        let node = try SavingNode(usual)
        node.fill(seed: 9)
        let none = "ERR Background saving is currently not in progress or scheduled"
        #expect(node.run("BGSAVE", "CANCEL") == .error(none))
        node.run("BGSAVE")
        #expect(node.run("BGSAVE", "CANCEL") == .simple("Background saving cancelled"))
        for result in node.disk.results() { node.snapshots.receive(result) }
        #expect(node.disk.files.isEmpty)
        #expect(node.run("SAVE") == .simple("OK"))
        #expect(node.run("BGSAVE", "NEVER") == .error("ERR syntax error"))
    }

    @Test func aSnapshotWithinATransactionBeginsAfterIt() throws {
        let node = try SavingNode(usual)
        node.run("MULTI")
        node.run("SET", "a", "1")
        node.run("BGSAVE")
        node.run("SET", "b", "1")
        node.run("EXEC")
        #expect(!node.snapshots.isSaving)
        node.snapshots.tick()
        #expect(node.snapshots.isSaving)
        node.finish()
        let other = try SavingNode(usual)
        #expect(try load(try #require(node.file), into: other))
        #expect(other.run("DBSIZE") == .integer(2))
    }

    @Test func whatWasFilledIsFreedByAHelper() throws {
        let node = try SavingNode(usual)
        node.fill(seed: 11, 200)
        var discarded: [Discarded] = []
        node.test.node.keyspace.dispose = { discarded.append(Discarded(word: $0.word)) }
        node.run("BGSAVE")
        node.finish()
        let sizes = discarded.map(\.byteCount)
        discarded.forEach { $0.free() }
        #expect(sizes.contains { $0 >= PieceRoom.size })
    }

    /// When a long string is written and a large collection follows, a change of the string writes nothing more.
    @Test func aLongStringThatChangesLateHurriesNothing() throws {
        let node = try SavingNode(usual)
        node.run("SET", "text", String(repeating: "x", count: 2 << 20))
        for _ in 0..<300 { node.run("RPUSH", "list", String(repeating: "y", count: 3000)) }
        let writer = SnapshotWriter(node.test.node.keyspace, SnapshotOptions())
        node.test.node.keyspace.existing(0)?.forEach { entry in
            if entry.isString { #expect(!writer.begin(entry, database: 0)) }
        }
        node.test.node.keyspace.existing(0)?.forEach { entry in
            if !entry.isString { writer.save(entry, database: 0) }
        }
        while writer.encodedBytes < (2 << 20) + 100 { #expect(!writer.writeHeld()) }
        let before = writer.encodedBytes
        writer.finish()
        #expect(writer.encodedBytes == before && writer.isFull)
        while !writer.writeHeld() {}
        writer.finish()
        #expect(!writer.isFull)
    }

    @Test func whoeverWritesFasterThanTheDiskWaits() throws {
        let node = try SavingNode(usual + "rdbcompression no\nrdbchecksum no\n")
        let value = String(repeating: "x", count: 100_000)
        for number in 0..<400 { node.run("SET", "k\(number)", "\(number)\(value)") }
        node.run("BGSAVE")
        for number in 0..<400 {
            node.run("SET", "k\(number)", "new")
            node.snapshots.holdBack()
            #expect(Int(try #require(node.information("current_cow_size")))! < 33 << 20)
        }
        #expect(Int(try #require(node.information("current_cow_peak")))! > 31 << 20)
        #expect(node.information("current_save_keys_processed") == "400")
        #expect(node.information("current_fork_perc") == "100.00")
        node.finish()
        let other = try SavingNode(usual)
        #expect(try load(try #require(node.file), into: other))
        #expect(other.run("DBSIZE") == .integer(400))
        #expect((0..<400).allSatisfy { other.run("GET", "k\($0)") == .text("\($0)\(value)") })
        #expect(node.information("current_save_keys_total") == "0")
    }

    @Test func aDelayForEachKeyIsKept() throws {
        let node = try SavingNode(usual + "rdb-key-save-delay 1000000\n")
        for number in 0..<3 { node.run("SET", "k\(number)", "v") }
        node.run("BGSAVE")
        for second in 1...3 {
            node.snapshots.advance { false }
            #expect(!node.snapshots.isReady)
            #expect(node.information("current_save_keys_processed") == "\(second)")
            node.test.advance(milliseconds: 1000)
        }
        node.finish()
        #expect(node.information("rdb_last_bgsave_status") == "ok")
    }

    @Test(arguments: [(1000, 3000), (0, 0), (-1, 3)]) func aDelayForEachKeyIsKeptWhileNobodyIsServed(
        _ delay: Int, _ slept: Int64
    ) throws {
        let node = try SavingNode(usual + "rdb-key-save-delay \(delay)\n")
        for number in 0..<3 { node.run("SET", "k\(number)", "v") }
        #expect(node.run("SAVE") == .simple("OK"))
        #expect(node.test.environment.slept == slept)
    }

    @Test func savePointsBeginASnapshot() throws {
        let node = try SavingNode(usual + "save 10 3\n")
        for number in 0..<3 { node.run("SET", "k\(number)", "v") }
        node.snapshots.tick()
        #expect(!node.snapshots.isSaving)
        node.test.advance(milliseconds: 11_000)
        node.snapshots.tick()
        #expect(node.snapshots.isSaving)
        node.run("SET", "later", "v")
        node.finish()
        #expect(node.information("rdb_changes_since_last_save") == "1")
        #expect(node.information("rdb_saves") == "1")
    }
}

extension Reply {
    func isError(_ code: String) -> Bool {
        if case .error(let text) = self { return text.hasPrefix(code) }
        return false
    }
}
