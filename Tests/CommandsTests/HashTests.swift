import RESP
import Storage
import Testing

@testable import Commands

@Suite struct HashTests {
    let node = TestNode()

    /// Both forms of a hash answer alike.
    static let entries = ["512", "0"]

    private func use(_ entries: String) {
        #expect(node.run("CONFIG", "SET", "hash-max-listpack-entries", entries) == .simple("OK"))
    }

    @Test(arguments: entries) func fieldsAreSetAndRead(entries: String) {
        use(entries)
        #expect(node.run("HSET", "h", "a", "1", "b", "two") == .integer(2))
        #expect(node.run("HSET", "h", "a", "one", "c", "") == .integer(1))
        #expect(node.run("HGET", "h", "a") == .text("one"))
        #expect(node.run("HGET", "h", "c") == .text(""))
        #expect(node.run("HGET", "h", "d") == .null)
        #expect(node.run("HGET", "none", "a") == .null)
        #expect(node.run("HMGET", "h", "b", "d", "a") == .array([.text("two"), .null, .text("one")]))
        #expect(node.run("HMGET", "none", "b", "d") == .array([.null, .null]))
        #expect(node.run("HLEN", "h") == .integer(3))
        #expect(node.run("HLEN", "none") == .integer(0))
        #expect(node.run("HEXISTS", "h", "a") == .integer(1))
        #expect(node.run("HEXISTS", "h", "d") == .integer(0))
        #expect(node.run("HSTRLEN", "h", "b") == .integer(3))
        #expect(node.run("HSTRLEN", "h", "d") == .integer(0))
        #expect(node.run("HMSET", "h", "a", "3") == .simple("OK"))
        #expect(node.run("OBJECT", "ENCODING", "h") == .text(entries == "0" ? "hashtable" : "listpack"))
    }

    @Test(arguments: entries) func fieldsAreRemovedAndTheKeyWithTheLast(entries: String) {
        use(entries)
        node.run("HSET", "h", "a", "1", "b", "2", "c", "3")
        #expect(node.run("HDEL", "h", "a", "x", "a") == .integer(1))
        #expect(node.run("HDEL", "h", "x") == .integer(0))
        #expect(node.run("HDEL", "none", "x") == .integer(0))
        #expect(node.run("HDEL", "h", "b", "c") == .integer(2))
        #expect(node.run("EXISTS", "h") == .integer(0))
    }

    @Test(arguments: entries) func aFieldIsSetOnlyIfItIsNew(entries: String) {
        use(entries)
        #expect(node.run("HSETNX", "h", "a", "1") == .integer(1))
        #expect(node.run("HSETNX", "h", "a", "2") == .integer(0))
        #expect(node.run("HGET", "h", "a") == .text("1"))
    }

    @Test(arguments: entries) func valuesCount(entries: String) {
        use(entries)
        #expect(node.run("HINCRBY", "h", "n", "5") == .integer(5))
        #expect(node.run("HINCRBY", "h", "n", "-7") == .integer(-2))
        #expect(node.run("HINCRBY", "h", "n", "9223372036854775807") == .integer(9_223_372_036_854_775_805))
        let overflow = Reply.error("ERR increment or decrement would overflow")
        #expect(node.run("HINCRBY", "h", "n", "9223372036854775807") == overflow)
        node.run("HSET", "h", "t", "text")
        #expect(node.run("HINCRBY", "h", "t", "1") == .error("ERR hash value is not an integer"))
        #expect(node.run("HINCRBY", "h", "t", "x") == .error("ERR value is not an integer or out of range"))
        #expect(node.run("HINCRBYFLOAT", "h", "f", "0.1") == .text("0.1"))
        #expect(node.run("HINCRBYFLOAT", "h", "f", "0.2") == .text("0.3"))
        #expect(node.run("HINCRBYFLOAT", "h", "t", "1") == .error("ERR hash value is not a float"))
        #expect(node.run("HINCRBYFLOAT", "h", "f", "x") == .error("ERR value is not a valid float"))
        #expect(node.run("HINCRBYFLOAT", "h", "f", "inf") == .error("ERR value is NaN or Infinity"))
    }

    @Test func listingsHaveTheShapesOfTheProtocol() {
        let fields: [Reply] = [.text("a"), .text("1"), .text("b"), .text("2")]
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HGETALL", "h") == .array(fields))
        #expect(node.run("HKEYS", "h") == .array([.text("a"), .text("b")]))
        #expect(node.run("HVALS", "h") == .array([.text("1"), .text("2")]))
        #expect(node.run("HRANDFIELD", "h", "5", "WITHVALUES") == .array(fields))
        #expect(node.run("HSCAN", "h", "0") == .array([.text("0"), .array(fields)]))
        node.run("HELLO", "3")
        guard case .map(let pairs) = node.run("HGETALL", "h") else {
            Issue.record("no map")
            return
        }
        #expect(pairs.flatMap { [$0.key, $0.value] } == fields)
        #expect(node.run("HGETALL", "none") == .map([]))
        let nested: [Reply] = [.array([.text("a"), .text("1")]), .array([.text("b"), .text("2")])]
        #expect(node.run("HRANDFIELD", "h", "5", "WITHVALUES") == .array(nested))
        #expect(node.run("HRANDFIELD", "none") == .null)
        #expect(node.run("HRANDFIELD", "none", "5") == .array([]))
    }

    @Test(arguments: entries) func fieldsAtRandomAreFieldsOfTheHash(entries: String) {
        use(entries)
        for number in 0..<50 { node.run("HSET", "h", "f\(number)", "\(number)") }
        for (count, expected) in [("10", 10), ("100", 50), ("-100", 100), ("0", 0), ("-1", 1)] {
            guard case .array(let found) = node.run("HRANDFIELD", "h", count, "WITHVALUES") else {
                Issue.record("no array")
                continue
            }
            #expect(found.count == expected * 2)
            for index in stride(from: 0, to: found.count, by: 2) {
                guard case .bulk(let field) = found[index], case .bulk(let value) = found[index + 1] else { continue }
                #expect(field == [UInt8(ascii: "f")] + value)
            }
        }
        guard case .bulk(let one) = node.run("HRANDFIELD", "h") else {
            Issue.record("no field")
            return
        }
        #expect(node.run("HEXISTS", "h", String(decoding: one, as: UTF8.self)) == .integer(1))
    }

    @Test func aWalkCanLeaveValuesOut() {
        node.run("HSET", "h", "a", "1", "b", "2")
        #expect(node.run("HSCAN", "h", "0", "NOVALUES") == .array([.text("0"), .array([.text("a"), .text("b")])]))
        #expect(
            node.run("HSCAN", "h", "0", "NOVALUES", "MATCH", "b*") == .array([.text("0"), .array([.text("b")])]))
        #expect(node.run("SCAN", "0", "NOVALUES") == .error("ERR NOVALUES option can only be used in HSCAN"))
        #expect(node.run("HSCAN", "h", "0", "NOSCORES") == .error("ERR NOSCORES option can only be used in ZSCAN"))
    }

    @Test func aWalkOverManyFieldsComesToAnEnd() {
        for number in 0..<1000 { node.run("HSET", "h", "f\(number)", "v") }
        var cursor = "0"
        var seen: Set<[UInt8]> = []
        repeat {
            guard case .array(let reply) = node.run("HSCAN", "h", cursor, "COUNT", "50"),
                case .bulk(let next) = reply[0],
                case .array(let fields) = reply[1]
            else {
                Issue.record("no walk")
                return
            }
            for case .bulk(let word) in fields where word.first == UInt8(ascii: "f") { seen.insert(word) }
            cursor = String(decoding: next, as: UTF8.self)
        } while cursor != "0"
        #expect(seen.count == 1000)
    }

    @Test(arguments: entries) func copiesAreIndependent(entries: String) {
        use(entries)
        node.run("HSET", "h", "a", "1")
        #expect(node.run("COPY", "h", "c") == .integer(1))
        node.run("HSET", "h", "a", "2", "b", "3")
        #expect(node.run("HGETALL", "c") == .array([.text("a"), .text("1")]))
        node.run("RENAME", "c", "d")
        node.run("HSET", "d", "a", "9")
        #expect(node.run("HGET", "h", "a") == .text("2"))
    }

    @Test func fieldSetsSpareTheNamesOfFields() {
        #expect(node.run("HIMPORT", "PREPARE", "user", "name", "age") == .simple("OK"))
        #expect(node.run("HIMPORT", "SET", "u:1", "user", "ann", "30") == .simple("OK"))
        #expect(node.run("HGETALL", "u:1") == .array([.text("name"), .text("ann"), .text("age"), .text("30")]))
        node.run("HSET", "u:1", "more", "x")
        node.run("EXPIRE", "u:1", "100")
        #expect(node.run("HIMPORT", "SET", "u:1", "user", "bob", "31") == .simple("OK"))
        #expect(node.run("HLEN", "u:1") == .integer(2))
        #expect(node.run("TTL", "u:1") == .integer(-1))
    }

    @Test func fieldSetsBelongToTheirConnection() {
        let none = Reply.error("ERR no such fieldset")
        node.run("HIMPORT", "PREPARE", "s", "a")
        #expect(node.connect().run("HIMPORT", "SET", "k", "s", "1") == none)
        #expect(node.run("HIMPORT", "PREPARE", "t", "a", "b", "a") == .error("ERR duplicate field name in fieldset"))
        #expect(node.run("HIMPORT", "SET", "k", "t", "1", "2", "3") == none)
        #expect(
            node.run("HIMPORT", "SET", "k", "s", "1", "2")
                == .error("ERR value count does not match fieldset field count"))
        node.run("SET", "text", "v")
        #expect(node.run("HIMPORT", "SET", "text", "s", "1") == .error(CommandError.wrongType.text))
        #expect(node.run("HIMPORT", "PREPARE", "u", "a") == .simple("OK"))
        #expect(node.run("HIMPORT", "DISCARD", "s") == .integer(1))
        #expect(node.run("HIMPORT", "DISCARD", "s") == .integer(0))
        #expect(node.run("HIMPORT", "DISCARDALL") == .integer(1))
        node.run("HIMPORT", "PREPARE", "s", "a")
        node.run("RESET")
        #expect(node.run("HIMPORT", "SET", "k", "s", "1") == none)
    }

    @Test func memoryIsGivenBack() {
        let before = node.node.keyspace.liveBytes
        for number in 0..<5000 { node.run("HSET", "large", "field:\(number)", "value:\(number)") }
        node.run("HEXPIRE", "large", "100", "FIELDS", "2", "field:1", "field:2")
        for number in 0..<100 { node.run("HSET", "small:\(number)", "a", "1", "b", "2") }
        #expect(node.node.keyspace.liveBytes > before + 100_000)
        for number in 0..<5000 { node.run("HDEL", "large", "field:\(number)") }
        for number in 0..<100 { node.run("DEL", "small:\(number)") }
        #expect(node.run("DBSIZE") == .integer(0))
        let after = node.node.keyspace.liveBytes
        #expect(after < before + 50_000)
    }
}
