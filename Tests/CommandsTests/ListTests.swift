import RESP
import Testing

@testable import Commands

@Suite struct ListTests {
    private let node = TestNode()

    private func list(_ elements: String...) -> Reply { .array(elements.map(Reply.text)) }

    private func contents(_ key: String) -> Reply { node.run("LRANGE", key, "0", "-1") }

    private let wrongType = Reply.error("WRONGTYPE Operation against a key holding the wrong kind of value")

    // MARK: Ends

    @Test func elementsArePushedAndPoppedAtBothEnds() {
        #expect(node.run("RPUSH", "l", "a", "b") == .integer(2))
        #expect(node.run("LPUSH", "l", "1", "2") == .integer(4))
        #expect(contents("l") == list("2", "1", "a", "b"))
        #expect(node.run("LPOP", "l") == .text("2"))
        #expect(node.run("RPOP", "l") == .text("b"))
        #expect(node.run("LLEN", "l") == .integer(2))
        #expect(node.run("LPOP", "l", "9") == list("1", "a"))
        #expect(node.run("EXISTS", "l") == .integer(0))
        #expect(node.run("LPOP", "l") == .null)
        #expect(node.run("LPOP", "l", "2") == .null)
    }

    @Test func severalAreReturnedFromTheEndWhereTheyWere() {
        node.run("RPUSH", "l", "a", "b", "c", "d")
        #expect(node.run("RPOP", "l", "2") == list("d", "c"))
        #expect(node.run("LPOP", "l", "0") == .array([]))
        #expect(node.run("LPOP", "l", "-1") == .error("ERR value is out of range, must be positive"))
        #expect(contents("l") == list("a", "b"))
    }

    @Test func someArePushedOnlyWhereAListIs() {
        #expect(node.run("LPUSHX", "l", "a") == .integer(0))
        #expect(node.run("EXISTS", "l") == .integer(0))
        node.run("RPUSH", "l", "a")
        #expect(node.run("RPUSHX", "l", "b", "c") == .integer(3))
        #expect(node.run("LPUSHX", "l", "0") == .integer(4))
    }

    @Test func anExpiryStaysWhileTheListChanges() {
        node.run("RPUSH", "l", "a")
        node.run("EXPIRE", "l", "100")
        for number in 0..<2000 { node.run("RPUSH", "l", "element \(number)") }
        #expect(node.run("TTL", "l") == .integer(100))
        node.run("LTRIM", "l", "0", "0")
        #expect(node.run("TTL", "l") == .integer(100))
        #expect(contents("l") == list("a"))
    }

    // MARK: Places and ranges

    @Test(arguments: [3, 3000]) func placesAreCountedFromBothEnds(count: Int) {
        for number in 0..<count { node.run("RPUSH", "l", "e\(number)") }
        #expect(node.run("LINDEX", "l", "0") == .text("e0"))
        #expect(node.run("LINDEX", "l", "-1") == .text("e\(count - 1)"))
        #expect(node.run("LINDEX", "l", "\(count / 2)") == .text("e\(count / 2)"))
        #expect(node.run("LINDEX", "l", "\(count)") == .null)
        #expect(node.run("LINDEX", "l", "-\(count + 1)") == .null)
        #expect(node.run("LSET", "l", "-2", "new") == .simple("OK"))
        #expect(node.run("LRANGE", "l", "-2", "-1") == list("new", "e\(count - 1)"))
        #expect(node.run("LSET", "l", "\(count)", "x") == .error("ERR index out of range"))
        #expect(node.run("LSET", "none", "x", "x") == .error("ERR no such key"))
    }

    @Test func rangesAreCutToTheList() {
        node.run("RPUSH", "l", "a", "b", "c")
        #expect(node.run("LRANGE", "l", "-100", "100") == list("a", "b", "c"))
        #expect(node.run("LRANGE", "l", "1", "1") == list("b"))
        #expect(node.run("LRANGE", "l", "2", "1") == .array([]))
        #expect(node.run("LRANGE", "none", "0", "-1") == .array([]))
        #expect(node.run("LTRIM", "l", "1", "100") == .simple("OK"))
        #expect(contents("l") == list("b", "c"))
        node.run("LTRIM", "l", "5", "9")
        #expect(node.run("EXISTS", "l") == .integer(0))
    }

    @Test func elementsAreInsertedBesideAnother() {
        node.run("RPUSH", "l", "a", "1", "a")
        #expect(node.run("LINSERT", "l", "before", "1", "x") == .integer(4))
        #expect(node.run("LINSERT", "l", "AFTER", "a", "y") == .integer(5))
        #expect(contents("l") == list("a", "y", "x", "1", "a"))
        #expect(node.run("LINSERT", "l", "AFTER", "none", "y") == .integer(-1))
        #expect(node.run("LINSERT", "none", "AFTER", "a", "y") == .integer(0))
        #expect(node.run("LINSERT", "l", "BESIDE", "a", "y") == .error("ERR syntax error"))
    }

    // MARK: Searching

    @Test func positionsAreFoundFromEitherEnd() {
        node.run("RPUSH", "l", "a", "b", "c", "1", "2", "3", "c", "c")
        #expect(node.run("LPOS", "l", "c") == .integer(2))
        #expect(node.run("LPOS", "l", "c", "RANK", "2") == .integer(6))
        #expect(node.run("LPOS", "l", "c", "RANK", "-1") == .integer(7))
        #expect(node.run("LPOS", "l", "c", "COUNT", "0") == .array([.integer(2), .integer(6), .integer(7)]))
        #expect(node.run("LPOS", "l", "c", "COUNT", "2", "RANK", "-2") == .array([.integer(6), .integer(2)]))
        #expect(node.run("LPOS", "l", "c", "COUNT", "0", "MAXLEN", "7") == .array([.integer(2), .integer(6)]))
        #expect(node.run("LPOS", "l", "c", "MAXLEN", "2") == .null)
        #expect(node.run("LPOS", "l", "x", "COUNT", "1") == .array([]))
        #expect(node.run("LPOS", "none", "x", "COUNT", "1") == .array([]))
        #expect(node.run("LPOS", "none", "x") == .null)
        #expect(node.run("LPOS", "l", "1") == .integer(3))
        let tooFar = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
        #expect(node.run("LPOS", "l", "1", "RANK", "-9223372036854775808") == .error(tooFar))
    }

    @Test func elementsAreRemovedFromEitherEnd() {
        node.run("RPUSH", "l", "a", "x", "a", "y", "a", "z", "a")
        #expect(node.run("LREM", "l", "-1", "a") == .integer(1))
        #expect(node.run("LREM", "l", "1", "a") == .integer(1))
        #expect(contents("l") == list("x", "a", "y", "a", "z"))
        #expect(node.run("LREM", "l", "0", "a") == .integer(2))
        #expect(node.run("LREM", "l", "0", "none") == .integer(0))
        #expect(contents("l") == list("x", "y", "z"))
        for element in ["x", "y", "z"] { #expect(node.run("LREM", "l", "5", element) == .integer(1)) }
        #expect(node.run("EXISTS", "l") == .integer(0))
    }

    // MARK: Moving

    @Test func anElementMovesFromListToList() {
        node.run("RPUSH", "l", "a", "b", "c")
        #expect(node.run("LMOVE", "l", "m", "LEFT", "RIGHT") == .text("a"))
        #expect(node.run("LMOVE", "l", "m", "RIGHT", "LEFT") == .text("c"))
        #expect(contents("m") == list("c", "a"))
        #expect(node.run("RPOPLPUSH", "l", "m") == .text("b"))
        #expect(contents("m") == list("b", "c", "a") && node.run("EXISTS", "l") == .integer(0))
        #expect(node.run("LMOVE", "m", "m", "LEFT", "RIGHT") == .text("b"))
        #expect(contents("m") == list("c", "a", "b"))
        #expect(node.run("LMOVE", "none", "m", "LEFT", "RIGHT") == .null)
        #expect(node.run("LMOVE", "m", "m", "UP", "RIGHT") == .error("ERR syntax error"))
    }

    @Test func theOnlyElementOfAListTurns() {
        node.run("RPUSH", "l", "a")
        #expect(node.run("LMOVE", "l", "l", "LEFT", "RIGHT") == .text("a"))
        #expect(contents("l") == list("a"))
    }

    @Test func aWrongDestinationLeavesTheSource() {
        node.run("RPUSH", "l", "a")
        node.run("SET", "s", "1")
        #expect(node.run("LMOVE", "l", "s", "LEFT", "LEFT") == wrongType)
        #expect(node.run("LMOVEM", "l", "s", "LEFT", "LEFT") == wrongType)
        #expect(contents("l") == list("a"))
    }

    @Test func severalElementsMoveOneByOneOrAsTheyStand() {
        let orders = [
            ("LEFT LEFT COUNT 2 OBO", "2 1 x y"), ("LEFT LEFT COUNT 2 BULK", "1 2 x y"),
            ("LEFT RIGHT COUNT 2 OBO", "x y 1 2"), ("LEFT RIGHT COUNT 2 BULK", "x y 1 2"),
            ("RIGHT LEFT COUNT 2 OBO", "3 4 x y"), ("RIGHT LEFT COUNT 2 BULK", "3 4 x y"),
            ("RIGHT RIGHT COUNT 2 OBO", "x y 4 3"), ("RIGHT RIGHT EXACTLY 2 BULK", "x y 3 4"),
        ]
        for (options, expected) in orders {
            node.run("DEL", "l", "m")
            node.run("RPUSH", "l", "1", "2", "3", "4")
            node.run("RPUSH", "m", "x", "y")
            let words = options.split(separator: " ").map(String.init)
            let all = expected.split(separator: " ").map { Reply.text(String($0)) }
            let moved = words[1] == "LEFT" ? all.prefix(2) : all.suffix(2)
            #expect(node.run(["LMOVEM", "l", "m"] + words) == .array(Array(moved)), "\(options)")
            #expect(contents("m") == .array(all), "\(options)")
        }
    }

    @Test func asManyMoveAsThereAreUnlessTheNumberIsExact() {
        node.run("RPUSH", "l", "1", "2", "3")
        #expect(node.run("LMOVEM", "l", "m", "LEFT", "RIGHT", "EXACTLY", "4", "BULK") == .null)
        #expect(node.run("LMOVEM", "none", "m", "LEFT", "RIGHT") == .null)
        #expect(node.run("LMOVEM", "l", "l", "LEFT", "RIGHT", "COUNT", "2", "OBO") == list("1", "2"))
        #expect(contents("l") == list("3", "1", "2"))
        #expect(node.run("LMOVEM", "l", "m", "LEFT", "RIGHT", "COUNT", "9", "OBO") == list("3", "1", "2"))
        #expect(node.run("EXISTS", "l") == .integer(0))
        #expect(node.run("LMOVEM", "m", "l", "LEFT", "RIGHT") == list("3"))
        for wrong in ["COUNT 1", "COUNT 1 FOO", "OBO", "COUNT 1 OBO BULK", "EXACTLY 1 COUNT 1 OBO"] {
            let words = ["LMOVEM", "m", "l", "LEFT", "RIGHT"] + wrong.split(separator: " ").map(String.init)
            #expect(node.run(words) == .error("ERR syntax error"), "\(wrong)")
        }
    }

    @Test func theFirstListIsPopped() {
        node.run("RPUSH", "l", "a", "b", "c")
        #expect(node.run("LMPOP", "2", "none", "l", "RIGHT", "COUNT", "2") == .array([.text("l"), list("c", "b")]))
        #expect(node.run("LMPOP", "1", "l", "LEFT") == .array([.text("l"), list("a")]))
        #expect(node.run("LMPOP", "1", "l", "LEFT") == .null)
        #expect(node.run("LMPOP", "0", "l", "LEFT") == .error("ERR numkeys should be greater than 0"))
        #expect(node.run("LMPOP", "1", "l", "LEFT", "COUNT", "0") == .error("ERR count should be greater than 0"))
    }

    // MARK: Waiting

    private func client(_ line: String) -> TestClient {
        let client = node.connect()
        client.send(line + "\r\n")
        return client
    }

    @Test func whatIsThereIsTakenAtOnce() {
        node.run("RPUSH", "l", "a", "b", "c", "d", "e", "f")
        #expect(node.run("BLPOP", "none", "l", "0") == list("l", "a"))
        #expect(node.run("BRPOP", "l", "0") == list("l", "f"))
        #expect(node.run("BLMOVE", "l", "m", "LEFT", "LEFT", "0") == .text("b"))
        #expect(node.run("BRPOPLPUSH", "l", "m", "0") == .text("e"))
        #expect(node.run("BLMPOP", "0", "1", "l", "LEFT", "COUNT", "5") == .array([.text("l"), list("c", "d")]))
        #expect(node.run("BLMOVEM", "m", "n", "LEFT", "RIGHT", "0", "EXACTLY", "2", "BULK") == list("e", "b"))
    }

    @Test func whoWaitsIsServedAfterTheWholePush() {
        let waiting = client("BLPOP a l 0")
        node.run("LPUSH", "l", "1", "2", "3")
        #expect(waiting.replies() == [list("l", "3")])
        #expect(contents("l") == list("2", "1"))
    }

    @Test func movesFollowOneAnother() {
        let last = client("BLPOP c 0")
        let second = client("BRPOPLPUSH b c 0")
        let first = client("BLMOVE a b LEFT RIGHT 0")
        node.run("RPUSH", "a", "x")
        #expect(first.replies() == [.text("x")])
        #expect(second.replies() == [.text("x")])
        #expect(last.replies() == [list("c", "x")])
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func aMoveToAWrongTypeFailsAndLeavesTheSource() {
        node.run("SET", "s", "1")
        let waiting = client("BLMOVE l s LEFT RIGHT 0")
        node.run("RPUSH", "l", "x")
        #expect(waiting.replies() == [wrongType])
        #expect(contents("l") == list("x"))
    }

    @Test func exactlySoManyAreWaitedFor() {
        let waiting = client("BLMOVEM l m LEFT RIGHT 0 EXACTLY 3 BULK")
        node.run("RPUSH", "l", "a", "b")
        #expect(waiting.replies() == [])
        node.run("RPUSH", "l", "c", "d")
        #expect(waiting.replies() == [list("a", "b", "c")])
        #expect(contents("l") == list("d") && contents("m") == list("a", "b", "c"))
    }

    @Test func waitingEndsWithItsTime() {
        let clients = ["BLPOP l 0.01", "BLMOVE l m LEFT LEFT 0.01", "BLMPOP 0.01 1 l LEFT"].map(client)
        node.advance(milliseconds: 20)
        for client in clients { #expect(client.replies() == [.null]) }
    }

    @Test func nobodyWaitsInATransaction() {
        for line in ["MULTI", "BLPOP l 0", "BLMOVE l m LEFT LEFT 0", "BLMPOP 0 1 l LEFT"] {
            node.run(line.split(separator: " ").map(String.init))
        }
        #expect(node.run("EXEC") == .array([.null, .null, .null]))
    }

    @Test(arguments: [("BLPOP l x", "not a float or out of range"), ("BLPOP l -1", "negative")])
    func timeoutsAreChecked(line: String, reason: String) {
        #expect(node.run(line.split(separator: " ").map(String.init)) == .error("ERR timeout is \(reason)"))
    }

    // MARK: Forms

    @Test func largeListsArePackedAgainWhenTheyAreSmall() {
        node.run("RPUSH", "l", "a")
        #expect(node.run("OBJECT", "ENCODING", "l") == .text("listpack"))
        for number in 0..<1000 { node.run("RPUSH", "l", "element \(number)") }
        #expect(node.run("OBJECT", "ENCODING", "l") == .text("quicklist"))
        node.run("COPY", "l", "m")
        node.run("LTRIM", "l", "0", "5")
        #expect(node.run("OBJECT", "ENCODING", "l") == .text("listpack"))
        #expect(node.run("LLEN", "m") == .integer(1001))
        #expect(node.run("OBJECT", "ENCODING", "m") == .text("quicklist"))
    }

    @Test func theLimitIsADirective() {
        node.run("CONFIG", "SET", "list-max-listpack-size", "3")
        node.run("RPUSH", "l", "a", "b", "c")
        #expect(node.run("OBJECT", "ENCODING", "l") == .text("listpack"))
        node.run("RPUSH", "l", "d")
        #expect(node.run("OBJECT", "ENCODING", "l") == .text("quicklist"))
    }

    @Test func otherTypesAreRefused() {
        node.run("SET", "s", "1")
        for line in [
            "LPUSH s a", "RPUSHX s a", "LPOP s", "RPOP s 1", "LLEN s", "LINDEX s 0", "LSET s 0 a",
            "LINSERT s AFTER a b",
            "LREM s 0 a", "LRANGE s 0 -1", "LTRIM s 0 1", "LPOS s a", "LMOVE s l LEFT LEFT", "LMPOP 1 s LEFT",
            "LMOVEM s l LEFT LEFT", "BLPOP s 0", "BLMOVE s l LEFT LEFT 0", "BLMPOP 0 1 s LEFT",
        ] {
            #expect(node.run(line.split(separator: " ").map(String.init)) == wrongType, "\(line)")
        }
        #expect(node.run("GET", "s") == .text("1"))
    }
}

/// What the journal and the listeners hear of lists.
@Suite struct ListEffectTests {
    private let node: TestNode
    private let reader = RecordingReader()
    private let heard: HeardEvents

    init() {
        node = TestNode()
        heard = HeardEvents(node)
        node.node.keyspace.journal.attach(reader)
        node.run("RPUSH", "l", "a", "b", "c")
    }

    private func run(_ line: String) -> (events: [String], journal: String) {
        _ = heard.take()
        _ = reader.take()
        node.run(line.split(separator: " ").map(String.init))
        let journal = String(decoding: reader.take(), as: UTF8.self).split(separator: "\r\n")
        let words = journal.filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }
        return (heard.take(), words.joined(separator: " "))
    }

    @Test(arguments: [
        ("LPUSH l x", ["lpush l"]), ("RPUSH n x", ["rpush n"]), ("LPOP l", ["lpop l"]),
        ("LPOP l 3", ["lpop l", "del l"]), ("RPOP l 2", ["rpop l"]), ("LSET l 0 x", ["lset l"]),
        ("LINSERT l AFTER a x", ["linsert l"]), ("LINSERT l AFTER none x", []), ("LREM l 0 a", ["lrem l"]),
        ("LREM l 0 none", []), ("LTRIM l 1 1", ["ltrim l"]), ("LTRIM l 0 -1", ["ltrim l"]),
        ("LTRIM l 5 9", ["ltrim l", "del l"]), ("LMOVE l m LEFT RIGHT", ["rpush m", "lpop l"]),
        ("LMOVE l l RIGHT LEFT", ["lpush l", "rpop l"]), ("LMPOP 1 l RIGHT COUNT 9", ["rpop l", "del l"]),
        ("LMOVEM l m LEFT RIGHT COUNT 3 OBO", ["rpush m", "lpop l", "del l"]), ("BLPOP l 0", ["lpop l"]),
    ])
    func events(line: String, events: [String]) {
        let heard = run(line).events.filter { !$0.hasPrefix("new ") }
        #expect(heard == events, "\(line)")
    }

    @Test(arguments: [
        ("BLPOP none l 0", "LPOP l"), ("BRPOP l 0", "RPOP l"), ("BLMOVE l m LEFT RIGHT 0", "LMOVE l m LEFT RIGHT"),
        ("BRPOPLPUSH l m 0", "RPOPLPUSH l m"), ("LMPOP 2 none l RIGHT COUNT 9", "RPOP l 3"),
        ("BLMPOP 0 1 l LEFT", "LPOP l 1"), ("BLMOVEM l m LEFT LEFT 0 COUNT 2 OBO", "LMOVEM l m LEFT LEFT COUNT 2 OBO"),
        ("LTRIM l 0 -1", ""),
    ])
    func effects(line: String, effect: String) { #expect(run(line).journal == effect, "\(line)") }

    @Test func whoIsServedIsWrittenDownAfterThePush() {
        let waiting = node.connect()
        waiting.send("BRPOP n 0\r\n")
        #expect(run("LPUSH n x y").journal == "LPUSH n x y RPOP n")
    }

    @Test func everyElementIsAChange() {
        let before = node.node.keyspace.changes
        node.run("RPUSH", "l", "d", "e")
        node.run("LMOVE", "l", "m", "LEFT", "RIGHT")
        node.run("LPOP", "l", "4")
        #expect(node.node.keyspace.changes - before == 7)
    }
}
