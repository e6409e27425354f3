import Primitives
import Testing

@testable import Storage

@Suite struct DatabaseTests {
    @Test func flushingOneLeavesTheOthers() {
        let keys = TestKeyspace()
        for database in 0..<3 { for number in 0..<100 { keys.set("k\(number)", "v", database: database) } }
        #expect(keys.keyspace.flush(1, later: false) == 100)
        #expect((0..<3).map { keys.keyspace.database($0).count } == [100, 0, 100])
        #expect(keys.keyspace.flush(nil, later: false) == 200)
        #expect((0..<3).allSatisfy { keys.keyspace.database($0).count == 0 })
        keys.set("k", "v")
        #expect(keys.value("k") == "v")
    }

    @Test func whatIsFlushedLaterIsHandedOver() {
        let keys = TestKeyspace()
        keys.set("k", String(repeating: "x", count: 100_000))
        var handed: [Database] = []
        keys.keyspace.dispose = { discarded in
            guard case .database(let onlyReference) = discarded else { return }
            var database = onlyReference.takeRetainedValue()
            // Another reference, dropped later, would free the memory where nobody may wait for it.
            #expect(isKnownUniquelyReferenced(&database))
            handed.append(database)
        }
        keys.keyspace.flush(0, later: true)
        #expect(handed.map(\.count) == [1] && keys.count == 0)
        #expect(keys.keyspace.statistics.lazilyFreed == 1)
    }

    @Test func swappingExchangesWhatIsThere() {
        let keys = TestKeyspace()
        keys.set("k", "zero")
        keys.set("k", "two", database: 2)
        keys.keyspace.swap(0, 2)
        #expect(keys.value("k") == "two" && keys.value("k", database: 2) == "zero")
        keys.keyspace.swap(0, 7)
        #expect(keys.value("k") == nil && keys.value("k", database: 7) == "two")
        keys.keyspace.swap(7, 7)
        #expect(keys.value("k", database: 7) == "two")
    }

    @Test func watchersSeeFlushAndSwap() {
        let keys = TestKeyspace()
        keys.set("k", "v")
        for change in [{ _ = keys.keyspace.flush(0, later: false) }, { keys.keyspace.swap(0, 1) }] {
            keys.set("k", "v")
            let (there, missing) = (WatchToken(), WatchToken())
            Bytes.with("k") { keys.keyspace.watch($0, database: 0, there) }
            Bytes.with("none") { keys.keyspace.watch($0, database: 0, missing) }
            change()
            #expect(keys.keyspace.isDirty(there) && !keys.keyspace.isDirty(missing))
            keys.keyspace.unwatch(there)
            keys.keyspace.unwatch(missing)
        }
    }

    @Test func movingMarksBothEnds() {
        let keys = TestKeyspace()
        keys.set("a", "v")
        let tokens = ["a", "b"].map { name in
            let token = WatchToken()
            Bytes.with(name) { keys.keyspace.watch($0, database: 0, token) }
            return token
        }
        let before = keys.keyspace.changes
        keys.with("a") { source in
            keys.with("b") { keys.keyspace.move(source, 0, to: $0, 0, events: (.renameFrom, .renameTo)) }
        }
        #expect(tokens.allSatisfy { keys.keyspace.isDirty($0) })
        #expect(keys.keyspace.changes == before + 1)
    }

    @Test func bytesInUseComeBackToNothing() {
        let keys = TestKeyspace()
        let empty = keys.keyspace.liveBytes
        for number in 0..<1000 { keys.set("k\(number)", String(repeating: "x", count: number * 3)) }
        #expect(keys.keyspace.liveBytes > empty + 1_400_000)
        for number in 0..<1000 { keys.remove("k\(number)") }
        #expect(keys.keyspace.liveBytes == empty)
    }
}
