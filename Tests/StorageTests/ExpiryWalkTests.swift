import Primitives
import Testing

@testable import Storage

@Suite struct ExpiryWalkTests {
    private static let hour: Int64 = 3_600_000

    /// Enough calls for two rounds over all slots.
    private func walk(_ keys: TestKeyspace) {
        for _ in 0..<22 { _ = keys.keyspace.removeExpired { false } }
    }

    @Test func tagsShowWhatHasExpiredLately() {
        let now: Int64 = 1_700_000_000_000
        let tag = Bucket.tag(now)
        for ago in [0, 1, 999, 1000, 60_000, ExpiryWalkTests.hour * 9] {
            let word = Bucket.tag(now - ago) << 48 | 0x1000
            #expect(Bucket.mayHaveExpired(word, now: tag), "\(ago) ms ago")
        }
        for ahead in [2000, 60_000, ExpiryWalkTests.hour * 8] {
            let word = Bucket.tag(now + ahead) << 48 | 0x1000
            #expect(!Bucket.mayHaveExpired(word, now: tag), "in \(ahead) ms")
        }
        #expect(!Bucket.mayHaveExpired(0x1000, now: tag))
    }

    @Test func everyExpiryHasATag() {
        for time in [Int64.min, -1, 0, 1, 999, 65_535_000, 65_534_999, .max] {
            #expect((1...65535).contains(Bucket.tag(time)))
        }
    }

    @Test func allThatExpiredIsRemovedAndNothingElse() {
        let keys = TestKeyspace()
        for number in 0..<3000 {
            keys.set(number % 2 == 0 ? "{t}\(number)" : "k\(number)", "v", expiry: .at(keys.keyspace.now + 500))
        }
        for number in 0..<500 { keys.set("later\(number)", "v", expiry: .at(keys.keyspace.now + 5000)) }
        for number in 0..<500 { keys.set("never\(number)", "v") }
        walk(keys)
        #expect(keys.count == 4000)
        keys.keyspace.now += 600
        walk(keys)
        #expect(keys.count == 1000 && keys.keyspace.statistics.expired == 3000)
        keys.keyspace.now += 5000
        walk(keys)
        #expect(keys.count == 500 && keys.database.expiringCount == 0)
    }

    /// However long ago, and also when nobody walked for a long time.
    @Test(arguments: [1, 8, 10, 17, 19, 30, 1000, 400_000]) func whatExpiredLongAgoIsFound(hours: Int64) {
        let keys = TestKeyspace()
        walk(keys)
        keys.set("set", "v", expiry: .at(keys.keyspace.now - hours * ExpiryWalkTests.hour))
        keys.set("changed", "v")
        keys.setExpiry("changed", keys.keyspace.now - hours * ExpiryWalkTests.hour)
        walk(keys)
        #expect(keys.count == 0)
        for number in 0..<100 { keys.set("k\(number)", "v", expiry: .at(keys.keyspace.now + Int64(number))) }
        keys.keyspace.now += hours * ExpiryWalkTests.hour
        walk(keys)
        #expect(keys.count == 0)
    }

    @Test(arguments: [9, 10, 18, 20, 24, 1000, 1_000_000_000]) func whatExpiresInTheFarFutureStays(hours: Int64) {
        let keys = TestKeyspace()
        keys.set("k", "v", expiry: .at(keys.keyspace.now + hours * ExpiryWalkTests.hour))
        walk(keys)
        #expect(keys.count == 1)
    }

    @Test func aWalkGoesOnWhereItStopped() {
        let keys = TestKeyspace()
        for number in 0..<1000 { keys.set("k\(number)", "v", expiry: .at(keys.keyspace.now + 1)) }
        keys.keyspace.now += 2
        var calls = 0
        while keys.count > 0, calls < 5000 {
            _ = keys.keyspace.removeExpired { true }
            calls += 1
        }
        #expect(keys.count == 0 && calls > 100)
    }

    @Test func allDatabasesAreWalked() {
        let keys = TestKeyspace()
        for database in [0, 3, 15] { keys.set("k", "v", expiry: .at(keys.keyspace.now + 1), database: database) }
        keys.keyspace.now += 2
        walk(keys)
        #expect([0, 3, 15].allSatisfy { keys.keyspace.database($0).count == 0 })
    }

    @Test(arguments: [ExpiryMode.hide, .ignore]) func nothingIsRemovedWhereItMayNotBe(mode: ExpiryMode) {
        let keys = TestKeyspace()
        keys.set("k", "v", expiry: .at(keys.keyspace.now + 1))
        keys.keyspace.now += 2
        keys.keyspace.expiryMode = mode
        walk(keys)
        #expect(keys.count == 1)
        keys.with("k") { #expect((keys.keyspace.live($0, 0) == nil) == (mode == .hide)) }
        #expect(keys.count == 1)
    }

    @Test func aRandomEntryIsAlive() {
        let keys = TestKeyspace()
        for number in 0..<50 { keys.set("dead\(number)", "v", expiry: .at(keys.keyspace.now + 1)) }
        keys.set("alive", "v")
        keys.keyspace.now += 2
        #expect(keys.keyspace.randomEntry(0).map { String($0.key) } == "alive")
        keys.remove("alive")
        #expect(keys.keyspace.randomEntry(0) == nil)
        #expect(keys.count == 0)
    }
}
