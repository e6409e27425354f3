import RESP
import Storage
import Testing

@testable import Commands

@Suite struct ScanTests {
    let node = TestNode()

    /// All that a walk shows, and the number of calls.
    private func scan(_ options: String...) -> (keys: [String], calls: Int) {
        var keys: [String] = []
        var cursor = "0"
        var calls = 0
        repeat {
            guard case .array(let reply) = node.run(["SCAN", cursor] + options), case .bulk(let next) = reply[0],
                case .array(let found) = reply[1]
            else {
                Issue.record("no answer to SCAN \(cursor)")
                return (keys, calls)
            }
            for case .bulk(let key) in found { keys.append(String(decoding: key, as: UTF8.self)) }
            cursor = String(decoding: next, as: UTF8.self)
            calls += 1
        } while cursor != "0"
        return (keys, calls)
    }

    private func fill(_ count: Int) { for number in 0..<count { node.run("SET", "key:\(number)", "v") } }

    @Test func aWalkShowsEverything() {
        fill(500)
        let (keys, calls) = scan()
        #expect(keys.count == 500 && Set(keys).count == 500)
        #expect((30...60).contains(calls))
        #expect(scan("COUNT", "1000").calls == 1)
        #expect(scan("COUNT", "9223372036854775807").keys.count == 500)
    }

    @Test func patternsAndTypesChoose() {
        fill(200)
        #expect(Set(scan("MATCH", "key:1?").keys) == Set((10..<20).map { "key:\($0)" }))
        #expect(scan("MATCH", "*").keys.count == 200)
        #expect(scan("TYPE", "STRING").keys.count == 200)
        #expect(scan("TYPE", "list").keys == [])
        #expect(node.run("SCAN", "0", "TYPE", "nosuchtype") == .error("ERR unknown type name 'nosuchtype'"))
        #expect(scan("TYPE", "string", "MATCH", "key:7", "COUNT", "3").keys == ["key:7"])
    }

    @Test func expiredKeysAreNotShownAndGo() {
        fill(50)
        node.node.isActiveExpiryOn = false
        for number in 0..<25 { node.run("PEXPIRE", "key:\(number)", "10") }
        node.hands.advance(milliseconds: 20)
        #expect(scan().keys.count == 25)
        #expect(node.run("DBSIZE") == .integer(25))
    }

    @Test func hiddenKeysAreNotShownAndStay() {
        fill(10)
        for number in 0..<5 { node.run("PEXPIRE", "key:\(number)", "10") }
        node.hands.advance(milliseconds: 20)
        node.node.keyspace.expiryMode = .hide
        #expect(scan().keys.count == 5)
        #expect(node.run("KEYS", "*") == node.run("KEYS", "key:*"))
        #expect(node.run("DBSIZE") == .integer(10))
    }

    @Test func cursorsAreAnyNumbers() {
        let end = Reply.array([.text("0"), .array([])])
        for cursor in ["0", "00", "", "+0", "-1", "18446744073709551615", "00000000000000000000000000"] {
            #expect(node.run("SCAN", cursor) == end, "\(cursor)")
        }
        for cursor in ["x", " 1", "1 ", "-", "1.5", "18446744073709551616", "99999999999999999999999"] {
            #expect(node.run("SCAN", cursor) == .error("ERR invalid cursor"), "\(cursor)")
        }
    }

    @Test func optionsAreChecked() {
        for options in [["COUNT", "0"], ["COUNT", "-1"], ["COUNT"], ["MATCH"], ["TYPE"], ["FOO", "1"]] {
            #expect(node.run(["SCAN", "0"] + options) == .error("ERR syntax error"), "\(options)")
        }
        #expect(node.run("SCAN", "0", "COUNT", "x") == .error("ERR value is not an integer or out of range"))
        #expect(node.run("SCAN", "x", "FOO") == .error("ERR invalid cursor"))
    }

    @Test func keysListsWhatMatches() {
        fill(20)
        node.run("SET", "other", "v")
        node.run("PEXPIRE", "key:1", "10")
        node.hands.advance(milliseconds: 20)
        guard case .array(let found) = node.run("KEYS", "key:1*") else {
            Issue.record("no array")
            return
        }
        #expect(found.count == 10 && !found.contains(.text("key:1")))
        #expect(node.run("KEYS", "nothing") == .array([]))
        node.client.session.database = 9
        #expect(node.run("KEYS", "*") == .array([]))
        #expect(scan().keys == [])
    }

    @Test func randomkeyFindsTheLiving() {
        #expect(node.run("RANDOMKEY") == .null)
        fill(5)
        for number in 1..<5 { node.run("PEXPIRE", "key:\(number)", "10") }
        node.hands.advance(milliseconds: 20)
        #expect(node.run("RANDOMKEY") == .text("key:0"))
        node.run("DEL", "key:0")
        #expect(node.run("RANDOMKEY") == .null)
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func randomkeyAnswersWhereNothingMayBeRemoved() {
        fill(3)
        for number in 0..<3 { node.run("PEXPIRE", "key:\(number)", "10") }
        node.hands.advance(milliseconds: 20)
        node.node.keyspace.expiryMode = .hide
        #expect(node.run("RANDOMKEY") != .null)
    }
}
