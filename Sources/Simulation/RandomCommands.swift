import Primitives

/// Commands of all types on few keys, so that they meet often.
struct RandomCommands {
    private static let keyCount = 24

    /// A command that writes, most of the time.
    static func next(_ random: inout RandomSource) -> [String] {
        func number(_ most: Int) -> String { "\(Int.random(in: 0...most, using: &random))" }
        func key(_ type: String) -> String { "\(type):\(number(keyCount))" }
        func text() -> String { String(repeating: "v", count: Int.random(in: 0...60, using: &random)) + number(999) }
        switch Int.random(in: 0..<44, using: &random) {
        case 0: return ["SET", key("s"), text()]
        case 1: return ["SET", key("s"), text(), "PX", number(3000) + "1"]
        case 2: return ["APPEND", key("s"), text()]
        case 3: return ["INCRBY", key("n"), number(50)]
        case 4: return ["INCRBYFLOAT", key("f"), "0.25"]
        case 5: return ["SETRANGE", key("s"), number(80), text()]
        case 6: return ["DEL", key("s"), key("l")]
        case 7: return ["EXPIRE", key("h"), number(4)]
        case 8: return ["PEXPIRE", key("s"), number(900)]
        case 9: return ["PERSIST", key("s")]
        case 10: return ["GETDEL", key("s")]
        case 11: return ["RENAME", key("s"), key("s")]
        case 12: return ["COPY", key("l"), key("l"), "REPLACE"]
        case 13: return ["MSET", key("s"), text(), key("s"), text()]
        case 14: return ["LPUSH", key("l"), text(), text()]
        case 15: return ["RPUSH", key("l"), text()]
        case 16: return ["LPOP", key("l"), number(3)]
        case 17: return ["RPOPLPUSH", key("l"), key("l")]
        case 18: return ["LTRIM", key("l"), "0", number(20)]
        case 19: return ["LINSERT", key("l"), "BEFORE", text(), text()]
        case 20: return ["SADD", key("t"), number(500), text()]
        case 21: return ["SPOP", key("t"), number(2)]
        case 22: return ["SMOVE", key("t"), key("t"), number(500)]
        case 23: return ["SUNIONSTORE", key("t"), key("t"), key("t")]
        case 24: return ["ZADD", key("z"), number(1000), number(200)]
        case 25: return ["ZINCRBY", key("z"), "1.5", number(200)]
        case 26: return ["ZPOPMIN", key("z")]
        case 27: return ["ZREMRANGEBYRANK", key("z"), "50", "-1"]
        case 28: return ["ZUNIONSTORE", key("z"), "2", key("z"), key("z")]
        case 29: return ["HSET", key("h"), number(100), text()]
        case 30: return ["HINCRBY", key("h"), "count", number(9)]
        case 31: return ["HDEL", key("h"), number(100)]
        case 32: return ["HPEXPIRE", key("h"), number(2000), "FIELDS", "1", number(100)]
        case 33: return ["XADD", key("x"), "MAXLEN", "~", "50", "*", "field", text()]
        case 34: return ["XTRIM", key("x"), "MAXLEN", number(20)]
        case 35: return ["XGROUP", "CREATE", key("x"), "group", "0", "MKSTREAM"]
        case 36: return ["XREADGROUP", "GROUP", "group", "reader" + number(2), "COUNT", "3", "STREAMS", key("x"), ">"]
        case 37: return ["PFADD", key("p"), text()]
        case 38: return ["SETBIT", key("b"), number(4000), "1"]
        case 39: return ["GEOADD", key("g"), "13." + number(900), "38." + number(900), number(50)]
        case 40: return ["SELECT", number(3)]
        case 41:
            return Int.random(in: 0..<20, using: &random) == 0
                ? ["SWAPDB", number(3), number(3)] : ["TOUCH", key("s")]
        case 42: return Int.random(in: 0..<20, using: &random) == 0 ? ["FLUSHDB"] : ["GETEX", key("s"), "PX", "700"]
        default: return ["MOVE", key("s"), number(3)]
        }
    }
}
