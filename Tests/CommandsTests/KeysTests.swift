import Primitives
import RESP
import Storage
import Testing

@testable import Commands

extension TestNode {
    /// The events of a command, as `name key database`.
    func events(_ arguments: String...) -> [String] {
        let keyspace = node.keyspace
        keyspace.wantedEvents = EventClass(rawValue: .max)
        let bytes = arguments.flatMap { Array($0.utf8) }
        var spans: [ArgumentSpan] = []
        for argument in arguments {
            spans.append(ArgumentSpan(offset: spans.last.map { $0.offset + $0.count } ?? 0, count: argument.utf8.count))
        }
        bytes.withBytes { view in
            spans.withUnsafeBufferPointer { spans in
                let list = Arguments(base: view.base, spans: spans.baseAddress!, count: arguments.count)
                let record = node.commands.find(list[0])!
                var call = Call(node: node, session: client.session, arguments: list, record: record, firstKey: nil)
                try? record.pointee.run(&call)
            }
        }
        defer { keyspace.notifications.removeAll() }
        return keyspace.notifications.map {
            "\($0.event.name) \(String(decoding: $0.key, as: UTF8.self)) \($0.database)"
        }
    }
}

@Suite struct KeysTests {
    let node = TestNode()

    @Test func delCountsWhatItRemoves() {
        node.run("SET", "a", "1")
        node.run("SET", "b", "2")
        #expect(node.run("DEL", "a", "none", "b", "a") == .integer(2))
        #expect(node.run("DEL", "a") == .integer(0))
        #expect(node.run("EXISTS", "a", "b") == .integer(0))
    }

    @Test func delDoesNotCountWhatHasExpired() {
        node.run("SET", "a", "1")
        node.run("PEXPIRE", "a", "10")
        node.hands.advance(milliseconds: 10)
        #expect(node.run("DEL", "a") == .integer(0))
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func unlinkTakesBigValuesToo() {
        node.run("SET", "a", String(repeating: "x", count: 200_000))
        #expect(node.run("UNLINK", "a", "b") == .integer(1))
        #expect(node.run("GET", "a") == .null)
    }

    @Test func existsCountsAKeyEachTime() {
        node.run("SET", "a", "1")
        #expect(node.run("EXISTS", "a", "a", "b") == .integer(2))
    }

    @Test func typeNamesTheType() {
        node.run("SET", "a", "1")
        #expect(node.run("TYPE", "a") == .simple("string"))
        #expect(node.run("TYPE", "none") == .simple("none"))
    }

    @Test func touchRenewsTheClockAndOthersDoNot() {
        node.run("SET", "a", "1")
        node.advance(milliseconds: 50_000)
        for line in ["EXISTS a", "TYPE a", "TTL a", "OBJECT ENCODING a", "DEBUG OBJECT a"] {
            node.run(line.split(separator: " ").map(String.init))
        }
        #expect(node.run("OBJECT", "IDLETIME", "a") == .integer(50))
        #expect(node.run("TOUCH", "a", "none") == .integer(1))
        #expect(node.run("OBJECT", "IDLETIME", "a") == .integer(0))
    }

    @Test func renameTakesExpiryAlong() {
        node.run("SET", "a", "1")
        node.run("EXPIRE", "a", "100")
        node.run("SET", "b", "2")
        #expect(node.run("RENAME", "a", "b") == .simple("OK"))
        #expect(node.run("GET", "b") == .text("1") && node.run("TTL", "b") == .integer(100))
        #expect(node.run("EXISTS", "a") == .integer(0))
        #expect(node.run("RENAME", "a", "b") == .error("ERR no such key"))
        #expect(node.run("RENAME", "b", "b") == .simple("OK"))
    }

    @Test func renamenxLeavesWhatIsThere() {
        node.run("SET", "a", "1")
        node.run("SET", "b", "2")
        #expect(node.run("RENAMENX", "a", "b") == .integer(0))
        #expect(node.run("RENAMENX", "a", "a") == .integer(0))
        #expect(node.run("RENAMENX", "a", "c") == .integer(1))
        #expect(node.run("RENAMENX", "none", "c") == .error("ERR no such key"))
    }

    @Test func renamenxTakesThePlaceOfAnExpiredKey() {
        node.run("SET", "a", "1")
        node.run("SET", "b", "2")
        node.run("PEXPIRE", "b", "10")
        node.hands.advance(milliseconds: 20)
        #expect(node.run("RENAMENX", "a", "b") == .integer(1))
        #expect(node.run("GET", "b") == .text("1") && node.run("TTL", "b") == .integer(-1))
    }

    @Test func copyLeavesTheSource() {
        node.run("SET", "a", "1")
        node.run("EXPIRE", "a", "100")
        #expect(node.run("COPY", "a", "b") == .integer(1))
        #expect(node.run("TTL", "b") == .integer(100) && node.run("GET", "a") == .text("1"))
        #expect(node.run("COPY", "a", "b") == .integer(0))
        node.run("SET", "a", "2")
        #expect(node.run("COPY", "a", "b", "replace") == .integer(1))
        #expect(node.run("GET", "b") == .text("2") && node.run("TTL", "b") == .integer(-1))
    }

    @Test func copyReachesOtherDatabases() {
        node.run("SET", "a", "1")
        #expect(node.run("COPY", "a", "a", "DB", "3") == .integer(1))
        #expect(node.run("COPY", "a", "a", "REPLACE", "DB", "3") == .integer(1))
        node.client.session.database = 3
        #expect(node.run("GET", "a") == .text("1"))
    }

    @Test func copyRefusesWhatMakesNoSense() {
        let same = Reply.error("ERR source and destination objects are the same")
        #expect(node.run("COPY", "a", "a") == same)
        #expect(node.run("COPY", "a", "a", "DB", "0") == same)
        #expect(node.run("COPY", "a", "b", "DB", "16") == .error("ERR DB index is out of range"))
        #expect(node.run("COPY", "a", "b", "DB", "x") == .error("ERR value is not an integer or out of range"))
        #expect(node.run("COPY", "a", "b", "DB") == .error("ERR syntax error"))
        #expect(node.run("COPY", "a", "b", "FOO") == .error("ERR syntax error"))
        #expect(node.run("COPY", "a", "b") == .integer(0))
    }

    @Test func moveTakesAKeyToAnotherDatabase() {
        node.run("SET", "a", "1")
        node.run("EXPIRE", "a", "100")
        #expect(node.run("MOVE", "a", "3") == .integer(1))
        #expect(node.run("EXISTS", "a") == .integer(0))
        node.run("SET", "a", "2")
        #expect(node.run("MOVE", "a", "3") == .integer(0))
        node.client.session.database = 3
        #expect(node.run("GET", "a") == .text("1") && node.run("TTL", "a") == .integer(100))
    }

    @Test func moveRefusesWhatMakesNoSense() {
        #expect(node.run("MOVE", "a", "0") == .error("ERR source and destination objects are the same"))
        #expect(node.run("MOVE", "a", "-1") == .error("ERR DB index is out of range"))
        #expect(
            node.run("MOVE", "a", "99999999999")
                == .error("ERR value is out of range, value must between -2147483648 and 2147483647"))
        #expect(node.run("MOVE", "a", "1") == .integer(0))
    }

    @Test func eventsTellWhatHappened() {
        node.run("SET", "a", "1")
        #expect(node.events("RENAME", "a", "b") == ["new b 0", "rename_from a 0", "rename_to b 0"])
        #expect(node.events("COPY", "b", "c", "DB", "2") == ["new c 2", "copy_to c 2"])
        #expect(node.events("MOVE", "b", "3") == ["new b 3", "move_from b 0", "move_to b 3"])
        node.run("SET", "a", "1")
        #expect(node.events("EXPIRE", "a", "10") == ["expire a 0"])
        #expect(node.events("PERSIST", "a") == ["persist a 0"])
        #expect(node.events("PERSIST", "a") == [])
        #expect(node.events("EXPIRE", "a", "-10") == ["del a 0"])
        node.run("SET", "a", "1")
        #expect(node.events("DEL", "a", "none") == ["del a 0"])
        #expect(node.events("EXISTS", "a") == ["keymiss a 0"])
    }

    // MARK: WAIT

    @Test func waitAnswersAtOnceWhereNothingIsToWaitFor() {
        #expect(node.run("WAIT", "0", "0") == .integer(0))
        node.run("MULTI")
        node.run("WAIT", "1", "0")
        #expect(node.run("EXEC") == .array([.integer(0)]))
    }

    @Test func waitWaits() {
        node.client.send(TestClient.request(["WAIT", "1", "100"]) + TestClient.request(["PING"]))
        #expect(node.client.replies() == [])
        node.advance(milliseconds: 99)
        #expect(node.client.replies() == [])
        node.advance(milliseconds: 2)
        #expect(node.client.replies() == [.integer(0), .simple("PONG")])
    }

    @Test func waitRefusesWhatIsNoTime() {
        #expect(node.run("WAIT", "x", "0") == .error("ERR value is not an integer or out of range"))
        #expect(node.run("WAIT", "1", "x") == .error("ERR timeout is not an integer or out of range"))
        #expect(node.run("WAIT", "1", "-1") == .error("ERR timeout is negative"))
        #expect(node.run("WAIT", "1", "9223372036854775807") == .error("ERR timeout is out of range"))
    }

    // MARK: Whole databases

    @Test func flushingRemovesAll() {
        node.run("SET", "a", "1")
        node.run("COPY", "a", "b", "DB", "2")
        #expect(node.run("FLUSHDB") == .simple("OK"))
        #expect(node.node.keyspace.existing(2)?.count == 1)
        #expect(node.run("FLUSHALL", "async") == .simple("OK"))
        #expect((node.node.keyspace.existing(2)?.count ?? 0) == 0)
        #expect(node.run("FLUSHALL", "FOO") == .error("ERR syntax error"))
        #expect(node.run("FLUSHDB", "SYNC", "ASYNC") == .error("ERR syntax error"))
    }

    @Test func swapdbExchangesDatabases() {
        node.run("SET", "a", "1")
        #expect(node.run("SWAPDB", "0", "3") == .simple("OK"))
        #expect(node.run("DBSIZE") == .integer(0))
        #expect(node.run("SWAPDB", "3", "0") == .simple("OK"))
        #expect(node.run("DBSIZE") == .integer(1))
        #expect(node.run("SWAPDB", "x", "0") == .error("ERR invalid first DB index"))
        #expect(node.run("SWAPDB", "0", "x") == .error("ERR invalid second DB index"))
        #expect(node.run("SWAPDB", "0", "16") == .error("ERR DB index is out of range"))
    }

    @Test func flushingAndSwappingTouchWatchedKeys() {
        for command in [["FLUSHALL"], ["SWAPDB", "0", "1"], ["RENAME", "a", "b"], ["MOVE", "a", "5"]] {
            node.run("FLUSHALL")
            node.run("SET", "a", "1")
            node.run("WATCH", "a")
            node.connect().run(command)
            node.run("MULTI")
            #expect(node.run("EXEC") == .null, "\(command)")
        }
    }
}
