import Primitives
import Storage
import Testing

@testable import Commands
@testable import Persistence

/// A snapshot is what there was at the cut, whatever is done while the walk is under way.
@Suite struct SnapshotWalkTests {
    /// Keys with what they were when a sink took them.
    private final class Copies: SnapshotSink {
        var taken: [String: [UInt8]] = [:]
        var twice: [String] = []
        /// After how many entries the sink is full.
        var room = Int.max
        var isFull: Bool { room <= 0 }

        func save(_ entry: Entry, database: Int) {
            let name = Copies.name(entry, database)
            if taken.updateValue(Copies.content(entry), forKey: name) != nil { twice.append(name) }
            room -= 1
        }

        static func name(_ entry: Entry, _ database: Int) -> String { "\(database) \(String(entry.key))" }

        static func content(_ entry: Entry) -> [UInt8] {
            DataDigest.digest(of: entry) + Array("\(entry.expiry ?? 0)".utf8)
        }

        /// All that there is now.
        static func all(of keyspace: Keyspace) -> [String: [UInt8]] {
            var all: [String: [UInt8]] = [:]
            for index in 0..<keyspace.databaseCount {
                keyspace.existing(index)?.forEach { all[name($0, index)] = content($0) }
            }
            return all
        }
    }

    private static func isMarked(_ keyspace: Keyspace) -> Bool {
        var found = false
        for index in 0..<keyspace.databaseCount { keyspace.existing(index)?.forEach { found = found || $0.isSaved } }
        return found
    }

    @Test(arguments: 1...4) func aWalkSavesWhatThereWasAtTheCut(seed: UInt64) {
        let node = TestNode(seed: seed)
        var commands = RandomCommands(seed: seed)
        for _ in 0..<1500 { node.run(commands.next()) }
        for round in 0..<3 {
            let keyspace = node.node.keyspace
            let copies = Copies()
            let expected = Copies.all(of: keyspace)
            let walk = keyspace.beginSnapshot(copies)
            #expect(walk.keyCount == expected.count)
            while true {
                copies.room = commands.below(20)
                var steps = commands.below(40)
                let isDone = walk.advance {
                    steps -= 1
                    return steps <= 0
                }
                if isDone { break }
                for _ in 0..<commands.below(5) { node.run(commands.next()) }
                if commands.below(50) == 0 { node.advance(milliseconds: 500) }
            }
            #expect(copies.taken == expected, "seed \(seed), round \(round)")
            #expect(copies.twice.isEmpty)
            #expect(walk.savedCount == expected.count)
            #expect(!SnapshotWalkTests.isMarked(keyspace))
            #expect(keyspace.snapshot == nil)
        }
    }

    /// Keys go in the middle of the walk since memory is short: behind it, ahead of it, and where it stands.
    @Test(arguments: 1...2, ["allkeys-random", "allkeys-lru", "allkeys-lfu", "allkeys-s3fifo", "volatile-ttl"])
    func keysThatAreEvictedInTheMiddleAreSavedFirst(seed: UInt64, policy: String) {
        let node = TestNode(seed: seed)
        var commands = RandomCommands(seed: seed)
        node.run("CONFIG", "SET", "maxmemory-policy", policy)
        var evicted = 0
        for round in 0..<3 {
            for _ in 0..<800 { node.run(commands.next()) }
            for number in 0..<400 { node.run("SET", "many\(number)", "\(number)", "EX", "1000") }
            let keyspace = node.node.keyspace
            let copies = Copies()
            let expected = Copies.all(of: keyspace)
            let walk = keyspace.beginSnapshot(copies)
            let before = keyspace.statistics.evicted
            var limit = node.node.usedBytes
            while true {
                var steps = commands.below(100)
                let isDone = walk.advance {
                    steps -= 1
                    return steps <= 0
                }
                if isDone { break }
                limit -= limit / 200
                node.run("CONFIG", "SET", "maxmemory", "\(limit)")
                node.node.keepMemory()
                for _ in 0..<commands.below(4) { node.run(commands.next()) }
            }
            #expect(copies.taken == expected, "seed \(seed), round \(round)")
            #expect(copies.twice.isEmpty)
            #expect(!SnapshotWalkTests.isMarked(keyspace))
            evicted += keyspace.statistics.evicted - before
            node.run("CONFIG", "SET", "maxmemory", "0")
        }
        #expect(evicted > 100)
    }

    @Test func aWalkThatIsGivenUpLeavesNoTrace() {
        let node = TestNode()
        var commands = RandomCommands(seed: 5)
        for _ in 0..<1000 { node.run(commands.next()) }
        let copies = Copies()
        copies.room = 10
        let walk = node.node.keyspace.beginSnapshot(copies)
        #expect(!walk.advance { false })
        for _ in 0..<100 { node.run(commands.next()) }
        walk.abandon()
        let expected = Copies.all(of: node.node.keyspace)
        let next = Copies()
        let second = node.node.keyspace.beginSnapshot(next)
        #expect(second.advance { false })
        #expect(next.taken == expected)
        #expect(!SnapshotWalkTests.isMarked(node.node.keyspace))
    }

    @Test func aSlotOfManySegmentsIsWalkedInSlices() {
        let node = TestNode()
        for number in 0..<5000 { node.run("SET", "{slot}\(number)", "old") }
        let copies = Copies()
        let expected = Copies.all(of: node.node.keyspace)
        let walk = node.node.keyspace.beginSnapshot(copies)
        var slices = 0
        while !walk.advance(until: { true }) {
            slices += 1
            node.run("SET", "{slot}\(slices * 7 % 6000)", "new")
            node.run("DEL", "{slot}\(slices * 13 % 6000)")
        }
        #expect(slices > 20)
        #expect(copies.taken == expected)
        #expect(copies.twice.isEmpty)
        #expect(!SnapshotWalkTests.isMarked(node.node.keyspace))
    }

    @Test func databasesThatWereEmptiedAreStillSaved() {
        let node = TestNode()
        for number in 0..<100 { node.run("SET", "key:\(number)", "value") }
        let copies = Copies()
        let walk = node.node.keyspace.beginSnapshot(copies)
        node.run("FLUSHALL")
        node.run("SET", "key:1", "young")
        #expect(walk.advance { false })
        #expect(copies.taken.count == 100)
        #expect(node.run("DBSIZE") == .integer(1))
        #expect(node.run("GET", "key:1") == .bulk(Array("young".utf8)))
    }
}

/// Commands by chance, that touch all types, databases and ways by which a key comes, changes and goes.
struct RandomCommands {
    private var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    private mutating func key(_ type: String) -> String {
        // Some keys share a slot, so that it has many segments.
        below(4) == 0 ? "{t}\(type)\(below(600))" : "\(type)\(below(60))"
    }

    private mutating func number() -> String { "\(below(100_000))" }

    private static let types = ["s", "l", "h", "z", "e", "x"]

    mutating func next() -> [String] {
        let type = RandomCommands.types[below(6)]
        let key = key(type)
        switch below(30) {
        case 0: return ["DEL", key]
        case 1: return ["EXPIRE", key, "\(below(20))"]
        case 2: return ["PERSIST", key]
        case 3: return ["RENAME", key, self.key(type)]
        case 4: return ["COPY", key, self.key(type), "REPLACE"]
        case 5: return ["MOVE", key, "\(below(3))"]
        case 6: return ["SELECT", "\(below(3))"]
        case 7: return below(20) == 0 ? ["SWAPDB", "\(below(3))", "\(below(3))"] : ["TOUCH", key]
        case 8:
            return below(40) == 0 ? [below(2) == 0 ? "FLUSHDB" : "FLUSHALL", "ASYNC"] : ["OBJECT", "ENCODING", key]
        case 9: return below(40) == 0 ? ["FLUSHALL", "SYNC"] : ["UNLINK", key]
        default: return change(type, key)
        }
    }

    private mutating func change(_ type: String, _ key: String) -> [String] {
        let pick = below(4)
        switch type {
        case "s":
            let text = String(repeating: "v", count: below(3) == 0 ? 900 : 5) + number()
            return [
                ["SET", key, text], ["APPEND", key, text], ["SET", key, number()], ["SETRANGE", key, "3", "x"],
            ][pick]
        case "l":
            let many = ["RPUSH", key] + (0..<below(200)).map { "\($0)" } + ["e"]
            return [["RPUSH", key, number()], ["LPOP", key], ["LSET", key, "0", number()], many][pick]
        case "h":
            return [
                ["HSET", key, number(), number()], ["HSET", key] + (0..<200).flatMap { ["f\($0)", "v"] },
                ["HDEL", key, "f\(below(200))"], ["HEXPIRE", key, "5", "FIELDS", "1", "f\(below(200))"],
            ][pick]
        case "z":
            return [
                ["ZADD", key, number(), number()], ["ZPOPMIN", key], ["ZINCRBY", key, "1", number()],
                ["ZADD", key] + (0..<150).flatMap { ["\($0)", "m\($0)"] },
            ][pick]
        case "e":
            return [
                ["SADD", key, number()], ["SPOP", key], ["SADD", key, "text"],
                ["SADD", key] + (0..<300).map { "m\($0)" },
            ][pick]
        default:
            return [
                ["XADD", key, "*", "f", number()], ["XTRIM", key, "MAXLEN", "5"], ["XGROUP", "CREATE", key, "g", "0"],
                ["XADD", key, "*", "f", number()],
            ][pick]
        }
    }
}
