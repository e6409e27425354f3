import Primitives
import RESP
import Testing

@testable import Commands

@Suite struct SetTests {
    let node = TestNode()

    @discardableResult
    private func run(_ line: String) -> Reply { node.run(line.split(separator: " ").map(String.init)) }

    private func members(_ line: String) -> [String] { run(line).texts.sorted() }

    private func encoding(_ key: String) -> Reply { node.run("OBJECT", "ENCODING", key) }

    /// Adds the numbers of a range, each with a prefix.
    private func fill(_ key: String, _ range: Range<Int>, _ prefix: String = "") {
        for number in range { node.run("SADD", key, "\(prefix)\(number)") }
    }

    // MARK: Members

    @Test func membersComeAndGo() {
        #expect(run("SADD s a b a") == .integer(2))
        #expect(run("SADD s b c") == .integer(1))
        #expect(run("SCARD s") == .integer(3) && run("SCARD none") == .integer(0))
        #expect(run("SISMEMBER s a") == .integer(1) && run("SISMEMBER s x") == .integer(0))
        #expect(run("SMISMEMBER s a x c") == .array([.integer(1), .integer(0), .integer(1)]))
        #expect(run("SMISMEMBER none a") == .array([.integer(0)]))
        #expect(members("SMEMBERS s") == ["a", "b", "c"])
        #expect(run("SREM s a x") == .integer(1))
        #expect(run("SREM s b c") == .integer(2))
        #expect(run("EXISTS s") == .integer(0) && run("SREM s b") == .integer(0))
    }

    @Test func resp3HasSets() {
        run("HELLO 3")
        run("SADD s a")
        #expect(run("SMEMBERS s") == .set([.text("a")]))
        #expect(run("SINTER s none") == .set([]))
        #expect(run("SUNION s") == .set([.text("a")]))
        #expect(run("SDIFF s none") == .set([.text("a")]))
        #expect(run("SRANDMEMBER s 2") == .array([.text("a")]))
        #expect(run("SPOP s 2") == .set([.text("a")]) && run("SPOP s 2") == .set([]))
        #expect(run("SPOP s") == .null && run("SRANDMEMBER s") == .null)
    }

    @Test func otherTypesAreRefused() {
        run("SET k v")
        run("SADD s a")
        let wrong = Reply.error("WRONGTYPE Operation against a key holding the wrong kind of value")
        for line in [
            "SADD k a", "SREM k a", "SMOVE k s a", "SMOVE s k a", "SCARD k", "SISMEMBER k a", "SMISMEMBER k a",
            "SMEMBERS k", "SSCAN k 0", "SPOP k", "SPOP k 1", "SRANDMEMBER k", "SRANDMEMBER k 1", "SINTER none k",
            "SINTERSTORE d none k", "SINTERCARD 2 none k", "SUNION none k", "SUNIONSTORE d s k", "SUNIONCARD 2 s k",
            "SDIFF none k", "SDIFFSTORE d s k", "SDIFFCARD 2 s k",
        ] { #expect(run(line) == wrong, "\(line)") }
        #expect(run("GET s") == wrong)
        #expect(run("SINTERSTORE k s") == .integer(1) && run("TYPE k") == .simple("set"))
    }

    @Test func encodingsFollowTheNumberAndTheKindOfMembers() {
        run("SADD s 1 2 3")
        #expect(encoding("s") == .text("intset"))
        run("SADD s a")
        #expect(encoding("s") == .text("listpack"))
        fill("s", 0..<128)
        #expect(encoding("s") == .text("hashtable"))
        fill("i", 0..<512)
        #expect(encoding("i") == .text("intset"))
        run("SADD i 512")
        #expect(encoding("i") == .text("hashtable") && run("SCARD i") == .integer(513))
        node.run("SADD", "l", String(repeating: "x", count: 65))
        #expect(encoding("l") == .text("hashtable"))
        run("CONFIG SET set-max-intset-entries 2 set-max-listpack-entries 3")
        run("SADD c 1 2 3")
        #expect(encoding("c") == .text("listpack"))
        run("SADD c 4")
        #expect(encoding("c") == .text("hashtable"))
    }

    @Test func aLargeSetLivesWhereverItGoes() {
        fill("s", 0..<1000, "member:")
        run("EXPIRE s 100")
        run("RENAME s t")
        #expect(run("COPY t u") == .integer(1))
        fill("u", 0..<10, "new:")
        #expect(run("SCARD t") == .integer(1000) && run("SCARD u") == .integer(1010))
        #expect(run("TTL t") == .integer(100))
        run("DEL t")
        #expect(run("SINTERCARD 1 u") == .integer(1010))
        #expect(run("SISMEMBER u member:999") == .integer(1))
        for number in 0..<1000 { node.run("SREM", "u", "member:\(number)") }
        #expect(members("SMEMBERS u") == (0..<10).map { "new:\($0)" })
    }

    @Test func smoveTakesAMemberAlong() {
        run("SADD s a 1")
        run("SADD t b")
        #expect(run("SMOVE s t x") == .integer(0) && run("SMOVE none t a") == .integer(0))
        #expect(run("SMOVE s t a") == .integer(1) && run("SMOVE s u 1") == .integer(1))
        #expect(members("SMEMBERS t") == ["a", "b"] && encoding("u") == .text("intset"))
        #expect(run("EXISTS s") == .integer(0))
        #expect(run("SMOVE t t a") == .integer(1) && run("SMOVE t t x") == .integer(0))
    }

    // MARK: At random

    @Test func spopTakesMembersAway() {
        run("SADD s a b c d")
        let first = run("SPOP s")
        #expect(["a", "b", "c", "d"].contains(first.texts.first ?? ""))
        #expect(run("SCARD s") == .integer(3))
        #expect(run("SPOP s 0") == .array([]))
        let two = members("SPOP s 2")
        let rest = members("SPOP s 10")
        #expect((two + rest + first.texts).sorted() == ["a", "b", "c", "d"] && two.count == 2)
        #expect(run("EXISTS s") == .integer(0) && run("SPOP s") == .null && run("SPOP s 3") == .array([]))
        #expect(run("SPOP s -1") == .error("ERR value is out of range, must be positive"))
        #expect(run("SPOP s x") == .error("ERR value is out of range, must be positive"))
        #expect(run("SPOP s 1 2") == .error("ERR syntax error"))
    }

    @Test func srandmemberLeavesThem() {
        fill("s", 0..<50)
        #expect(run("SRANDMEMBER s").texts.count == 1)
        for count in [1, 10, 30, 49, 50, 51] {
            let found = run("SRANDMEMBER s \(count)").texts
            #expect(found.count == min(count, 50) && Set(found).count == found.count)
        }
        let repeated = run("SRANDMEMBER s -200").texts
        #expect(repeated.count == 200 && Set(repeated).count < 51)
        #expect(run("SRANDMEMBER s 0") == .array([]) && run("SRANDMEMBER none 5") == .array([]))
        #expect(run("SRANDMEMBER none") == .null && run("SCARD s") == .integer(50))
        #expect(
            run("SRANDMEMBER s -9223372036854775808")
                == .error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"))
    }

    @Test(arguments: [20, 100, 1000]) func randomMembersAreFair(size: Int) {
        fill("s", 0..<size, size == 100 ? "m" : "")
        var seen: [String: Int] = [:]
        for _ in 0..<20 { for member in run("SRANDMEMBER s -5000").texts { seen[member, default: 0] += 1 } }
        #expect(seen.count == size)
        let mean = 100_000 / Double(size)
        for count in seen.values { #expect(abs(Double(count) - mean) < 6 * mean.squareRoot()) }
    }

    // MARK: Several sets

    @Test func setsAreIntersectedUnitedAndSubtracted() {
        run("SADD a 1 2 3 x")
        run("SADD b 2 3 y")
        run("SADD c 3 x")
        #expect(members("SINTER a b") == ["2", "3"] && members("SINTER a b c") == ["3"])
        #expect(members("SUNION a b c") == ["1", "2", "3", "x", "y"])
        #expect(members("SUNION a none b c a b none c") == ["1", "2", "3", "x", "y"])
        #expect(members("SDIFF a b") == ["1", "x"] && members("SDIFF a b c") == ["1"])
        #expect(members("SINTER a none") == [] && members("SDIFF none a") == [] && members("SDIFF a a") == [])
        #expect(members("SINTER a") == ["1", "2", "3", "x"])
    }

    @Test func resultsAreStored() {
        run("SADD a 1 2 3")
        run("SADD b 2 3 4")
        run("SET d v")
        run("EXPIRE d 100")
        #expect(run("SINTERSTORE d a b") == .integer(2) && members("SMEMBERS d") == ["2", "3"])
        #expect(run("TTL d") == .integer(-1) && encoding("d") == .text("intset"))
        #expect(run("SUNIONSTORE d d a b") == .integer(4) && run("SDIFFSTORE d d a") == .integer(1))
        #expect(members("SMEMBERS d") == ["4"])
        #expect(run("SINTERSTORE d a none") == .integer(0) && run("EXISTS d") == .integer(0))
        #expect(run("SDIFFSTORE d a a") == .integer(0) && run("SUNIONSTORE d none") == .integer(0))
    }

    @Test func encodingsOfResultsFollowTheReference() {
        fill("h", 0..<600)
        fill("i", 0..<500)
        fill("w", 0..<200, "w")
        run("SADD l 1 2 x")
        run("SINTERSTORE d h i")
        #expect(encoding("d") == .text("intset") && run("SCARD d") == .integer(500))
        run("SINTERSTORE d h h")
        #expect(encoding("d") == .text("hashtable"))
        run("SINTERSTORE d l h")
        #expect(encoding("d") == .text("intset"))
        run("SINTERSTORE d l l")
        #expect(encoding("d") == .text("listpack"))
        run("SUNIONSTORE d l")
        #expect(encoding("d") == .text("listpack"))
        run("SUNIONSTORE d i h")
        #expect(encoding("d") == .text("hashtable"))
        // With few members to take away it is less work to copy the first set and remove them.
        run("SDIFFSTORE d w l none i")
        #expect(encoding("d") == .text("hashtable") && run("SCARD d") == .integer(200))
        run("SDIFFSTORE d h i")
        #expect(encoding("d") == .text("intset") && run("SCARD d") == .integer(100))
    }

    @Test func resultsAreCounted() {
        run("SADD a 1 2 3 x")
        run("SADD b 2 3 y")
        #expect(run("SINTERCARD 2 a b") == .integer(2) && run("SINTERCARD 2 a b LIMIT 1") == .integer(1))
        #expect(run("SINTERCARD 2 a b limit 0") == .integer(2) && run("SINTERCARD 2 a none") == .integer(0))
        #expect(run("SUNIONCARD 2 a b") == .integer(5) && run("SUNIONCARD 2 a b LIMIT 3") == .integer(3))
        #expect(run("SUNIONCARD 1 a APPROX LIMIT 9") == .integer(4) && run("SUNIONCARD 1 none") == .integer(0))
        #expect(run("SDIFFCARD 2 a b") == .integer(2) && run("SDIFFCARD 2 a b LIMIT 1") == .integer(1))
        for name in ["SINTERCARD", "SUNIONCARD", "SDIFFCARD"] {
            #expect(run("\(name) 0 a") == .error("ERR numkeys should be greater than 0"))
            #expect(run("\(name) x a") == .error("ERR numkeys should be greater than 0"))
            #expect(run("\(name) 2 a") == .error("ERR Number of keys can't be greater than number of args"))
            #expect(run("\(name) 1 a b") == .error("ERR syntax error"))
            #expect(run("\(name) 1 a LIMIT") == .error("ERR syntax error"))
            #expect(run("\(name) 1 a LIMIT -1") == .error("ERR LIMIT can't be negative"))
        }
        #expect(run("SINTERCARD 1 a APPROX") == .error("ERR syntax error"))
    }

    @Test func manySetsAreUnited() {
        for number in 0..<10 { fill("s\(number)", number * 60..<number * 60 + 100, "m") }
        let keys = (0..<10).map { "s\($0)" }.joined(separator: " ")
        #expect(members("SUNION \(keys)").count == 640)
        #expect(run("SUNIONCARD 10 \(keys)") == .integer(640))
        #expect(run("SUNIONCARD 10 \(keys) LIMIT 250") == .integer(250))
        #expect(run("SUNIONSTORE d \(keys)") == .integer(640))
    }

    // MARK: In portions

    @Test func sscanWalksOverAllMembers() {
        fill("s", 0..<2000, "m")
        var seen: [String] = []
        var cursor = "0"
        repeat {
            guard case .array(let parts) = node.run("SSCAN", "s", cursor, "COUNT", "50") else { return }
            cursor = parts[0].texts[0]
            seen += parts[1].texts
        } while cursor != "0"
        #expect(seen.count == 2000 && Set(seen).count == 2000)
        #expect(run("SSCAN s 0 MATCH m77 COUNT 100000") == .array([.text("0"), .array([.text("m77")])]))
        run("SADD i 3 1 2")
        #expect(run("SSCAN i 0 COUNT 1") == .array([.text("0"), .array([.text("1"), .text("2"), .text("3")])]))
        #expect(run("SSCAN none 0") == .array([.text("0"), .array([])]))
        #expect(run("SSCAN i x") == .error("ERR invalid cursor"))
        #expect(run("SSCAN i 0 COUNT 0") == .error("ERR syntax error"))
        #expect(run("SSCAN i 0 TYPE set") == .error("ERR syntax error"))
    }

    // MARK: Events

    @Test func changesAreToldOf() {
        #expect(node.events("SADD", "s", "a", "b") == ["new s 0", "sadd s 0"])
        #expect(node.events("SADD", "s", "a") == [])
        #expect(node.events("SREM", "s", "x") == [])
        #expect(node.events("SMOVE", "s", "t", "a") == ["srem s 0", "new t 0", "sadd t 0"])
        #expect(node.events("SREM", "s", "b") == ["srem s 0", "del s 0"])
        #expect(node.events("SPOP", "t") == ["spop t 0", "del t 0"])
        run("SADD s a b c")
        #expect(node.events("SPOP", "s", "1") == ["spop s 0"])
        #expect(node.events("SUNIONSTORE", "d", "s") == ["new d 0", "sunionstore d 0"])
        #expect(node.events("SINTERSTORE", "d", "s") == ["overwritten d 0", "sinterstore d 0"])
        #expect(node.events("SDIFFSTORE", "d", "s") == ["overwritten d 0", "sdiffstore d 0"])
        #expect(node.events("SDIFFSTORE", "d", "s", "s") == ["del d 0"])
        #expect(node.events("SPOP", "s", "5") == ["spop s 0", "del s 0"])
    }
}

extension Reply {
    /// The texts of a bulk string, or of those in an array or a set.
    fileprivate var texts: [String] {
        switch self {
        case .bulk(let bytes): [String(decoding: bytes, as: UTF8.self)]
        case .array(let elements), .set(let elements): elements.flatMap(\.texts)
        default: []
        }
    }
}
