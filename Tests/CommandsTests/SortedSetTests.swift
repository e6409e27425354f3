import Primitives
import RESP
import Storage
import Testing

@testable import Commands

@Suite struct SortedSetTests {
    let node = TestNode()

    @discardableResult
    private func run(_ line: String) -> Reply { node.run(SortedSetTests.words(line)) }

    /// The words of a line; `''` stands for an empty one.
    private static func words(_ line: String) -> [String] {
        line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
    }

    private func texts(_ line: String) -> String {
        guard case .array(let elements) = run(line) else { return "no array" }
        return elements.map(\.plain).joined(separator: " ")
    }

    private func error(_ line: String) -> String {
        guard case .error(let text) = run(line) else { return "no error" }
        return text
    }

    /// Members with scores that are their numbers.
    private func fill(_ key: String, _ range: Range<Int>) {
        for number in range { run("ZADD \(key) \(number) m\(number)") }
    }

    private func encoding(_ key: String) -> Reply { node.run("OBJECT", "ENCODING", key) }

    // MARK: Scores

    @Test func membersAreOrderedByScoreAndThenByBytes() {
        #expect(run("ZADD z 2 b 1 c 2 a -inf first inf last") == .integer(5))
        #expect(texts("ZRANGE z 0 -1") == "first c a b last")
        #expect(texts("ZRANGE z 0 -1 REV WITHSCORES") == "last inf b 2 a 2 c 1 first -inf")
        #expect(run("ZADD z 3 c") == .integer(0))
        #expect(texts("ZRANGE z 0 -1") == "first a b c last")
        #expect(run("ZCARD z") == .integer(5) && run("ZCARD none") == .integer(0))
        #expect(run("ZSCORE z c") == .text("3"))
        #expect(run("ZSCORE z x") == .null && run("ZSCORE none x") == .null)
        #expect(texts("ZMSCORE z a x c") == "2 nil 3")
        #expect(run("TYPE z") == .simple("zset"))
    }

    @Test func conditionsDecideWhetherAScoreIsSet() {
        run("ZADD z 5 a")
        #expect(run("ZADD z NX 1 a 1 b") == .integer(1))
        #expect(run("ZADD z XX CH 6 a 1 c") == .integer(1))
        #expect(run("ZADD z GT CH 5 a 2 b 9 new") == .integer(2))
        #expect(run("ZADD z LT CH 9 a 1 b") == .integer(1))
        #expect(texts("ZRANGE z 0 -1 WITHSCORES") == "b 1 a 6 new 9")
        #expect(run("ZADD none XX 1 a") == .integer(0) && run("EXISTS none") == .integer(0))
        #expect(error("ZADD z NX XX 1 a").hasPrefix("ERR XX and NX"))
        #expect(error("ZADD z GT NX 1 a").hasPrefix("ERR GT, LT, and/or NX"))
        #expect(error("ZADD z 1 a 2") == "ERR syntax error")
        #expect(error("ZADD z 1 a x b") == "ERR value is not a valid float")
        #expect(run("ZSCORE z a") == .text("6"))
    }

    @Test func scoresAreIncremented() {
        #expect(run("ZINCRBY z 2.5 a") == .text("2.5"))
        #expect(run("ZADD z INCR 0.1 a") == .text("2.6"))
        #expect(run("ZADD z NX INCR 1 a") == .null && run("ZADD none XX INCR 1 a") == .null)
        #expect(run("ZADD z GT INCR -1 a") == .null)
        run("ZADD z inf a")
        #expect(error("ZINCRBY z -inf a") == "ERR resulting score is not a number (NaN)")
        #expect(error("ZINCRBY z nan a") == "ERR value is not a valid float")
        #expect(error("ZADD z INCR 1 a 2 b") == "ERR INCR option supports a single increment-element pair")
        run("HELLO 3")
        #expect(run("ZINCRBY z 1 b") == .double("1"))
        #expect(run("ZADD z XX INCR 1 none") == .null)
    }

    @Test func membersAreRemovedAndTheKeyWithTheLast() {
        run("ZADD z 1 a 2 b 3 c")
        #expect(run("ZREM z a x a") == .integer(1))
        #expect(run("ZREM z b c d") == .integer(2))
        #expect(run("EXISTS z") == .integer(0) && run("ZREM z a") == .integer(0))
    }

    @Test func ranks() {
        run("ZADD z 1 a 2 b 3 c")
        #expect(run("ZRANK z b") == .integer(1) && run("ZREVRANK z a") == .integer(2))
        #expect(texts("ZRANK z c WITHSCORE") == "2 3" && texts("ZREVRANK z c withscore") == "0 3")
        #expect(run("ZRANK z x") == .null && run("ZRANK z x WITHSCORE") == .null)
        #expect(run("ZRANK none x WITHSCORE") == .null)
        #expect(error("ZRANK z a SCORE") == "ERR syntax error")
        #expect(error("ZRANK z a WITHSCORE x") == "ERR wrong number of arguments for 'zrank' command")
    }

    // MARK: Ranges

    @Test(arguments: [128, 0]) func ranges(most: Int) {
        run("CONFIG SET zset-max-listpack-entries \(most)")
        fill("z", 0..<10)
        #expect(
            texts("ZRANGE z 0 2") == "m0 m1 m2" && texts("ZRANGE z -2 100") == "m8 m9" && texts("ZRANGE z 5 4") == "")
        #expect(texts("ZREVRANGE z 0 1 WITHSCORES") == "m9 9 m8 8")
        #expect(texts("ZRANGEBYSCORE z (2 4") == "m3 m4" && texts("ZRANGEBYSCORE z -inf (2") == "m0 m1")
        #expect(texts("ZRANGEBYSCORE z 3 +inf LIMIT 1 2") == "m4 m5" && texts("ZRANGEBYSCORE z 5 4") == "")
        #expect(texts("ZREVRANGEBYSCORE z +inf (7 WITHSCORES") == "m9 9 m8 8")
        #expect(texts("ZRANGE z 8 3 BYSCORE REV LIMIT 2 -1") == "m6 m5 m4 m3")
        #expect(texts("ZRANGE z 3 8 BYSCORE LIMIT -1 2") == "" && texts("ZRANGE z 3 8 BYSCORE LIMIT 0 0") == "")
        #expect(run("ZCOUNT z (3 7") == .integer(4) && run("ZCOUNT none 0 1") == .integer(0))
        #expect(run("ZREMRANGEBYRANK z -2 -1") == .integer(2) && run("ZREMRANGEBYSCORE z (0 2") == .integer(2))
        #expect(texts("ZRANGE z 0 -1") == "m0 m3 m4 m5 m6 m7")
        #expect(run("ZREMRANGEBYRANK z 0 -1") == .integer(6) && run("EXISTS z") == .integer(0))
    }

    @Test(arguments: [128, 0]) func rangesOfBytes(most: Int) {
        run("CONFIG SET zset-max-listpack-entries \(most)")
        run("ZADD z 0 a 0 b 0 c 0 10 0 9")
        #expect(texts("ZRANGEBYLEX z - +") == "10 9 a b c" && texts("ZRANGEBYLEX z [9 (c") == "9 a b")
        #expect(texts("ZREVRANGEBYLEX z + (9 LIMIT 1 2") == "b a")
        #expect(texts("ZRANGE z (c [a BYLEX REV") == "b a" && texts("ZRANGE z + - BYLEX") == "")
        #expect(run("ZLEXCOUNT z [10 [a") == .integer(3) && run("ZREMRANGEBYLEX z - (a") == .integer(2))
        #expect(texts("ZRANGE z 0 -1") == "a b c")
    }

    @Test func boundsThatAreNone() {
        run("ZADD z 0 a")
        #expect(error("ZRANGEBYSCORE z a 1") == "ERR min or max is not a float")
        #expect(error("ZRANGEBYSCORE z nan 1") == "ERR min or max is not a float")
        #expect(error("ZRANGEBYLEX z a +") == "ERR min or max not valid string range item")
        #expect(error("ZRANGE z 0 1.5") == "ERR value is not an integer or out of range")
        #expect(error("ZRANGE z 0 1 LIMIT 0 1").hasPrefix("ERR syntax error, LIMIT is only"))
        #expect(error("ZRANGE z - + BYLEX WITHSCORES").hasPrefix("ERR syntax error, WITHSCORES not"))
        #expect(error("ZREVRANGE z 0 1 BYSCORE") == "ERR syntax error")
        #expect(texts("ZRANGEBYSCORE z '' ''") == "a" && texts("ZRANGEBYSCORE z -1e400 1e400") == "a")
    }

    @Test func aRangeIsStored() {
        fill("z", 0..<6)
        run("SET d x EX 100")
        #expect(run("ZRANGESTORE d z 1 3") == .integer(3))
        #expect(texts("ZRANGE d 0 -1 WITHSCORES") == "m1 1 m2 2 m3 3" && run("TTL d") == .integer(-1))
        #expect(run("ZRANGESTORE d z 5 (2 BYSCORE REV LIMIT 1 1") == .integer(1))
        #expect(texts("ZRANGE d 0 -1") == "m4")
        #expect(run("ZRANGESTORE d none 0 -1") == .integer(0) && run("EXISTS d") == .integer(0))
        #expect(error("ZRANGESTORE d z 0 -1 WITHSCORES") == "ERR syntax error")
    }

    @Test func pairsAreNestedInRESP3() {
        run("ZADD z 1 a 2.5 b")
        run("HELLO 3")
        let pairs = Reply.array([
            .array([.text("a"), .double("1")]), .array([.text("b"), .double("2.5")]),
        ])
        #expect(run("ZRANGE z 0 -1 WITHSCORES") == pairs && run("ZUNION 1 z WITHSCORES") == pairs)
        #expect(run("ZRANDMEMBER z 5 WITHSCORES") == pairs)
        #expect(run("ZPOPMIN z 9") == pairs)
        run("ZADD z 1 a 2 b")
        #expect(run("ZPOPMIN z") == .array([.text("a"), .double("1")]))
        #expect(run("ZMPOP 1 z MAX") == .array([.text("z"), .array([.array([.text("b"), .double("2")])])]))
        #expect(run("ZMPOP 1 z MAX") == .null)
    }

    // MARK: Taking members out

    @Test func popping() {
        fill("z", 0..<7)
        #expect(texts("ZPOPMIN z") == "m0 0" && texts("ZPOPMAX z") == "m6 6")
        #expect(texts("ZPOPMIN z 2") == "m1 1 m2 2" && texts("ZPOPMAX z 2") == "m5 5 m4 4")
        #expect(texts("ZPOPMIN z 0") == "" && texts("ZPOPMIN z 9") == "m3 3")
        #expect(run("EXISTS z") == .integer(0) && texts("ZPOPMIN z") == "" && texts("ZPOPMAX z 3") == "")
        #expect(error("ZPOPMIN z -1") == "ERR value is out of range, must be positive")
        #expect(error("ZPOPMIN z 1 2") == "ERR syntax error")
    }

    @Test func poppingFromTheFirstThatHasSome() {
        run("ZADD b 1 x 2 y 3 z")
        let expected = Reply.array([
            .text("b"), .array([.array([.text("x"), .text("1")]), .array([.text("y"), .text("2")])]),
        ])
        #expect(run("ZMPOP 2 a b MIN COUNT 2") == expected)
        #expect(run("ZMPOP 1 a MIN") == .null)
        #expect(error("ZMPOP 0 a MIN") == "ERR numkeys should be greater than 0")
        #expect(error("ZMPOP 9223372036854775807 a MIN") == "ERR syntax error")
        #expect(error("ZMPOP 1 b MIN COUNT 0") == "ERR count should be greater than 0")
        #expect(error("ZMPOP 3 a b MIN") == "ERR syntax error")
    }

    @Test func waitingForMembers() {
        let first = node.connect()
        let second = node.connect()
        first.send("BZPOPMIN a b 0\r\n")
        second.send("BZMPOP 0 1 b MAX COUNT 2\r\n")
        run("ZADD b 1 x 2 y 3 z 4 w")
        #expect(first.replies() == [.array([.text("b"), .text("x"), .text("1")])])
        let rest = Reply.array([
            .text("b"), .array([.array([.text("w"), .text("4")]), .array([.text("z"), .text("3")])]),
        ])
        #expect(second.replies() == [rest])
        #expect(run("BZPOPMAX none b 0") == .array([.text("b"), .text("y"), .text("2")]))
        first.send("BZPOPMAX b 0.02\r\n")
        node.advance(milliseconds: 30)
        #expect(first.replies() == [.null])
        #expect(error("BZPOPMIN b -1") == "ERR timeout is negative")
    }

    // MARK: Several sorted sets

    @Test func unionIntersectionDifference() {
        run("ZADD a 1 x 2 y 3 z")
        run("ZADD b 10 y 20 z 30 w")
        run("SADD s x w")
        #expect(texts("ZUNION 2 a b WITHSCORES") == "x 1 y 12 z 23 w 30")
        #expect(texts("ZINTER 2 a b WITHSCORES WEIGHTS 2 0.5") == "y 9 z 16")
        #expect(texts("ZINTER 2 a b AGGREGATE MAX WITHSCORES") == "y 10 z 20")
        #expect(texts("ZUNION 3 a b s AGGREGATE MIN WITHSCORES") == "w 1 x 1 y 2 z 3")
        #expect(texts("ZUNION 3 a b s AGGREGATE COUNT WITHSCORES WEIGHTS 1 2 5") == "y 3 z 3 x 6 w 7")
        #expect(
            texts("ZDIFF 2 a b WITHSCORES") == "x 1" && texts("ZDIFF 2 s a") == "w" && texts("ZDIFF 2 none a") == "")
        #expect(run("ZUNIONSTORE d 2 a s") == .integer(4) && texts("ZRANGE d 0 -1 WITHSCORES") == "w 1 x 2 y 2 z 3")
        #expect(run("ZINTERSTORE d 2 a b") == .integer(2) && run("ZDIFFSTORE d 2 b a") == .integer(1))
        #expect(texts("ZRANGE d 0 -1 WITHSCORES") == "w 30")
        #expect(run("ZINTERSTORE d 2 a none") == .integer(0) && run("EXISTS d") == .integer(0))
        #expect(run("ZINTERCARD 2 a b") == .integer(2) && run("ZINTERCARD 2 a b LIMIT 1") == .integer(1))
        #expect(run("ZUNIONSTORE a 1 a WEIGHTS 2") == .integer(3) && texts("ZRANGE a 0 -1 WITHSCORES") == "x 2 y 4 z 6")
    }

    @Test func infinitiesThatCancelOutLeaveNothing() {
        run("ZADD a inf x 0 y")
        run("ZADD b -inf x 1 y")
        #expect(texts("ZUNION 2 a b WITHSCORES") == "x 0 y 1")
        #expect(texts("ZINTER 2 a b WITHSCORES") == "x 0 y 1")
        #expect(texts("ZUNION 1 a WEIGHTS inf WITHSCORES") == "y 0 x inf")
    }

    @Test func combiningWithWrongArguments() {
        run("ZADD a 1 x")
        run("SET t x")
        #expect(error("ZUNION 0 a") == "ERR at least 1 input key is needed for 'zunion' command")
        #expect(error("ZUNION x a") == "ERR value is not an integer or out of range")
        #expect(error("ZUNION 2 a") == "ERR syntax error" && error("ZUNION 1 a WEIGHTS") == "ERR syntax error")
        #expect(error("ZUNION 1 a WEIGHTS x") == "ERR weight value is not a float")
        #expect(
            error("ZUNION 1 a AGGREGATE AVG") == "ERR syntax error"
                && error("ZDIFF 1 a WEIGHTS 1") == "ERR syntax error")
        #expect(error("ZINTERCARD 1 a LIMIT -1") == "ERR LIMIT can't be negative")
        #expect(error("ZUNION 2 a t").hasPrefix("WRONGTYPE"))
    }

    // MARK: Walking

    @Test func membersAtRandom() {
        fill("z", 0..<500)
        guard case .bulk = run("ZRANDMEMBER z") else {
            Issue.record("no member")
            return
        }
        #expect(run("ZRANDMEMBER none") == .null && run("ZRANDMEMBER none 3") == .array([]))
        for count in [1, 30, 200, 499] {
            let members = texts("ZRANDMEMBER z \(count)").split(separator: " ")
            #expect(members.count == count && Set(members).count == count)
        }
        #expect(texts("ZRANDMEMBER z 1000").split(separator: " ").count == 500)
        #expect(texts("ZRANDMEMBER z -1000").split(separator: " ").count == 1000)
        #expect(texts("ZRANDMEMBER z -7 WITHSCORES").split(separator: " ").count == 14)
        #expect(error("ZRANDMEMBER z 1 SCORES") == "ERR syntax error")
        #expect(error("ZRANDMEMBER z -9223372036854775807 WITHSCORES") == "ERR value is out of range")
    }

    @Test(arguments: [20, 700]) func aScanFindsAll(count: Int) {
        fill("z", 0..<count)
        var found: [String: String] = [:]
        var cursor = "0"
        repeat {
            guard case .array(let parts) = run("ZSCAN z \(cursor) COUNT 40"), case .array(let items) = parts[1] else {
                Issue.record("no portion")
                return
            }
            cursor = parts[0].plain
            for index in stride(from: 0, to: items.count, by: 2) { found[items[index].plain] = items[index + 1].plain }
        } while cursor != "0"
        #expect(found == Dictionary(uniqueKeysWithValues: (0..<count).map { ("m\($0)", "\($0)") }))
    }

    @Test func aScanShowsWhatIsAskedFor() {
        run("ZADD z 1 a 2 b 3 ab")
        #expect(
            run("ZSCAN z 0 MATCH a*")
                == .array([.text("0"), .array([.text("a"), .text("1"), .text("ab"), .text("3")])]))
        #expect(run("ZSCAN z 0 NOSCORES MATCH b") == .array([.text("0"), .array([.text("b")])]))
        #expect(run("ZSCAN none 0") == .array([.text("0"), .array([])]))
        #expect(error("ZSCAN z x") == "ERR invalid cursor")
        #expect(error("ZSCAN z 0 NOVALUES") == "ERR NOVALUES option can only be used in HSCAN")
    }

    // MARK: Layouts

    @Test func smallOnesArePackedAndLargeOnesStayLarge() {
        fill("z", 0..<128)
        #expect(encoding("z") == .text("listpack"))
        fill("z", 128..<129)
        #expect(encoding("z") == .text("skiplist"))
        run("ZREMRANGEBYRANK z 5 -1")
        #expect(encoding("z") == .text("skiplist") && texts("ZRANGE z 0 -1") == "m0 m1 m2 m3 m4")
        #expect(run("ZUNIONSTORE d 1 z") == .integer(5) && encoding("d") == .text("listpack"))
        run("ZADD long 1 \(String(repeating: "x", count: 65))")
        #expect(encoding("long") == .text("skiplist"))
        run("ZADD short 1 \(String(repeating: "x", count: 64))")
        #expect(encoding("short") == .text("listpack"))
    }

    @Test(arguments: [10, 300]) func aCopyIsAValueOfItsOwn(count: Int) {
        fill("z", 0..<count)
        run("COPY z copy")
        #expect(digest("z") == digest("copy"))
        run("ZREM z m3")
        run("ZINCRBY z 5 m4")
        #expect(run("ZCARD copy") == .integer(Int64(count)) && run("ZSCORE copy m4") == .text("4"))
        run("DEL z")
        #expect(texts("ZRANGE copy 3 4") == "m3 m4")
        #expect(run("RENAME copy again") == .simple("OK") && run("ZCARD again") == .integer(Int64(count)))
    }

    private func digest(_ key: String) -> Reply { node.run("DEBUG", "DIGEST-VALUE", key) }

    @Test func otherTypesAreRefused() {
        run("SET t x")
        for line in [
            "ZADD t 1 a", "ZSCORE t a", "ZRANGE t 0 1", "ZPOPMIN t", "ZRANK t a", "ZREM t a", "ZSCAN t 0", "ZCARD t",
            "ZREMRANGEBYRANK t 0 1", "ZMPOP 1 t MIN", "ZRANDMEMBER t", "ZCOUNT t 0 1", "BZPOPMIN t 0",
        ] {
            #expect(error(line).hasPrefix("WRONGTYPE"))
        }
        run("ZADD z 1 a")
        #expect(error("GET z").hasPrefix("WRONGTYPE") && error("INCR z").hasPrefix("WRONGTYPE"))
    }
}

/// What is told of changes to sorted sets.
@Suite struct SortedSetEventTests {
    private let node: TestNode
    private let heard: HeardEvents

    init() {
        node = TestNode()
        heard = HeardEvents(node)
    }

    private func events(_ line: String) -> [String] {
        _ = heard.take()
        node.run(line.split(separator: " ").map(String.init))
        return heard.take()
    }

    @Test func eachChangeHasItsEvent() {
        #expect(events("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g") == ["zadd z"])
        #expect(events("ZADD z 1 a") == [] && events("ZADD z XX INCR 1 a") == ["zincr z"])
        #expect(events("ZINCRBY z 1 a") == ["zincr z"] && events("ZREM z a") == ["zrem z"] && events("ZREM z a") == [])
        #expect(events("ZREMRANGEBYRANK z 0 0") == ["zremrangebyrank z"])
        #expect(events("ZREMRANGEBYSCORE z 3 3") == ["zremrangebyscore z"])
        #expect(events("ZREMRANGEBYLEX z [d [d") == ["zremrangebylex z"])
        #expect(events("ZPOPMIN z") == ["zpopmin z"] && events("ZMPOP 1 z MAX") == ["zpopmax z"])
        #expect(events("ZADD z 1 a") == ["zadd z"])
        #expect(events("ZUNIONSTORE d 1 z") == ["zunionstore d"] && events("ZINTERSTORE d 1 z") == ["zinterstore d"])
        #expect(events("ZDIFFSTORE d 1 z") == ["zdiffstore d"] && events("ZRANGESTORE d z 0 0") == ["zrangestore d"])
        #expect(events("ZRANGESTORE d none 0 0") == ["del d"] && events("ZRANGESTORE d none 0 0") == [])
        #expect(events("BZPOPMAX z 0") == ["zpopmax z"] && events("ZPOPMAX z 5") == ["zpopmax z", "del z"])
    }
}

extension Reply {
    /// The text of a reply that is one value.
    fileprivate var plain: String {
        switch self {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): "\(number)"
        case .null: "nil"
        default: "\(self)"
        }
    }
}
