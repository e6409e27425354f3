import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands

private let outOfMemory = Reply.error("OOM command not allowed when used memory > 'maxmemory'.")

/// `maxmemory`: when keys go, and what is refused where none may. These nodes count what is known of data and clients.
@Suite struct MemoryLimitTests {
    private let node = TestNode()

    init() { fill(1000) }

    private func fill(_ count: Int) {
        for index in 0..<count { node.run("SET", "k\(index)", String(repeating: "v", count: 100)) }
    }

    private func limit(_ bytes: Int, _ policy: String = "allkeys-random") {
        #expect(node.run("CONFIG", "SET", "maxmemory", "\(bytes)", "maxmemory-policy", policy) == .simple("OK"))
    }

    private var used: Int { node.node.usedBytes }

    @Test func aLowerLimitTakesEffectAtOnce() {
        let target = used - 50_000
        limit(target)
        #expect(node.node.isEvicting)
        node.node.keepMemory()
        #expect(used <= target && used > target - 1000 && !node.node.isEvicting)
        #expect(node.field("evicted_keys") == "\(1000 - node.node.keyspace.existing(0)!.count)")
    }

    @Test func theNextCommandMakesRoomForWhatTheLastHasTaken() {
        limit(used + 10_000)
        for index in 0..<500 {
            node.run("SET", "new\(index)", String(repeating: "v", count: 200))
            #expect(used <= node.node.settings.maxmemory + 1000)
        }
        node.run("PING")
        #expect(used <= node.node.settings.maxmemory)
        #expect(node.node.keyspace.statistics.evicted > 100)
    }

    @Test func belowTheLimitNothingGoes() {
        limit(used + 1 << 20)
        fill(1000)
        #expect(node.field("evicted_keys") == "0")
        #expect(!node.node.attention.contains(.memory))
    }

    @Test func whereNoKeyMayGoWhatNeedsMemoryIsRefused() {
        limit(used - 50_000, "noeviction")
        #expect(node.run("SET", "k1", "v") == outOfMemory)
        #expect(node.run("STRLEN", "k1") == .integer(100))
        #expect(node.run("DEL", "k1") == .integer(1))
        #expect(node.run("INCR", "n") == outOfMemory)
        #expect(node.run("PING") == .simple("PONG"))
        #expect(node.field("errorstat_OOM") == "count=2")
        #expect(node.field("evicted_keys") == "0")
        for index in 0..<900 { node.run("DEL", "k\(index)") }
        #expect(node.run("SET", "k1", "v") == .simple("OK"))
        #expect(!node.node.attention.contains(.memory))
    }

    @Test func aHigherLimitOrNoneEndsIt() {
        for limits in [["1", "0"], ["1", "1gb"]] {
            node.run("CONFIG", "SET", "maxmemory", limits[0])
            #expect(node.run("SET", "k", "v") == outOfMemory)
            node.run("CONFIG", "SET", "maxmemory", limits[1])
            #expect(node.run("SET", "k", "v") == .simple("OK"))
        }
    }

    @Test func whereOnlyKeysThatExpireMayGoTheOthersStay() {
        limit(1, "volatile-random")
        #expect(node.run("SET", "k", "v") == outOfMemory)
    }

    // MARK: Transactions

    @Test func nothingIsQueuedWithoutMemory() {
        node.run("CONFIG", "SET", "maxmemory", "1")
        #expect(node.run("MULTI") == .simple("OK"))
        #expect(node.run("GET", "k") == outOfMemory)
        #expect(node.run("EXEC") == .error("EXECABORT Transaction discarded because of previous errors."))
        node.run("MULTI")
        #expect(node.run("MULTI") == outOfMemory)
        #expect(node.run("DISCARD") == .simple("OK"))
    }

    @Test func aTransactionThatTakesMemoryIsRefusedAsAWhole() {
        for (command, isRefused) in [(["SET", "k", "v"], true), (["GET", "k"], false)] {
            node.run("CONFIG", "SET", "maxmemory", "0")
            node.run("MULTI")
            node.run(command)
            node.connect().run("CONFIG", "SET", "maxmemory", "1")
            let expected = Reply.error(
                "EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.")
            #expect((node.run("EXEC") == expected) == isRefused)
        }
    }

    @Test func aTransactionIsNotInterrupted() {
        limit(used + 1000)
        let before = node.node.keyspace.statistics.evicted
        node.run("MULTI")
        for index in 0..<50 { node.run("SET", "new\(index)", String(repeating: "v", count: 1000)) }
        node.run("EXISTS", "new0", "new49")
        let evicted = node.node.keyspace.statistics.evicted
        guard case .array(let replies) = node.run("EXEC") else { return #expect(Bool(false)) }
        #expect(replies.last == .integer(2))
        #expect(node.node.keyspace.statistics.evicted - evicted <= evicted - before + 1)
        node.run("PING")
        #expect(used <= node.node.settings.maxmemory)
    }

    // MARK: When keys may go

    @Test func whileTheDataSetStandsStillNothingGoesAndNothingIsRefused() {
        node.run("CLIENT", "PAUSE", "1000", "WRITE")
        limit(used - 50_000)
        node.node.keepMemory()
        #expect(node.run("GET", "k1") == .text(String(repeating: "v", count: 100)))
        #expect(node.node.keyspace.statistics.evicted == 0 && !node.node.isEvicting)
        node.advance(milliseconds: 1001)
        node.node.keepMemory()
        #expect(node.node.keyspace.statistics.evicted > 0)
    }

    @Test func whenTimeIsUpCommandsRunAndTurnsGoOn() {
        node.run("CONFIG", "SET", "maxmemory-eviction-tenacity", "1")
        // Each key takes a microsecond.
        node.environment.whenAskedForDisposals = { [hands = node.hands] in hands.nanoseconds += 1000 }
        let target = used - 60_000
        limit(target)
        #expect(node.run("SET", "k1", "v") == .simple("OK"))
        #expect(node.node.keyspace.statistics.evicted == 64 && node.node.isEvicting)
        var turns = 0
        while node.node.isEvicting {
            node.node.keepMemory()
            turns += 1
        }
        #expect(turns > 2 && used <= target)
        #expect(node.run("PING") == .simple("PONG"))
    }

    @Test func tenacityIsMicrosecondsAsInTheReference() {
        #expect(MemoryWatch.longestEviction(tenacity: 0) == 0)
        #expect(MemoryWatch.longestEviction(tenacity: 10) == 500)
        #expect(Int(MemoryWatch.longestEviction(tenacity: 11)) == 575)
        #expect(Int(MemoryWatch.longestEviction(tenacity: 99) / 1_000_000) == 126)
        #expect(MemoryWatch.longestEviction(tenacity: 100) == .infinity)
    }

    @Test func whatWaitsToBeFreedIsAsGoodAsGone() {
        node.environment.waitingBytes = 50_000
        limit(used - 40_000, "noeviction")
        #expect(node.run("SET", "k1", "v") == .simple("OK"))
        node.environment.waitingBytes = 0
        #expect(node.run("SET", "k1", "v") == outOfMemory)
    }

    @Test func theTimeOverTheLimitIsCounted() {
        node.run("CONFIG", "SET", "maxmemory", "1")
        node.run("PING")
        node.hands.advance(milliseconds: 30)
        #expect(node.field("current_eviction_exceeded_time") == "30")
        node.run("CONFIG", "SET", "maxmemory", "0")
        node.hands.advance(milliseconds: 30)
        #expect(node.field("current_eviction_exceeded_time") == "0")
        #expect(node.field("total_eviction_exceeded_time") == "30")
    }

    // MARK: What follows

    @Test func copiesHearOfEachKeyByItself() {
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        limit(used - 1000)
        node.node.keepMemory()
        let journal = String(decoding: reader.take(), as: UTF8.self)
        #expect(journal.components("DEL") == node.node.keyspace.statistics.evicted && !journal.contains("MULTI"))
    }

    @Test func clientsThatKeepCopiesHearOfItBeforeTheReply() {
        let client = node.connect()
        client.run("HELLO", "3")
        client.run("CLIENT", "TRACKING", "ON")
        for index in 0..<1000 { client.run("GET", "k\(index)") }
        limit(1)
        client.send(TestClient.request(["GET", "k1"]))
        let replies = client.replies()
        #expect(replies.last == .null && replies.count == 1001)
        #expect(replies.contains(.push([.text("invalidate"), .array([.text("k1")])])))
    }

    @Test func itIsNoChangeOfAnybodys() {
        let before = node.field("rdb_changes_since_last_save")
        limit(used - 50_000)
        node.node.keepMemory()
        #expect(node.field("rdb_changes_since_last_save") == before)
    }

    @Test func spikesAreNoted() {
        node.run("CONFIG", "SET", "latency-monitor-threshold", "1")
        node.environment.whenAskedForDisposals = { [hands = node.hands] in hands.advance(milliseconds: 2) }
        limit(used - 1000)
        node.run("PING")
        guard case .array(let events) = node.run("LATENCY", "LATEST"), case .array(let latest)? = events.first else {
            return #expect(Bool(false))
        }
        #expect(latest.first == .text("eviction-cycle"))
    }

    @Test func aLimitBelowWhatIsInUseIsWarnedOf() {
        _ = node.node.takeActions()
        limit(1000)
        let lines = node.node.takeActions().compactMap { if case .log(_, let text) = $0 { text } else { nil } }
        #expect(
            lines.contains { $0.hasPrefix("WARNING: the new maxmemory value set via CONFIG SET (1000) is smaller") })
    }

    @Test(arguments: ["DEL large", "SET large v", "PEXPIRE large 10", "RENAME k1 large", "CONFIG SET maxmemory 1"])
    func aLargeValueIsFreedByAHelper(_ end: String) {
        node.node.keyspace.dispose = { [environment = node.environment] in environment.disposals.append($0) }
        for index in 0..<2000 { node.run("RPUSH", "large", String(repeating: "\(index)", count: 100)) }
        node.run("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
        #expect(node.environment.disposals.isEmpty)
        node.run(end.split(separator: " ").map(String.init))
        node.advance(milliseconds: 20)
        while node.node.isEvicting { node.node.keepMemory() }
        #expect(node.environment.disposals.count == 1)
        for discarded in node.environment.disposals { discarded.free() }
    }

    @Test func databasesOnTheirWayOutAreCounted() {
        guard let account = MemoryAccount(countingOthers: false) else { return }
        node.node.count(in: account)
        let before = used
        node.node.keyspace.dispose = { [environment = node.environment] in environment.disposals.append($0) }
        node.run("FLUSHALL", "ASYNC")
        #expect(used >= before - 1000 && node.environment.disposals.count == 1)
        for discarded in node.environment.disposals { discarded.free() }
        #expect(used < before - 100_000)
    }
}

extension String {
    /// How often a word stands between line breaks.
    fileprivate func components(_ word: String) -> Int { split(separator: "\r\n").count { $0 == word } }
}
