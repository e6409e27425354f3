import Primitives
import RESP
import Testing

@testable import Commands

@Suite struct SortTests {
    let node = TestNode()

    @discardableResult
    private func run(_ line: String) -> Reply {
        node.run(line.split(separator: " ").map { $0 == "''" ? "" : String($0) })
    }

    private func sorted(_ line: String) -> String {
        guard case .array(let elements) = run(line) else { return "?" }
        return elements.map {
            guard case .bulk(let bytes) = $0 else { return "-" }
            return String(decoding: bytes, as: UTF8.self)
        }.joined(separator: " ")
    }

    @Test func numbersAreSortedByTheirValue() {
        run("RPUSH l 10 9 -1 2.5 1e1 0x10")
        #expect(sorted("SORT l") == "-1 2.5 9 10 1e1 0x10")
        #expect(sorted("SORT l DESC") == "0x10 1e1 10 9 2.5 -1")
        #expect(sorted("SORT l LIMIT 1 2") == "2.5 9" && sorted("SORT l LIMIT 4 10") == "1e1 0x10")
        #expect(sorted("SORT l LIMIT -5 1") == "-1" && sorted("SORT l LIMIT 9 9") == "")
        #expect(sorted("SORT l LIMIT 4 -1") == "1e1 0x10" && sorted("SORT none") == "")
        run("RPUSH l x")
        #expect(run("SORT l") == .error("ERR One or more scores can't be converted into double"))
        #expect(run("SORT l BY nosort LIMIT 0 1") == .array([.text("10")]))
    }

    @Test func textIsSortedByItsBytes() {
        run("SADD s b a B 10 9 aa")
        #expect(sorted("SORT s ALPHA") == "10 9 B a aa b")
        #expect(sorted("SORT_RO s ALPHA DESC LIMIT 0 2") == "b aa")
    }

    @Test func otherKeysDecide() {
        run("RPUSH l a b c d")
        for line in ["SET w_a 3", "SET w_b 1", "SET w_d 2", "SET v_a A", "SET v_c C"] { run(line) }
        // What has no weight weighs 0, or comes before all texts.
        #expect(sorted("SORT l BY w_*") == "c b d a")
        #expect(sorted("SORT l BY w_* ALPHA DESC") == "a d b c")
        #expect(sorted("SORT l BY w_* GET v_* GET #") == "C c - b - d A a")
        #expect(sorted("SORT l BY nosort GET other") == "- - - -")
        #expect(sorted("SORT l BY nosort DESC") == "d c b a" && sorted("SORT l BY nosort") == "a b c d")
    }

    @Test func fieldsOfHashesDecide() {
        run("RPUSH l 1 2 3")
        for line in ["HSET h_1 w 30 n one", "HSET h_2 w 20 n two", "HSET h_3 w 10"] { run(line) }
        #expect(sorted("SORT l BY h_*->w GET # GET h_*->n") == "3 - 2 two 1 one")
        #expect(sorted("SORT l BY h_*->n ALPHA DESC") == "2 1 3" && sorted("SORT l GET h_*") == "- - -")
        #expect(run("HPEXPIRE h_2 10 FIELDS 1 n") == .array([.integer(1)]))
        node.hands.advance(milliseconds: 10)
        #expect(sorted("SORT l GET h_*->n") == "one - -")
    }

    @Test func sortedSetsHaveAnOrderOfTheirOwn() {
        run("ZADD z 3 a 1 b 2 c")
        #expect(sorted("SORT z BY nosort") == "b c a" && sorted("SORT z BY nosort DESC LIMIT 0 2") == "a c")
        #expect(sorted("SORT z ALPHA") == "a b c")
    }

    @Test func resultsAreStoredAsLists() {
        run("SADD s 3 1 2")
        run("SET v_2 two")
        #expect(run("SORT s STORE d") == .integer(3) && run("TYPE d") == .simple("list"))
        #expect(sorted("LRANGE d 0 -1") == "1 2 3")
        #expect(run("SORT s GET v_* STORE s") == .integer(3) && sorted("LRANGE s 0 -1") == " two ")
        #expect(run("SORT none STORE s") == .integer(0) && run("EXISTS s") == .integer(0))
        run("SADD n 10 9 b a")
        #expect(run("SORT n BY nosort DESC STORE d") == .integer(4))
        #expect(sorted("LRANGE d 0 -1") == "b a 9 10")
    }

    @Test func mistakesAreSeenBeforeAnythingIsDone() {
        run("SET k v")
        run("RPUSH l 1")
        #expect(run("SORT k") == .error("WRONGTYPE Operation against a key holding the wrong kind of value"))
        let lines = [
            "SORT l LIMIT 1", "SORT l BY", "SORT l GET", "SORT l STORE", "SORT k FOO", "SORT_RO l STORE d",
            "SORT l ASC FOO",
        ]
        for line in lines { #expect(run(line) == .error("ERR syntax error"), "\(line)") }
        #expect(run("SORT l LIMIT a 1") == .error("ERR value is not an integer or out of range"))
        #expect(run("SORT l LIMIT 1 1.5") == .error("ERR value is not an integer or out of range"))
    }

    @Test func storingIsToldOf() {
        run("RPUSH l 2 1")
        #expect(node.events("SORT", "l") == [])
        #expect(node.events("SORT", "l", "STORE", "d") == ["new d 0", "sortstore d 0"])
        #expect(node.events("SORT", "none", "STORE", "d") == ["keymiss none 0", "del d 0"])
    }
}
