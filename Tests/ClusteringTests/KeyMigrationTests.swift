import Primitives
import Testing

@testable import Clustering

/// The conversation of MIGRATE, as transcripts.
struct KeyMigrationTests {
    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: " ")
    }

    private func hear(_ migration: inout KeyMigration, _ text: String) -> [Int] {
        Array(text.utf8).withBytes { migration.receive($0) }
    }

    private func request(_ keys: String...) -> KeyMigration.Request {
        var request = KeyMigration.Request()
        request.keys = keys.map { Array($0.utf8) }
        return request
    }

    private func small(_ index: Int) -> KeyMigration.Payload? {
        KeyMigration.Payload(lifetime: Int64(index), bytes: Array("v\(index)".utf8))
    }

    @Test func keysGoAtOnceWhereNothingHasToBeSaidFirst() {
        var migration = KeyMigration(request("a", "b"))
        #expect(migration.greet(selected: 0) == [])
        #expect(
            text(migration.keys(small))
                == "*4 $7 RESTORE $1 a $1 0 $2 v0 *4 $7 RESTORE $1 b $1 1 $2 v1 ")
        #expect(hear(&migration, "+OK\r\n") == [0])
        #expect(migration.outcome == nil)
        #expect(hear(&migration, "+OK\r\n") == [1])
        #expect(migration.outcome == .done)
    }

    @Test func noKeyIsSentBeforeTheGreetingIsAccepted() {
        var request = request("a")
        (request.database, request.credentials) = (3, [Array("u".utf8), Array("p".utf8)])
        (request.replaces, request.isAsking) = (true, true)
        var migration = KeyMigration(request)
        #expect(text(migration.greet(selected: 0)) == "*3 $4 AUTH $1 u $1 p *2 $6 SELECT $1 3 ")
        #expect(migration.keys(small) == [])
        #expect(hear(&migration, "+OK\r\n") == [])
        #expect(migration.keys(small) == [])
        #expect(hear(&migration, "+OK\r\n") == [])
        #expect(text(migration.keys(small)) == "*5 $14 RESTORE-ASKING $1 a $1 0 $2 v0 $7 REPLACE ")
        #expect(hear(&migration, "+OK\r\n") == [0])
        #expect(migration.outcome == .done)
    }

    @Test func aRefusedGreetingEndsIt() {
        var request = request("a")
        request.database = 99
        var migration = KeyMigration(request)
        _ = migration.greet(selected: 0)
        #expect(hear(&migration, "-ERR DB index is out of range\r\n") == [])
        #expect(migration.outcome == .refused("ERR DB index is out of range"))
        #expect(migration.keys(small) == [])
    }

    @Test func aRefusedKeyStaysAndTheOthersGo() {
        var migration = KeyMigration(request("a", "b", "c"))
        _ = migration.greet(selected: 0)
        _ = migration.keys(small)
        #expect(hear(&migration, "+OK\r\n-BUSYKEY one\r\n") == [0])
        #expect(migration.outcome == nil)
        #expect(hear(&migration, "-BUSYKEY two\r\n") == [])
        #expect(migration.outcome == .refused("BUSYKEY one"))
    }

    @Test func keysThatAreGoneAreLeftOut() {
        var migration = KeyMigration(request("a", "b"))
        _ = migration.greet(selected: 0)
        #expect(text(migration.keys { $0 == 0 ? nil : small($0) }) == "*4 $7 RESTORE $1 b $1 1 $2 v1 ")
        #expect(hear(&migration, "+OK\r\n") == [1])
        #expect(migration.outcome == .done)
        var empty = KeyMigration(request("a"))
        _ = empty.greet(selected: 0)
        #expect(empty.keys { _ in nil } == [])
        #expect(empty.outcome == .done)
    }

    @Test func littleIsUnderWayAtOnce() {
        var migration = KeyMigration(request("a", "b", "c"))
        let large: (Int) -> KeyMigration.Payload? = { _ in
            KeyMigration.Payload(lifetime: 0, bytes: [UInt8](repeating: 1, count: KeyMigration.window))
        }
        _ = migration.greet(selected: 0)
        let first = migration.keys(large)
        #expect(first.count > KeyMigration.window && first.count < KeyMigration.window + 100)
        #expect(migration.keys(large) == [])
        #expect(hear(&migration, "+OK\r\n") == [0])
        #expect(migration.keys(large).count == first.count)
    }

    @Test func answersAreCutAnywhere() {
        let answers = "+OK\r\n-BUSYKEY Target\r\n+OK\r\n"
        for cut in 0...answers.utf8.count {
            var migration = KeyMigration(request("a", "b", "c"))
            _ = migration.greet(selected: 0)
            _ = migration.keys(small)
            let taken =
                hear(&migration, String(answers.prefix(cut))) + hear(&migration, String(answers.dropFirst(cut)))
            #expect(taken == [0, 2])
            #expect(migration.outcome == .refused("BUSYKEY Target"))
        }
    }

    @Test func nonsenseEndsIt() {
        var early = KeyMigration(request("a"))
        _ = early.greet(selected: 0)
        #expect(hear(&early, "+OK\r\n") == [])
        #expect(early.outcome == .refused("ERR an answer to nothing"))
        var endless = KeyMigration(request("a"))
        _ = endless.greet(selected: 0)
        _ = endless.keys(small)
        #expect(hear(&endless, String(repeating: "x", count: 70_000)) == [])
        #expect(endless.outcome == .refused("ERR the answer is too long"))
    }
}
