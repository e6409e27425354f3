import Harness

/// Commands of all types on a few keys, from a seed.
struct RandomCommands {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func number(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    private mutating func key(_ type: String) -> String { "\(type)\(number(12))" }
    private mutating func value() -> String {
        number(20) == 0 ? String(repeating: "long", count: 50 + number(500)) : "v\(number(1000))"
    }

    /// Some commands that go together; mostly one.
    mutating func next() -> [[String]] {
        switch number(30) {
        case 0: [["SELECT", "\(number(3))"]]
        case 1: [["MULTI"]] + (0..<1 + number(4)).map { _ in one() } + [["EXEC"]]
        case 2:
            [
                [
                    "EVAL", "redis.call('incr', KEYS[1]) redis.call('rpush', KEYS[2], ARGV[1])", "2", key("n"),
                    key("l"), value(),
                ]
            ]
        default: [one()]
        }
    }

    private mutating func one() -> [String] {
        switch number(9) {
        case 0, 1: string()
        case 2: list()
        case 3: set()
        case 4: sortedSet()
        case 5: hash()
        case 6: stream()
        case 7: anyKey()
        default: other()
        }
    }

    private mutating func string() -> [String] {
        switch number(8) {
        case 0: ["SET", key("s"), value()]
        case 1: ["SET", key("s"), value(), "PX", "\(1 + number(300))"]
        case 2: ["APPEND", key("s"), value()]
        case 3: ["INCRBY", key("n"), "\(number(100))"]
        case 4: ["INCRBYFLOAT", key("f"), "0.\(number(100))"]
        case 5: ["SETRANGE", key("s"), "\(number(50))", value()]
        case 6: ["GETEX", key("s"), "PX", "\(1 + number(500))"]
        default: ["GETDEL", key("s")]
        }
    }

    private mutating func list() -> [String] {
        switch number(6) {
        case 0, 1: ["RPUSH", key("l"), value(), value(), value()]
        case 2: ["LPOP", key("l"), "2"]
        case 3: ["LMOVE", key("l"), key("l"), "LEFT", "RIGHT"]
        case 4: ["LTRIM", key("l"), "0", "\(number(40))"]
        default: ["LINSERT", key("l"), "BEFORE", value(), value()]
        }
    }

    private mutating func set() -> [String] {
        switch number(5) {
        case 0, 1: ["SADD", key("e"), value(), "\(number(100))"]
        case 2: ["SPOP", key("e"), "\(1 + number(3))"]
        case 3: ["SUNIONSTORE", key("e"), key("e"), key("e")]
        default: ["SMOVE", key("e"), key("e"), value()]
        }
    }

    private mutating func sortedSet() -> [String] {
        switch number(5) {
        case 0, 1: ["ZADD", key("z"), "\(number(100)).5", value()]
        case 2: ["ZINCRBY", key("z"), "0.\(number(100))", value()]
        case 3: ["ZPOPMIN", key("z")]
        default: ["ZUNIONSTORE", key("z"), "2", key("z"), key("z")]
        }
    }

    private mutating func hash() -> [String] {
        switch number(4) {
        case 0, 1: ["HSET", key("h"), value(), value()]
        case 2: ["HINCRBYFLOAT", key("h"), "number", "1.\(number(100))"]
        default: ["HDEL", key("h"), value()]
        }
    }

    private mutating func stream() -> [String] {
        switch number(5) {
        case 0, 1: ["XADD", key("x"), "*", "f", value()]
        case 2: ["XADD", key("x"), "MAXLEN", "~", "\(1 + number(100))", "*", "f", value()]
        case 3: ["XGROUP", "CREATE", key("x"), "g", "0", "MKSTREAM"]
        default: ["XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", key("x"), ">"]
        }
    }

    private mutating func anyKey() -> [String] {
        let type = ["s", "n", "l", "e", "z", "h", "x"][number(7)]
        return switch number(7) {
        case 0: ["DEL", key(type)]
        case 1: ["PEXPIRE", key(type), "\(1 + number(1000))"]
        case 2: ["PERSIST", key(type)]
        case 3: ["RENAME", key(type), key(type)]
        case 4: ["COPY", key(type), key(type), "REPLACE"]
        case 5: ["MOVE", key(type), "\(number(3))"]
        default: ["EXPIRE", key(type), "\(number(100))"]
        }
    }

    private mutating func other() -> [String] {
        switch number(12) {
        case 0, 1: ["PFADD", key("p"), value(), value()]
        case 2: ["PFMERGE", key("p"), key("p")]
        case 3, 4: ["SETBIT", key("b"), "\(number(1000))", "1"]
        case 5: ["BITOP", "XOR", key("b"), key("b"), key("b")]
        case 6, 7: ["GEOADD", key("g"), "\(number(90))", "\(number(80))", value()]
        case 8: ["SORT", key("n") + "none", "STORE", key("l")]
        case 9: ["SWAPDB", "\(number(3))", "\(number(3))"]
        case 10: number(20) == 0 ? ["FLUSHDB"] : ["INCR", key("n")]
        default: ["PUBLISH", "channel", value()]
        }
    }
}
