import RESP
import Storage
import Testing

@testable import Commands

/// Commands on all keys of hash slots; those of a and b are 15495 and 3300.
@Suite struct SlotTests {
    private let node = TestNode()

    private func fill() {
        node.run("MSET", "a", "1", "b", "2", "{b}c", "3")
        node.run("COPY", "b", "b", "DB", "3")
    }

    @Test func trimsSlotsOfAllDatabases() {
        fill()
        #expect(node.run("TRIMSLOTS", "ranges", "2", "3300", "3301", "7", "7") == .simple("OK"))
        #expect(node.run("EXISTS", "a", "b", "{b}c") == .integer(1))
        #expect(node.node.keyspace.existing(3)?.count == 0)
        #expect(node.run("TRIMSLOTS", "RANGES", "1", "0", "16383") == .simple("OK"))
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func flushesSlotsOfTheDatabase() {
        fill()
        let ranges = Reply.array([
            .array([.integer(0), .integer(4000)]), .array([.integer(9000), .integer(9000)]),
        ])
        #expect(node.run("SFLUSH", "9000", "9000", "101", "4000", "0", "100", "ASYNC") == ranges)
        #expect(node.run("KEYS", "*") == .array([.text("a")]))
        #expect(node.node.keyspace.existing(3)?.count == 1)
        #expect(node.run("SFLUSH", "0", "16383", "sync") == .array([.array([.integer(0), .integer(16383)])]))
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test(
        arguments: [
            (["RANGES", "1", "5", "4"], "start slot number 5 is greater than end slot number 4"),
            (["RANGES", "1", "-1", "4"], "Invalid or out of range slot"),
            (["RANGES", "1", "0", "16384"], "Invalid or out of range slot"),
            (["RANGES", "1", "0", "x"], "Invalid or out of range slot"),
            (["RANGES", "0", "1", "1"], "invalid number of ranges"),
            (["RANGES", "-1", "1", "1"], "invalid number of ranges"),
            (["RANGES", "2", "1", "2", "3"], "invalid number of ranges"),
            (["RANGES", "9223372036854775807", "1", "2"], "invalid number of ranges"),
            (["RANGES", "2", "1", "3", "3", "4"], "Slot 3 specified multiple times"),
            (["FOO", "1", "1", "2"], "missing ranges argument"),
            (["RANGES", "1", "0"], "wrong number of arguments for 'trimslots' command"),
        ])
    func refusesToTrim(arguments: [String], reason: String) {
        fill()
        #expect(node.run(["TRIMSLOTS"] + arguments) == .error("ERR \(reason)"))
        #expect(node.run("DBSIZE") == .integer(3))
    }

    @Test(
        arguments: [
            (["x", "4"], "Invalid or out of range slot"), (["0", "12x"], "Invalid or out of range slot"),
            (["2", "4", "3", "5"], "Slot 3 specified multiple times"),
            (["8", "4"], "start slot number 8 is greater than end slot number 4"),
            (["4"], "wrong number of arguments for 'sflush' command"),
            (["4", "SYNC"], "wrong number of arguments for 'sflush' command"),
            (["4", "8", "10"], "wrong number of arguments for 'sflush' command"),
            (["0", "16383", "ASYNCX"], "wrong number of arguments for 'sflush' command"),
        ])
    func refusesToFlush(arguments: [String], reason: String) {
        fill()
        #expect(node.run(["SFLUSH"] + arguments) == .error("ERR \(reason)"))
        #expect(node.run("DBSIZE") == .integer(3))
    }

    @Test func watchersAreToldAndThereAreNoEvents() {
        fill()
        node.run("CONFIG", "SET", "notify-keyspace-events", "KEA")
        var heard = 0
        node.node.eventReader = { heard += $0.count }
        for (key, reply) in [("b", Reply.null), ("a", .array([.simple("PONG")]))] {
            let other = node.connect()
            other.run("WATCH", key)
            node.run("SFLUSH", "3300", "3300")
            other.run("MULTI")
            other.run("PING")
            #expect(other.run("EXEC") == reply)
        }
        #expect(heard == 0)
    }

    @Test func aDeletionNamesKeysOfOneSlot() {
        fill()
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        node.run("SFLUSH", "0", "16383")
        let journal = String(decoding: reader.take(), as: UTF8.self)
        #expect(journal.contains("*2\r\n$3\r\nDEL\r\n$1\r\na\r\n") && journal.contains("*3\r\n$3\r\nDEL\r\n"))
        #expect(!journal.contains("SFLUSH"))
    }
}
