import Settings
import Storage
import Testing

@testable import Commands

/// The keyspace events of commands, in order, as whoever passes them on hears them.
@Suite struct EventTests {
    private let node = TestNode()
    private let heard = Heard()

    private final class Heard {
        var events: [String] = []
    }

    init() {
        node.run("CONFIG", "SET", "notify-keyspace-events", "KEA")
        let heard = heard
        node.node.eventReader = { events in
            heard.events += events.map { "\($0.event.name) \(String(decoding: $0.key, as: UTF8.self))@\($0.database)" }
        }
    }

    private func events(_ arguments: String...) -> [String] {
        heard.events = []
        node.run(arguments)
        return heard.events
    }

    @Test func writingAStringIsTold() {
        #expect(events("SET", "k", "v") == ["set k@0"])
        #expect(events("SET", "k", "v", "EX", "10") == ["set k@0", "expire k@0"])
        #expect(events("APPEND", "k", "w") == ["append k@0"])
        #expect(events("SETRANGE", "k", "1", "x") == ["setrange k@0"])
        #expect(events("INCR", "n") == ["incrby n@0"])
        #expect(events("INCRBYFLOAT", "n", "0.5") == ["incrbyfloat n@0"])
        #expect(events("SETBIT", "b", "3", "1") == ["setbit b@0"])
        #expect(events("MSET", "a", "1", "b", "2") == ["set a@0", "set b@0"])
    }

    @Test func whatChangesNothingIsNotTold() {
        node.run("SET", "k", "v")
        #expect(events("GET", "k") == [])
        #expect(events("SET", "k", "w", "NX") == [])
        #expect(events("DEL", "missing") == [])
        #expect(events("PERSIST", "k") == [])
        #expect(events("GETRANGE", "k", "0", "1") == [])
    }

    @Test func removingAndMovingIsTold() {
        node.run("MSET", "a", "1", "b", "2")
        #expect(events("RENAME", "a", "c") == ["rename_from a@0", "rename_to c@0"])
        #expect(events("COPY", "c", "d") == ["copy_to d@0"])
        #expect(events("MOVE", "d", "3") == ["move_from d@0", "move_to d@3"])
        #expect(events("DEL", "b", "c") == ["del b@0", "del c@0"])
    }

    @Test func expiryIsToldWhenItIsSetAndWhenItComes() {
        node.run("SET", "k", "v")
        #expect(events("PEXPIRE", "k", "5") == ["expire k@0"])
        node.hands.advance(milliseconds: 10)
        #expect(events("GET", "k") == ["expired k@0"])
        node.run("SET", "k", "v")
        #expect(events("EXPIRE", "k", "-1") == ["del k@0"])
    }

    @Test func aTransactionTellsAtItsEnd() {
        node.run("MULTI")
        #expect(events("SET", "k", "v") == [])
        #expect(events("DEL", "k") == [])
        #expect(events("EXEC") == ["set k@0", "del k@0"])
    }

    @Test func onlyWantedClassesAreTold() {
        node.run("CONFIG", "SET", "notify-keyspace-events", "Kg")
        #expect(events("SET", "k", "v", "EX", "10") == ["expire k@0"])
        node.run("CONFIG", "SET", "notify-keyspace-events", "Em")
        #expect(events("GET", "missing") == ["keymiss missing@0"])
        node.run("CONFIG", "SET", "notify-keyspace-events", "")
        #expect(events("SET", "k", "v") == [])
    }
}
