import RESP
import Storage
import Testing

@testable import Commands

@Suite struct HashExpiryTests {
    let node = TestNode()
    static let now: Int64 = 1_700_000_000_000

    private func integers(_ values: Int64...) -> Reply { .array(values.map { .integer($0) }) }

    @Test func aFieldExpiresInTime() {
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HPEXPIRE", "h", "20", "FIELDS", "1", "a") == integers(1))
        #expect(node.run("OBJECT", "ENCODING", "h") == .text("hashtable"))
        node.hands.advance(milliseconds: 19)
        #expect(node.run("HGET", "h", "a") == .text("1"))
        node.hands.advance(milliseconds: 1)
        #expect(node.run("HGET", "h", "a") == .null)
        #expect(node.run("HLEN", "h") == .integer(1))
        #expect(node.run("HGETALL", "h") == .array([.text("b"), .text("2")]))
        #expect(node.run("HTTL", "h", "FIELDS", "2", "a", "b") == integers(-2, -1))
    }

    @Test(arguments: ["EXISTS h", "HLEN h", "DEL h", "HDEL h a", "PERSIST h"])
    func aHashWhoseLastFieldExpiredIsGoneForEveryCommand(line: String) {
        node.run("HSET", "h", "a", "1")
        node.run("HPEXPIRE", "h", "20", "FIELDS", "1", "a")
        node.hands.advance(milliseconds: 20)
        #expect(node.run(line.split(separator: " ").map(String.init)) == .integer(0))
        #expect(node.run("TYPE", "h") == .simple("none"))
    }

    @Test func expiredFieldsGoInTheBackground() {
        for number in 0..<300 {
            node.run("HSET", "h\(number)", "a", "1", "b", "2")
            node.run("HPEXPIRE", "h\(number)", "20", "FIELDS", "1", "a")
            node.run("HSET", "gone\(number)", "a", "1")
            node.run("HPEXPIRE", "gone\(number)", "20", "FIELDS", "1", "a")
        }
        for number in 0..<500 { node.run("HSETEX", "large", "PX", "20", "FIELDS", "1", "f\(number)", "v") }
        node.advance(milliseconds: 30)
        #expect(node.run("DBSIZE") == .integer(300))
        #expect(node.node.keyspace.statistics.expiredFields == 1100)
        #expect(node.run("HLEN", "h7") == .integer(1))
    }

    @Test func timesCanBeAskedInAllUnits() {
        node.run("HSET", "h", "a", "1", "b", "2")
        node.run("HPEXPIRE", "h", "1500", "FIELDS", "1", "a")
        #expect(node.run("HPTTL", "h", "FIELDS", "3", "a", "b", "c") == integers(1500, -1, -2))
        #expect(node.run("HTTL", "h", "FIELDS", "1", "a") == integers(2))
        #expect(node.run("HPEXPIRETIME", "h", "FIELDS", "1", "a") == integers(HashExpiryTests.now + 1500))
        #expect(node.run("HEXPIRETIME", "h", "FIELDS", "1", "a") == integers(1_700_000_002))
        for command in ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME"] {
            #expect(node.run(command, "none", "FIELDS", "2", "a", "b") == integers(-2, -2))
        }
    }

    @Test func timesCanBeGivenInAllUnits() {
        for (command, value) in [
            ("HEXPIRE", "100"), ("HPEXPIRE", "100000"), ("HEXPIREAT", "1700000100"), ("HPEXPIREAT", "1700000100000"),
        ] {
            node.run("HSET", "h", "a", "1")
            #expect(node.run(command, "h", value, "FIELDS", "2", "a", "x") == integers(1, -2))
            #expect(node.run("HPTTL", "h", "FIELDS", "1", "a") == integers(100_000), "\(command)")
            #expect(node.run(command, "none", value, "FIELDS", "1", "a") == integers(-2))
        }
    }

    @Test func conditionsAreHeldTo() {
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HPEXPIRE", "h", "1000", "XX", "FIELDS", "1", "a") == integers(0))
        #expect(node.run("HPEXPIRE", "h", "1000", "GT", "FIELDS", "1", "a") == integers(0))
        #expect(node.run("HPEXPIRE", "h", "1000", "nx", "FIELDS", "1", "a") == integers(1))
        #expect(node.run("HPEXPIRE", "h", "2000", "NX", "FIELDS", "2", "a", "b") == integers(0, 1))
        #expect(node.run("HPEXPIRE", "h", "1500", "GT", "FIELDS", "2", "a", "b") == integers(1, 0))
        #expect(node.run("HPEXPIRE", "h", "1600", "LT", "FIELDS", "2", "a", "b") == integers(0, 1))
        node.run("HSET", "h", "c", "3")
        #expect(node.run("HPEXPIRE", "h", "10", "LT", "FIELDS", "1", "c") == integers(1))
        #expect(node.run("HPEXPIRE", "h", "0", "GT", "FIELDS", "1", "c") == integers(0))
    }

    @Test func thePastRemovesFields() {
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HPEXPIREAT", "h", "1", "FIELDS", "3", "a", "a", "x") == integers(2, -2, -2))
        #expect(node.run("HEXPIRE", "h", "0", "FIELDS", "1", "b") == integers(2))
        #expect(node.run("EXISTS", "h") == .integer(0))
    }

    @Test func mistakesAreNamed() {
        node.run("HSET", "h", "a", "1")
        node.run("SET", "text", "v")
        for (line, text) in [
            ("HEXPIRE text x FIELDS 1 a", CommandError.wrongType.text),
            ("HTTL text FIELDS 1 a", CommandError.wrongType.text),
            ("HEXPIRE h x FIELDS 1 a", "ERR value is not an integer or out of range"),
            ("HEXPIRE h -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"),
            ("HEXPIRE h 9223372036854775807 FIELDS 1 a", "ERR invalid expire time in 'hexpire' command"),
            ("HPEXPIREAT h 70368744177664 FIELDS 1 a", "ERR invalid expire time in 'hpexpireat' command"),
            ("HEXPIRE h 10 OO FIELDS 1 a", "ERR Mandatory argument FIELDS is missing or not at the right position"),
            ("HEXPIRE h 10 FIELDS 0 a", "ERR Parameter `numFields` should be greater than 0"),
            ("HEXPIRE h 10 FIELDS x a", "ERR Parameter `numFields` should be greater than 0"),
            ("HEXPIRE h 10 FIELDS 2 a", "ERR The `numfields` parameter must match the number of arguments"),
            ("HTTL h FIELD 1 a", "ERR Mandatory argument FIELDS is missing or not at the right position"),
            ("HTTL h FIELDS 0 a", "ERR Number of fields must be a positive integer"),
            ("HPERSIST h FIELDS 1 a b", "ERR The `numfields` parameter must match the number of arguments"),
            ("HGETEX h PXAT 1 1", "ERR Mandatory argument FIELDS is missing or not at the right position"),
            ("HGETEX h PERSIST 1 FIELDS 1 a", "ERR Mandatory argument FIELDS is missing or not at the right position"),
            ("HGETEX h EX -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"),
            ("HGETDEL h FIELDS -1 a", "ERR Number of fields must be a positive integer"),
            ("HSETEX h BOGUS FIELDS 1 a 1", "ERR unknown argument: BOGUS"),
            ("HSETEX h FNX FXX FIELDS 1 a 1", "ERR Only one of FXX or FNX arguments can be specified"),
            ("HSETEX h NX XX FIELDS 1 a 1", "ERR Only one of NX or XX arguments can be specified"),
            (
                "HSETEX h EX 1 KEEPTTL FIELDS 1 a 1",
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
            ),
            ("HSETEX h EX fields 1 a b", "ERR value is not an integer or out of range"),
            ("HSETEX h FIELDS 0 a 1", "ERR invalid number of fields"),
            ("HSETEX h FIELDS 2 a 1", "ERR wrong number of arguments for 'hsetex' command"),
            ("HSETEX h FIELDS 1 a 1 b", "ERR wrong number of arguments for 'hsetex' command"),
            ("HSETEX h EX 10 FNX XX", "ERR Mandatory argument FIELDS is missing or not at the right position"),
        ] {
            #expect(node.run(line.split(separator: " ").map(String.init)) == .error(text), "\(line)")
        }
        #expect(node.run("HGETALL", "h") == .array([.text("a"), .text("1")]))
    }

    @Test func fieldsCanLiveOn() {
        node.run("HSET", "h", "a", "1", "b", "2")
        node.run("HPEXPIRE", "h", "20", "FIELDS", "1", "a")
        #expect(node.run("HPERSIST", "h", "FIELDS", "3", "a", "b", "x") == integers(1, -1, -2))
        node.advance(milliseconds: 30)
        #expect(node.run("HGET", "h", "a") == .text("1"))
    }

    @Test func settingAFieldEndsItsExpiryAndCountingDoesNot() {
        node.run("HSET", "h", "a", "1", "b", "2", "c", "3")
        node.run("HPEXPIRE", "h", "20", "FIELDS", "3", "a", "b", "c")
        node.run("HSET", "h", "a", "5")
        node.run("HINCRBY", "h", "b", "5")
        node.run("HINCRBYFLOAT", "h", "c", "0.5")
        #expect(node.run("HPTTL", "h", "FIELDS", "3", "a", "b", "c") == integers(-1, 20, 20))
        #expect(node.run("HMGET", "h", "a", "b", "c") == .array([.text("5"), .text("7"), .text("3.5")]))
        node.run("HDEL", "h", "b")
        node.run("HSET", "h", "b", "new")
        node.advance(milliseconds: 30)
        #expect(node.run("HMGET", "h", "a", "b", "c") == .array([.text("5"), .text("new"), .null]))
    }

    @Test func readingCanSetOrEndAnExpiry() {
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HGETEX", "h", "FIELDS", "2", "a", "x") == .array([.text("1"), .null]))
        #expect(node.run("HGETEX", "h", "PX", "20", "FIELDS", "2", "a", "x") == .array([.text("1"), .null]))
        #expect(node.run("HPTTL", "h", "FIELDS", "2", "a", "b") == integers(20, -1))
        #expect(node.run("HGETEX", "h", "PERSIST", "FIELDS", "2", "a", "b") == .array([.text("1"), .text("2")]))
        #expect(node.run("HPTTL", "h", "FIELDS", "2", "a", "b") == integers(-1, -1))
        #expect(node.run("HGETEX", "h", "PXAT", "1", "FIELDS", "2", "a", "b") == .array([.text("1"), .text("2")]))
        #expect(node.run("EXISTS", "h") == .integer(0))
        #expect(node.run("HGETEX", "h", "FIELDS", "1", "a") == .array([.null]))
    }

    @Test func readingCanRemove() {
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HGETDEL", "h", "FIELDS", "3", "a", "x", "a") == .array([.text("1"), .null, .null]))
        #expect(node.run("HGETDEL", "h", "FIELDS", "1", "b") == .array([.text("2")]))
        #expect(node.run("EXISTS", "h") == .integer(0))
        #expect(node.run("HGETDEL", "h", "FIELDS", "1", "b") == .array([.null]))
    }

    @Test func settingCanHaveConditionsAndTimes() {
        #expect(node.run("HSETEX", "h", "FXX", "FIELDS", "1", "a", "1") == .integer(0))
        #expect(node.run("HSETEX", "h", "XX", "FIELDS", "1", "a", "1") == .integer(0))
        #expect(node.run("EXISTS", "h") == .integer(0))
        #expect(node.run("HSETEX", "h", "NX", "FNX", "PX", "20", "FIELDS", "2", "a", "1", "b", "2") == .integer(1))
        #expect(node.run("HSETEX", "h", "NX", "FIELDS", "1", "a", "3") == .integer(0))
        #expect(node.run("HSETEX", "h", "FNX", "FIELDS", "2", "c", "3", "a", "3") == .integer(0))
        #expect(node.run("HSETEX", "h", "FXX", "KEEPTTL", "FIELDS", "1", "a", "5") == .integer(1))
        #expect(node.run("HPTTL", "h", "FIELDS", "2", "a", "b") == integers(20, 20))
        #expect(node.run("HSETEX", "h", "FIELDS", "1", "b", "6") == .integer(1))
        #expect(node.run("HPTTL", "h", "FIELDS", "2", "a", "b") == integers(20, -1))
        #expect(node.run("HMGET", "h", "a", "b") == .array([.text("5"), .text("6")]))
        #expect(node.run("HSETEX", "h", "PXAT", "1", "FIELDS", "2", "a", "7", "b", "7") == .integer(1))
        #expect(node.run("EXISTS", "h") == .integer(0))
    }

    @Test func expiriesMoveWithTheirHash() {
        node.run("HSET", "h", "a", "1", "b", "2")
        node.run("HPEXPIRE", "h", "20", "FIELDS", "1", "a")
        node.run("COPY", "h", "copy")
        node.run("RENAME", "h", "{h}renamed")
        node.run("MOVE", "{h}renamed", "3")
        node.run("EXPIRE", "copy", "1000")
        node.advance(milliseconds: 30)
        #expect(node.run("HLEN", "copy") == .integer(1))
        node.run("SELECT", "3")
        #expect(node.run("HLEN", "{h}renamed") == .integer(1))
        #expect(node.node.keyspace.statistics.expiredFields == 2)
    }

    @Test func aHashThatWentLeavesNothingToExpire() {
        for line in ["DEL h", "SET h v", "HDEL h a", "RENAME x h", "FLUSHALL", "HPERSIST h FIELDS 1 a", "HSET h a 2"] {
            node.run("FLUSHALL")
            node.run("HSET", "x", "f", "v")
            node.run("HSET", "h", "a", "1")
            node.run("HPEXPIRE", "h", "20", "FIELDS", "1", "a")
            node.run(line.split(separator: " ").map(String.init))
            node.advance(milliseconds: 30)
        }
        #expect(node.node.keyspace.statistics.expiredFields == 0)
    }

    @Test func whoMayNotRemoveHides() {
        node.run("HSET", "h", "a", "1", "b", "2")
        node.run("HSETEX", "gone", "PX", "20", "FIELDS", "1", "a", "1")
        node.run("HPEXPIRE", "h", "20", "FIELDS", "1", "a")
        node.node.keyspace.expiryMode = .hide
        node.advance(milliseconds: 30)
        #expect(node.run("HGET", "h", "a") == .null)
        #expect(node.run("HLEN", "h") == .integer(1))
        #expect(node.run("HGETALL", "h") == .array([.text("b"), .text("2")]))
        #expect(node.run("HRANDFIELD", "h", "-3") == .array([.text("b"), .text("b"), .text("b")]))
        #expect(node.run("HSCAN", "h", "0") == .array([.text("0"), .array([.text("b"), .text("2")])]))
        #expect(node.run("HGETALL", "gone") == .array([]))
        #expect(node.node.keyspace.statistics.expiredFields == 0)
        node.node.keyspace.expiryMode = .remove
        node.advance(milliseconds: 1)
        #expect(node.node.keyspace.statistics.expiredFields == 2)
    }

    @Test func expiryIsToldInEventsAndEffects() {
        var heard: [String] = []
        node.run("CONFIG", "SET", "notify-keyspace-events", "KEA")
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        node.node.eventReader = { events in heard += events.map { "\($0.event.name)" } }
        func events(_ line: String) -> [String] {
            heard = []
            node.run(line.split(separator: " ").map(String.init))
            return heard
        }
        #expect(events("HSET h a 1 b 2 c 3") == ["hset"])
        #expect(events("HPEXPIRE h 20 FIELDS 2 a b") == ["hexpire"])
        #expect(events("HPERSIST h FIELDS 1 a") == ["hpersist"])
        #expect(events("HPERSIST h FIELDS 1 a") == [])
        #expect(events("HPEXPIRE h 0 FIELDS 1 a") == ["hdel"])
        #expect(events("HGETEX h PX 20 FIELDS 1 c") == ["hexpire"])
        #expect(events("HSETEX h PX 30 FIELDS 1 d 4") == ["hset", "hexpire"])
        _ = reader.take()
        node.hands.advance(milliseconds: 20)
        #expect(events("HLEN h") == ["hexpired"])
        #expect(reader.take() == TestClient.request(["HDEL", "h", "b", "c"]))
        node.hands.advance(milliseconds: 10)
        #expect(events("HLEN h") == ["hexpired", "del"])
        #expect(reader.take() == TestClient.request(["DEL", "h"]))
        #expect(events("HSETEX h PX 0 FIELDS 1 d 4") == ["hset", "hdel", "del"])
        #expect(events("HSET h a 1") == ["hset"])
        #expect(events("HINCRBY h a 1") == ["hincrby"])
        #expect(events("HINCRBYFLOAT h a 1") == ["hincrbyfloat"])
        #expect(events("HGETDEL h FIELDS 1 a") == ["hdel", "del"])
    }

    @Test func relativeTimesBecomeAbsolute() {
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        func effect(_ line: String) -> [UInt8] {
            _ = reader.take()
            node.run(line.split(separator: " ").map(String.init))
            return reader.take()
        }
        func request(_ line: String) -> [UInt8] { TestClient.request(line.split(separator: " ").map(String.init)) }
        let time = HashExpiryTests.now + 100_000
        node.run("HSET", "h", "a", "1", "b", "2", "c", "3")
        #expect(effect("HEXPIRE h 100 NX FIELDS 3 a x b") == request("HPEXPIREAT h \(time) FIELDS 2 a b"))
        #expect(effect("HEXPIRE h 100 NX FIELDS 2 a x") == [])
        #expect(effect("HGETEX h EX 100 FIELDS 2 c x") == request("HPEXPIREAT h \(time) FIELDS 1 c"))
        #expect(effect("HGETEX h PERSIST FIELDS 2 c x") == request("HPERSIST h FIELDS 1 c"))
        #expect(effect("HSETEX h EX 100 FIELDS 1 d 4") == request("HSETEX h PXAT \(time) FIELDS 1 d 4"))
        #expect(effect("HSETEX h FIELDS 1 d 4") == request("HSET h d 4"))
        #expect(effect("HINCRBYFLOAT h a 0.5") == request("HSETEX h KEEPTTL FIELDS 1 a 1.5"))
        #expect(effect("HINCRBYFLOAT h d 0.5") == request("HSET h d 4.5"))
        #expect(effect("HEXPIRE h 0 FIELDS 2 a x") == request("HDEL h a"))
        #expect(effect("HGETDEL h FIELDS 2 b x") == request("HDEL h b"))
    }
}
