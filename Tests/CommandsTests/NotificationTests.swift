import RESP
import Storage
import Testing

@testable import Commands

@Suite struct NotificationTests {
    private let node = TestNode()
    private let client: TestClient

    init() {
        client = node.connect()
        client.run("PSUBSCRIBE", "__key*__:*")
    }

    private func choose(_ classes: String) {
        #expect(node.run("CONFIG", "SET", "notify-keyspace-events", classes) == .simple("OK"))
    }

    /// Channels and messages that a command causes.
    private func heard(_ arguments: String...) -> [String] {
        node.run(arguments)
        return heard()
    }

    private func heard() -> [String] {
        words(client.replies()).map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") }
    }

    @Test func bothKindsOfChannels() {
        choose("KEA")
        #expect(heard("SET", "k", "v") == ["__keyspace@0__:k set", "__keyevent@0__:set k"])
        choose("KA")
        #expect(heard("SET", "k", "v") == ["__keyspace@0__:k set"])
        choose("E$")
        #expect(heard("SET", "k", "v") == ["__keyevent@0__:set k"])
        choose("A")
        #expect(heard("SET", "k", "v") == [])
        choose("")
        #expect(heard("SET", "k", "v") == [])
    }

    @Test func theDatabaseIsNamed() {
        choose("Kg")
        node.run("SELECT", "3")
        node.run("SET", "k", "v")
        #expect(heard("DEL", "k") == ["__keyspace@3__:k del"])
    }

    /// Each event is told exactly where its class is chosen.
    @Test func everyEventHasItsClass() {
        let classes: [(letter: String, eventClass: EventClass)] = [
            ("g", .generic), ("$", .string), ("l", .list), ("s", .set), ("h", .hash), ("z", .sortedSet),
            ("x", .expired), ("e", .evicted), ("t", .stream), ("m", .keyMiss), ("n", .newKey), ("o", .overwritten),
            ("c", .typeChanged),
        ]
        var told = 0
        for (letter, eventClass) in classes {
            choose("E" + letter)
            for event in KeyspaceEvent.allCases { tell(event) }
            let expected = KeyspaceEvent.allCases.filter { $0.eventClass == eventClass }
            #expect(!expected.isEmpty)
            #expect(heard() == expected.map { "__keyevent@0__:\($0.name) k" })
            told += expected.count
        }
        #expect(told == KeyspaceEvent.allCases.count)
    }

    private func tell(_ event: KeyspaceEvent) {
        Array("k".utf8).withBytes { node.node.keyspace.notify(event, $0, 0) }
        node.node.settleAftermath()
    }

    @Test func allLeavesTheSpecialClassesOut() {
        choose("EA")
        for event in KeyspaceEvent.allCases { tell(event) }
        let special: [KeyspaceEvent] = [.keymiss, .new, .overwritten, .typeChanged]
        let expected = KeyspaceEvent.allCases.filter { !special.contains($0) }
        #expect(heard() == expected.map { "__keyevent@0__:\($0.name) k" })
    }

    @Test func missesAndNewKeys() {
        choose("Kmn")
        #expect(heard("GET", "k") == ["__keyspace@0__:k keymiss"])
        #expect(heard("SET", "k", "v") == ["__keyspace@0__:k new"])
        #expect(heard("SET", "k", "v") == [])
        #expect(heard("RPUSH", "l", "v") == ["__keyspace@0__:l new"])
    }

    @Test func overwrittenValues() {
        choose("Koc$sg")
        node.run("SADD", "s", "1", "2")
        #expect(heard() == ["__keyspace@0__:s sadd"])
        #expect(heard("SET", "k", "v") == ["__keyspace@0__:k set"])
        #expect(heard("SET", "k", "w") == ["__keyspace@0__:k overwritten", "__keyspace@0__:k set"])
        #expect(
            heard("SUNIONSTORE", "k", "s")
                == ["overwritten", "type_changed", "sunionstore"].map { "__keyspace@0__:k \($0)" })
        #expect(heard("SET", "n", "1") == ["__keyspace@0__:n set"])
        #expect(heard("INCR", "n") == ["__keyspace@0__:n incrby"])
        #expect(heard("INCRBYFLOAT", "n", "0.5") == ["__keyspace@0__:n incrbyfloat"])
        #expect(heard("APPEND", "n", "1") == ["__keyspace@0__:n append"])
        #expect(
            heard("RENAME", "n", "k") == [
                "__keyspace@0__:k overwritten", "__keyspace@0__:k type_changed", "__keyspace@0__:n rename_from",
                "__keyspace@0__:k rename_to",
            ])
    }

    @Test func eventsOfATransactionComeBeforeTheMessagesThatFollowThem() {
        choose("E$")
        client.run("SUBSCRIBE", "c")
        for line in ["MULTI", "SET k v", "PUBLISH c m", "SET k w", "EXEC"] {
            node.run(line.split(separator: " ").map(String.init))
        }
        let told = words(client.replies()).map { $0.split(separator: " ").suffix(2).joined(separator: " ") }
        #expect(told == ["__keyevent@0__:set k", "c m", "__keyevent@0__:set k"])
    }

    @Test func whoSubscribesInATransactionHearsWhatFollows() {
        choose("E$")
        let other = node.connect()
        for line in ["MULTI", "SET a v", "PSUBSCRIBE *", "SET b w"] {
            other.run(line.split(separator: " ").map(String.init))
        }
        other.send(TestClient.request(["EXEC"]))
        #expect(words(other.replies()) == ["OK psubscribe * 1 OK", "pmessage * __keyevent@0__:set b"])
        #expect(heard() == ["__keyevent@0__:set a", "__keyevent@0__:set b"])
    }

    @Test func expiryIsTold() {
        choose("Ex")
        node.run("SET", "k", "v", "PX", "10")
        node.advance(milliseconds: 100)
        #expect(heard() == ["__keyevent@0__:expired k"])
    }
}
