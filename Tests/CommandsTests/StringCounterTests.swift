import RESP
import Testing

@testable import Commands

private let notAnInteger = Reply.error("ERR value is not an integer or out of range")
private let notAFloat = Reply.error("ERR value is not a valid float")

@Suite struct StringCounterTests {
    let node = TestNode()

    @Test func counting() {
        #expect(node.run("INCR", "k") == .integer(1))
        #expect(node.run("INCRBY", "k", "10") == .integer(11))
        #expect(node.run("DECR", "k") == .integer(10))
        #expect(node.run("DECRBY", "k", "30") == .integer(-20))
        #expect(node.run("GET", "k") == .text("-20"))
        #expect(node.stringEncoding("k") == "int")
        #expect(node.run("DECR", "new") == .integer(-1))
    }

    @Test func countingKeepsTheExpiry() {
        node.run("SET", "k", "1", "EX", "10")
        node.run("INCR", "k")
        #expect(node.timeToLive("k") == 10_000)
        node.run("SET", "f", "1.5", "EX", "10")
        node.run("INCRBYFLOAT", "f", "1")
        #expect(node.timeToLive("f") == 10_000)
    }

    @Test func overflow() {
        let overflow = Reply.error("ERR increment or decrement would overflow")
        node.run("SET", "k", "9223372036854775807")
        #expect(node.run("INCR", "k") == overflow)
        #expect(node.run("INCRBY", "k", "9223372036854775807") == overflow)
        node.run("SET", "k", "-9223372036854775808")
        #expect(node.run("DECR", "k") == overflow)
        #expect(node.run("INCRBY", "k", "-1") == overflow)
        #expect(node.run("DECRBY", "k", "-9223372036854775808") == .error("ERR decrement would overflow"))
        #expect(node.run("GET", "k") == .text("-9223372036854775808"))
    }

    @Test(arguments: ["", "a", "1.5", " 1", "1 ", "+1", "01", "9223372036854775808", "0x10"])
    func whatIsNoInteger(value: String) {
        node.run("SET", "k", value)
        #expect(node.run("INCR", "k") == notAnInteger)
        #expect(node.run("INCRBY", "new", value) == notAnInteger)
        #expect(node.run("DECRBY", "new", value) == notAnInteger)
    }

    @Test func integersAreFoundInAnyEncoding() {
        node.run("APPEND", "k", "1")
        node.run("APPEND", "k", "2")
        #expect(node.stringEncoding("k") == "raw")
        #expect(node.run("DECR", "k") == .integer(11))
    }

    @Test func floats() {
        #expect(node.run("INCRBYFLOAT", "k", "0.1") == .text("0.1"))
        #expect(node.run("INCRBYFLOAT", "k", "0.2") == .text("0.3"))
        #expect(node.run("INCRBYFLOAT", "k", "2.7") == .text("3"))
        #expect(node.stringEncoding("k") == "embstr")
        #expect(node.run("INCR", "k") == .integer(4))
        #expect(node.run("INCRBYFLOAT", "k", "5.0e3") == .text("5004"))
        #expect(node.run("INCRBYFLOAT", "k", "-5004") == .text("0"))
    }

    @Test func whatIsNoFloat() {
        for value in ["", "a", " 1", "1 ", "nan", "1e"] { #expect(node.run("INCRBYFLOAT", "new", value) == notAFloat) }
        node.run("SET", "k", "x")
        #expect(node.run("INCRBYFLOAT", "k", "1") == notAFloat)
        #expect(
            node.run("INCRBYFLOAT", "new", "inf") == .error("ERR increment would produce NaN or Infinity"))
        #expect(node.run("GET", "new") == .null)
    }

    @Test func effects() {
        let effects = StringEffects(node)
        #expect(effects.of("INCR", "k") == ["INCR k"])
        #expect(effects.of("DECRBY", "k", "5") == ["DECRBY k 5"])
        #expect(effects.of("INCRBYFLOAT", "k", "0.5") == ["SET k -3.5 KEEPTTL"])
        #expect(effects.of("INCR", "k") == [])
    }
}

@Suite struct StringBoundedCounterTests {
    let node = TestNode()

    private func run(_ words: String) -> Reply { node.run(words.split(separator: " ").map(String.init)) }

    private func pair(_ value: Int64, _ added: Int64) -> Reply { .array([.integer(value), .integer(added)]) }

    private func pair(_ value: String, _ added: String) -> Reply { .array([.text(value), .text(added)]) }

    @Test func integers() {
        #expect(run("INCREX k") == pair(1, 1))
        #expect(run("INCREX k BYINT -5") == pair(-4, -5))
        #expect(run("INCREX k BYINT 14 UBOUND 10") == pair(10, 14))
        #expect(run("INCREX k BYINT 1 UBOUND 10") == pair(10, 0))
        #expect(run("INCREX k BYINT -11 LBOUND 0 SATURATE") == pair(0, -10))
        #expect(node.run("GET", "k") == .text("0"))
        #expect(node.stringEncoding("k") == "int")
    }

    @Test func limitsOfTheType() {
        node.run("SET", "k", "9223372036854775800")
        #expect(run("INCREX k BYINT 8") == pair(9_223_372_036_854_775_800, 0))
        #expect(run("INCREX k BYINT 8 SATURATE") == pair(.max, 7))
        node.run("SET", "k", "-9223372036854775808")
        #expect(run("INCREX k BYINT -1 SATURATE") == pair(.min, 0))
        #expect(run("INCREX k BYINT 1 LBOUND 5 SATURATE") == pair(5, .max))
    }

    @Test func floats() {
        #expect(run("INCREX k BYFLOAT 0.5") == pair("0.5", "0.5"))
        #expect(run("INCREX k BYFLOAT 10 UBOUND 5.25") == pair("0.5", "0"))
        #expect(run("INCREX k BYFLOAT 10 UBOUND 5.25 SATURATE") == pair("5.25", "4.75"))
        #expect(run("INCREX k BYFLOAT -10 LBOUND -1.5 SATURATE") == pair("-1.5", "-6.75"))
        #expect(run("INCREX k BYFLOAT 2.5") == pair("1", "2.5"))
        #expect(run("INCREX k") == pair(2, 1))
        #expect(run("INCREX new BYFLOAT 15.5 UBOUND 10") == pair("0", "0"))
        #expect(node.run("GET", "new") == .null)
    }

    @Test func floatsInTheNewerProtocol() {
        node.client.session.writer.version = .resp3
        #expect(run("INCREX k BYFLOAT 0.5") == .array([.double("0.5"), .double("0.5")]))
    }

    @Test func aRefusedIncrementLeavesTheExpiry() {
        node.run("SET", "k", "10", "EX", "100")
        #expect(run("INCREX k UBOUND 10 PERSIST") == pair(10, 0))
        #expect(run("INCREX k UBOUND 10 EX 5") == pair(10, 0))
        #expect(node.timeToLive("k") == 100_000)
        #expect(node.changes(of: "INCREX", "k", "UBOUND", "10") == 0)
    }

    @Test func expiry() {
        #expect(run("INCREX k EX 100") == pair(1, 1))
        #expect(node.timeToLive("k") == 100_000)
        #expect(run("INCREX k PX 5 ENX") == pair(2, 1))
        #expect(node.timeToLive("k") == 100_000)
        #expect(run("INCREX k PERSIST") == pair(3, 1))
        #expect(node.timeToLive("k") == nil)
        #expect(run("INCREX k PX 5 ENX") == pair(4, 1))
        #expect(node.timeToLive("k") == 5)
        #expect(run("INCREX k EXAT 1 ENX") == pair(5, 1))
        #expect(run("INCREX k EXAT 1") == pair(6, 1))
        #expect(node.run("GET", "k") == .null)
    }

    @Test func effects() {
        let effects = StringEffects(node)
        #expect(effects.of("INCREX", "k") == ["SET k 1 KEEPTTL"])
        #expect(effects.of("INCREX", "k", "EX", "1") == ["SET k 2 PXAT \(node.now + 1000)"])
        #expect(effects.of("INCREX", "k", "EX", "9", "ENX") == ["SET k 3 KEEPTTL"])
        #expect(effects.of("INCREX", "k", "PERSIST") == ["SET k 4"])
        #expect(effects.of("INCREX", "k", "BYFLOAT", "0.5") == ["SET k 4.5 KEEPTTL"])
        #expect(effects.of("INCREX", "k", "BYFLOAT", "1", "UBOUND", "5") == [])
        #expect(effects.of("INCREX", "k", "BYFLOAT", "1", "EXAT", "1") == ["DEL k"])
    }

    @Test(arguments: [
        "FOO", "BYINT", "BYINT 1 BYINT 2", "BYINT 1 BYFLOAT 1", "LBOUND 1 LBOUND 2", "UBOUND", "SATURATE SATURATE",
        "EX 1 EX 1", "EX 1 PX 1", "EX 1 PERSIST", "PERSIST EX 1", "PERSIST PERSIST", "PERSIST ENX", "ENX PERSIST",
        "ENX ENX EX 1",
    ])
    func optionsThatDoNotGoTogether(options: String) {
        #expect(run("INCREX k \(options)") == .error("ERR syntax error"))
    }

    @Test func mistakes() {
        #expect(run("INCREX k ENX") == .error("ERR ENX flag requires an expiration"))
        #expect(run("INCREX k BYINT 1.5") == .error("ERR Increment is not an integer or out of range"))
        #expect(run("INCREX k BYFLOAT x") == .error("ERR Increment is not a valid float"))
        #expect(run("INCREX k LBOUND 1.5") == .error("ERR LBOUND is not an integer or out of range"))
        #expect(run("INCREX k BYFLOAT 1 UBOUND x") == .error("ERR UBOUND is not a valid float"))
        let order = Reply.error("ERR LBOUND can't be greater than UBOUND")
        #expect(run("INCREX k LBOUND 10 UBOUND 5") == order)
        #expect(run("INCREX k BYFLOAT 1 LBOUND 1.5 UBOUND 1.25") == order)
        #expect(run("INCREX k EX 0") == .error("ERR invalid expire time in 'increx' command"))
        node.run("SET", "k", "x")
        #expect(run("INCREX k") == notAnInteger)
        #expect(run("INCREX k BYFLOAT 1") == notAFloat)
    }
}
