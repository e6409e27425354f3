import RESP
import Storage
import Testing

@testable import Commands

private let notOne = Reply.error("WRONGTYPE Key is not a valid HyperLogLog string value.")
private let damaged = Reply.error("INVALIDOBJ Corrupted HLL object detected")

@Suite struct HyperLogLogTests {
    let node = TestNode()

    private func run(_ words: String) -> Reply { node.run(words.split(separator: " ").map(String.init)) }

    private func journal(of words: String) -> [UInt8] {
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        defer { node.node.keyspace.journal.detach(reader) }
        _ = run("SET other 1")
        _ = reader.take()
        _ = run(words)
        return reader.take()
    }

    @Test func addingAndCounting() {
        #expect(run("PFADD k a b c") == .integer(1))
        #expect(run("PFADD k a b c") == .integer(0))
        #expect(run("PFCOUNT k") == .integer(3))
        #expect(run("PFADD other c d") == .integer(1))
        #expect(run("PFCOUNT k other none") == .integer(4))
        #expect(run("PFCOUNT none") == .integer(0))
        #expect(run("PFADD new") == .integer(1))
        #expect(run("PFADD new") == .integer(0))
        #expect(run("STRLEN new") == .integer(18))
        #expect(run("TYPE k") == .simple("string"))
        #expect(run("OBJECT ENCODING k") == .text("raw"))
    }

    @Test func becomingDense() {
        _ = run("CONFIG SET hll-sparse-max-bytes 30")
        _ = run("PFADD k a b")
        #expect(run("PFDEBUG ENCODING k") == .simple("sparse"))
        _ = run("PFADD k c d e f g h")
        #expect(run("PFDEBUG ENCODING k") == .simple("dense"))
        #expect(run("STRLEN k") == .integer(12_304))
        #expect(run("PFCOUNT k") == .integer(8))
        #expect(run("OBJECT ENCODING k") == .text("raw"))
    }

    @Test func merging() {
        _ = run("PFADD a 1 2 3")
        _ = run("PFADD b 3 4")
        #expect(run("PFMERGE a b none") == .simple("OK"))
        #expect(run("PFCOUNT a") == .integer(4))
        #expect(run("PFMERGE new") == .simple("OK"))
        #expect(run("PFCOUNT new") == .integer(0))
        _ = run("PFDEBUG TODENSE b")
        _ = run("EXPIRE a 100")
        #expect(run("PFMERGE a b") == .simple("OK"))
        #expect(run("PFDEBUG ENCODING a") == .simple("dense"))
        #expect(run("PFCOUNT a") == .integer(4))
        #expect(run("TTL a") == .integer(100))
    }

    @Test func lookingInside() {
        _ = run("PFADD k a")
        #expect(run("PFDEBUG DECODE k") == .text("Z:12711 v:2,1 Z:3672"))
        #expect(run("PFDEBUG TODENSE k") == .integer(1))
        #expect(run("PFDEBUG TODENSE k") == .integer(0))
        #expect(run("PFDEBUG DECODE k") == .error("ERR HLL encoding is not sparse"))
        let registers = run("PFDEBUG GETREG k")
        if case .array(let ranks) = registers {
            #expect(ranks.count == 16_384 && ranks[12_711] == .integer(2) && ranks[0] == .integer(0))
        } else {
            Issue.record("no registers but \(registers)")
        }
        #expect(run("PFDEBUG what k") == .error("ERR Unknown PFDEBUG subcommand 'what'"))
        #expect(run("PFDEBUG what none") == .error("ERR The specified key does not exist"))
        #expect(run("PFSELFTEST") == .simple("OK"))
    }

    @Test func otherValues() {
        _ = run("SET text hello")
        _ = run("SET number 12")
        for key in ["text", "number"] {
            for line in ["PFADD \(key) a", "PFCOUNT \(key)", "PFCOUNT \(key) x", "PFMERGE x \(key)", "PFMERGE \(key)"] {
                #expect(run(line) == notOne, "\(line)")
            }
        }
        #expect(run("EXISTS x") == .integer(0))
        _ = run("PFADD k a")
        _ = run("SETRANGE k 17 x")
        #expect(run("PFCOUNT k") == damaged)
        #expect(run("PFCOUNT k x") == damaged)
        #expect(run("PFMERGE x k") == damaged)
        #expect(run("PFDEBUG TODENSE k") == damaged)
    }

    @Test func effects() {
        _ = run("PFADD k a")
        #expect(journal(of: "PFCOUNT k") == TestClient.request(["PFCOUNT", "k"]))
        #expect(journal(of: "PFCOUNT k") == [])
        #expect(journal(of: "PFADD k a") == [])
        #expect(journal(of: "PFADD k b") == TestClient.request(["PFADD", "k", "b"]))
    }

    @Test func events() {
        node.run("CONFIG", "SET", "notify-keyspace-events", "KEAn")
        var heard: [String] = []
        node.node.eventReader = { heard += $0.map { "\($0.event.name)" } }
        for (line, expected) in [
            ("PFADD k a", ["new", "pfadd"]), ("PFADD k a", []), ("PFADD k b", ["pfadd"]), ("PFCOUNT k", []),
            ("PFMERGE k", ["pfadd"]), ("PFMERGE new k", ["new", "pfadd"]), ("PFDEBUG TODENSE k", []),
        ] {
            heard = []
            _ = run(line)
            #expect(heard.filter { $0 != "keymiss" } == expected, "\(line)")
        }
    }
}
