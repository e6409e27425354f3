import RESP
import Testing

@testable import Commands

private let badOffset = Reply.error("ERR bit offset is not an integer or out of range")
private let syntaxError = Reply.error("ERR syntax error")
private let notAnInteger = Reply.error("ERR value is not an integer or out of range")

extension TestNode {
    fileprivate func runWords(_ words: String) -> Reply { run(words.split(separator: " ").map(String.init)) }

    fileprivate func set(_ key: String, _ value: [UInt8]) {
        run(bytes: [Array("SET".utf8), Array(key.utf8), value])
    }
}

@Suite struct BitmapTests {
    let node = TestNode()

    @Test func settingAndGetting() {
        #expect(node.runWords("SETBIT k 7 1") == .integer(0))
        #expect(node.runWords("SETBIT k 7 0") == .integer(1))
        #expect(node.runWords("SETBIT k 17 1") == .integer(0))
        #expect(node.run("GET", "k") == .bulk([0, 0, 0x40]))
        #expect(node.stringEncoding("k") == "raw")
        #expect(node.runWords("GETBIT k 17") == .integer(1))
        #expect(node.runWords("GETBIT k 18") == .integer(0))
        #expect(node.runWords("GETBIT k 1000") == .integer(0))
        #expect(node.runWords("GETBIT missing 0") == .integer(0))
    }

    @Test func bitsOfNumbers() {
        node.run("SET", "n", "1")
        #expect(node.runWords("GETBIT n 2") == .integer(1))
        #expect(node.runWords("GETBIT n 8") == .integer(0))
        #expect(node.runWords("SETBIT n 6 1") == .integer(0))
        #expect(node.run("GET", "n") == .text("3"))
        #expect(node.runWords("BITCOUNT n") == .integer(4))
    }

    @Test func onlyChangesCount() {
        #expect(node.changes(of: "SETBIT", "k", "9", "0") == 1)
        #expect(node.runWords("STRLEN k") == .integer(2))
        #expect(node.changes(of: "SETBIT", "k", "9", "0") == 0)
        #expect(node.changes(of: "SETBIT", "k", "9", "1") == 1)
        #expect(node.changes(of: "SETBIT", "k", "9", "1") == 0)
        #expect(StringEffects(node).of("SETBIT", "k", "1", "1") == ["SETBIT k 1 1"])
    }

    @Test func mistakesOfSettingAndGetting() {
        for offset in ["-1", "4294967296", "9223372036854775807", "x", "#1"] {
            #expect(node.runWords("SETBIT k \(offset) 1") == badOffset)
            #expect(node.runWords("GETBIT k \(offset)") == badOffset)
        }
        for bit in ["2", "-1", "x"] {
            #expect(node.runWords("SETBIT k 0 \(bit)") == .error("ERR bit is not an integer or out of range"))
        }
        #expect(node.runWords("SETBIT k 0") == .error("ERR wrong number of arguments for 'setbit' command"))
        #expect(node.run("GET", "k") == .null)
    }

    @Test(arguments: [
        ("", 26), ("0 0", 4), ("1 1", 6), ("0 -1", 26), ("1", 22), ("-2 -1", 7), ("1 1 BYTE", 6), ("5 30 BIT", 17),
        ("0 0 bit", 0), ("100 200", 0), ("-100 0", 4), ("3 2", 0), ("-1 -2", 0), ("0 100 BIT", 26),
    ])
    func counting(range: String, expected: Int64) {
        node.run("SET", "k", "foobar")
        #expect(node.runWords("BITCOUNT k \(range)") == .integer(expected))
    }

    @Test func countingNothing() {
        #expect(node.runWords("BITCOUNT missing 0 -1") == .integer(0))
        node.run("SET", "e", "")
        #expect(node.runWords("BITCOUNT e") == .integer(0))
        #expect(node.runWords("BITCOUNT e 0 -1 BIT") == .integer(0))
    }

    @Test func mistakesOfCounting() {
        #expect(node.runWords("BITCOUNT k 0 1 FOO") == syntaxError)
        #expect(node.runWords("BITCOUNT k 0 1 BIT BYTE") == syntaxError)
        #expect(node.runWords("BITCOUNT k a 1") == notAnInteger)
        #expect(node.runWords("BITCOUNT k 0 b") == notAnInteger)
        #expect(node.runWords("BITCOUNT") == .error("ERR wrong number of arguments for 'bitcount' command"))
    }

    @Test(arguments: [
        ("0", 12), ("1", 0), ("0 0 -1", 12), ("0 0 0", -1), ("1 2", -1), ("0 2", 16), ("0 0 11 BIT", -1),
        ("1 7 15 BIT", 7),
        ("1 12 20 BIT", -1), ("0 -12 -1 BIT", 12), ("1 5 3", -1), ("1 -100 -101", 0), ("0 100", -1),
    ])
    func finding(arguments: String, expected: Int64) {
        node.set("k", [0xFF, 0xF0, 0x00])
        #expect(node.runWords("BITPOS k \(arguments)") == .integer(expected))
    }

    @Test func findingBehindTheEnd() {
        node.set("k", [0xFF, 0xFF])
        #expect(node.runWords("BITPOS k 0") == .integer(16))
        #expect(node.runWords("BITPOS k 0 1") == .integer(16))
        #expect(node.runWords("BITPOS k 0 0 -1") == .integer(-1))
        #expect(node.runWords("BITPOS missing 0") == .integer(0))
        #expect(node.runWords("BITPOS missing 1") == .integer(-1))
        node.run("SET", "e", "")
        #expect(node.runWords("BITPOS e 0") == .integer(-1))
    }

    @Test func mistakesOfFinding() {
        #expect(node.runWords("BITPOS k 2") == .error("ERR The bit argument must be 1 or 0."))
        #expect(node.runWords("BITPOS k x") == notAnInteger)
        #expect(node.runWords("BITPOS k 1 x") == notAnInteger)
        #expect(node.runWords("BITPOS k 1 0 BIT") == notAnInteger)
        #expect(node.runWords("BITPOS k 1 0 1 FOO") == syntaxError)
        #expect(node.runWords("BITPOS k 1 0 1 BIT x") == syntaxError)
    }
}

@Suite struct BitmapOperationTests {
    let node = TestNode()

    init() {
        node.set("a", [0b1100, 0xFF])
        node.set("b", [0b1010])
        node.set("c", [0b1001])
    }

    @Test(
        arguments: [
            ("AND", "a b", [0b1000, 0]), ("or", "a b", [0b1110, 0xFF]), ("XOR", "a b c", [0b1111, 0xFF]),
            ("NOT", "a", [0xF3, 0]), ("DIFF", "a b c", [0b0100, 0xFF]), ("DIFF1", "a b c", [0b0011, 0]),
            ("ANDOR", "a b c", [0b1000, 0]), ("ONE", "a b c", [0b0111, 0xFF]), ("AND", "a missing", [0, 0]),
        ] as [(String, String, [UInt8])])
    func operations(name: String, sources: String, expected: [UInt8]) {
        #expect(node.runWords("BITOP \(name) d \(sources)") == .integer(2))
        #expect(node.run("GET", "d") == .bulk(expected))
        #expect(node.stringEncoding("d") == "raw")
    }

    @Test func numbersAreText() {
        node.run("MSET", "m", "12", "n", "3")
        #expect(node.runWords("BITOP OR d m n") == .integer(2))
        #expect(node.run("GET", "d") == .text("32"))
        #expect(node.runWords("BITOP OR m m m") == .integer(2))
        #expect(node.run("GET", "m") == .text("12"))
    }

    @Test func nothingRemovesTheTarget() {
        node.run("SET", "d", "x")
        #expect(node.runWords("BITOP OR d missing") == .integer(0))
        #expect(node.run("GET", "d") == .null)
        #expect(node.changes(of: "BITOP", "OR", "d", "missing") == 0)
    }

    @Test func theTargetLosesItsExpiry() {
        node.run("SET", "d", "x", "EX", "10")
        #expect(node.runWords("BITOP AND d a d") == .integer(2))
        #expect(node.timeToLive("d") == nil)
    }

    @Test func mistakes() {
        #expect(node.runWords("BITOP FOO d a") == syntaxError)
        #expect(node.runWords("BITOP NOT d a b") == .error("ERR BITOP NOT must be called with a single source key."))
        for name in ["DIFF", "DIFF1", "ANDOR"] {
            #expect(
                node.runWords("BITOP \(name) d a")
                    == .error("ERR BITOP \(name) must be called with at least two source keys."))
        }
        #expect(node.runWords("BITOP AND d") == .error("ERR wrong number of arguments for 'bitop' command"))
    }

    @Test func effectsAreKnownToOlderReplicas() {
        node.run("MSET", "x", "a", "y", "")
        let effects = StringEffects(node)
        #expect(effects.of("BITOP", "AND", "d", "x", "x") == ["BITOP AND d x x"])
        #expect(effects.of("BITOP", "DIFF", "d", "x", "y") == ["SET d a"])
        #expect(effects.of("BITOP", "ONE", "d", "y") == ["DEL d"])
    }
}

@Suite struct BitmapFieldTests {
    let node = TestNode()

    private func run(_ words: String) -> Reply { node.runWords(words) }

    private func integers(_ values: Int64...) -> Reply { .array(values.map { .integer($0) }) }

    @Test func gettingAndSetting() {
        #expect(run("BITFIELD k") == .array([]))
        #expect(run("BITFIELD k GET u8 0") == integers(0))
        #expect(node.run("GET", "k") == .null)
        #expect(run("BITFIELD k SET u8 0 255 GET i8 0 GET u4 2") == integers(0, -1, 15))
        #expect(run("BITFIELD k SET u8 #1 128 GET u8 8 GET u1 8") == integers(0, 128, 1))
        #expect(run("BITFIELD k SET i64 0 -9223372036854775808 get u63 1") == integers(-36_028_797_018_963_968, 0))
        #expect(run("BITFIELD_RO k GET i64 0 GET u8 1000") == integers(.min, 0))
        #expect(run("STRLEN k") == .integer(8))
    }

    @Test func increments() {
        #expect(run("BITFIELD k INCRBY u8 0 255 INCRBY u8 0 1") == integers(255, 0))
        #expect(run("BITFIELD k OVERFLOW SAT INCRBY u8 0 300 INCRBY u8 0 -1000") == integers(255, 0))
        #expect(
            run("BITFIELD k OVERFLOW FAIL INCRBY u8 0 300 INCRBY u8 0 5 GET u8 0")
                == .array([.null, .integer(5), .integer(5)]))
        #expect(run("BITFIELD k overflow wrap SET i8 8 200 GET i8 8") == integers(0, -56))
        #expect(run("BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0") == integers(5, 255))
    }

    @Test func theStringGrowsForAllThatIsWritten() {
        #expect(run("BITFIELD k OVERFLOW FAIL SET u8 800 1000") == .array([.null]))
        #expect(run("STRLEN k") == .integer(101))
        #expect(run("BITFIELD k SET u8 4 0 GET u8 100000") == integers(0, 0))
        #expect(run("STRLEN k") == .integer(101))
    }

    @Test func onlyChangesCount() {
        #expect(node.changes(of: "BITFIELD", "k", "SET", "u8", "0", "0") == 1)
        #expect(node.changes(of: "BITFIELD", "k", "SET", "u8", "0", "0", "GET", "u8", "0") == 0)
        #expect(
            node.changes(of: "BITFIELD", "k", "GET", "u8", "0", "INCRBY", "u8", "0", "1", "SET", "u8", "0", "1") == 1)
        #expect(run("BITFIELD k SET u8 0 1 SET u8 0 2 GET u8 0 INCRBY u8 0 0") == integers(1, 1, 2, 2))
        #expect(StringEffects(node).of("BITFIELD", "k", "SET", "u8", "0", "7") == ["BITFIELD k SET u8 0 7"])
    }

    @Test func numbersAreText() {
        node.run("SET", "n", "12345")
        #expect(run("BITFIELD n GET u8 0 SET u8 8 65") == integers(49, 50))
        #expect(node.run("GET", "n") == .text("1A345"))
        #expect(node.stringEncoding("n") == "raw")
    }

    @Test func mistakesOfTypesAndOffsets() {
        let badType = Reply.error(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
        for type in ["u64", "i65", "u0", "x8", "8", "U8", "u08"] { #expect(run("BITFIELD k GET \(type) 0") == badType) }
        for offset in ["-1", "x", "#", "#-1", "4294967296", "#536870912", "#9223372036854775807"] {
            #expect(run("BITFIELD k GET u8 \(offset)") == badOffset)
        }
    }

    @Test func mistakesOfOperations() {
        for words in ["GET u8", "SET u8 0", "INCRBY u8 0", "OVERFLOW", "FOO u8 0", "GET u8 0 FOO"] {
            #expect(run("BITFIELD k \(words)") == syntaxError)
        }
        #expect(run("BITFIELD k OVERFLOW FOO") == .error("ERR Invalid OVERFLOW type specified"))
        #expect(run("BITFIELD k SET u8 0 x") == notAnInteger)
        #expect(run("BITFIELD k SET u8 0 1 SET u8 0 x") == notAnInteger)
        #expect(node.run("GET", "k") == .null)
    }

    @Test func readingOnly() {
        let refusal = Reply.error("ERR BITFIELD_RO only supports the GET subcommand")
        #expect(run("BITFIELD_RO k SET u8 0 1") == refusal)
        #expect(run("BITFIELD_RO k GET u8 0 INCRBY u8 0 1") == refusal)
        #expect(run("BITFIELD_RO k OVERFLOW SAT GET u8 0") == integers(0))
    }
}
