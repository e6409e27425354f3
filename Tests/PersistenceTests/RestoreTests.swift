import Payloads
import RESP
import Testing

@testable import Commands
@testable import Persistence

@Suite struct RestoreTests {
    private let node = TestNode.withDumps()
    private let value = payload([0, 1, 118])

    @Test func aValueComesBack() {
        #expect(node.restore("k", 0, value) == .simple("OK"))
        #expect(node.run("GET", "k") == .text("v"))
        #expect(node.run("TTL", "k") == .integer(-1))
    }

    @Test func aKeyThatIsThereIsReplacedOnDemand() {
        node.run("LPUSH", "k", "x")
        #expect(node.restore("k", 0, value) == .error("BUSYKEY Target key name already exists."))
        #expect(node.restore("k", 0, value, "REPLACE") == .simple("OK"))
        #expect(node.run("GET", "k") == .text("v"))
    }

    @Test func aKeyThatHasExpiredIsNotThere() {
        node.run("SET", "k", "x", "PX", "5")
        node.hands.advance(milliseconds: 10)
        #expect(node.restore("k", 0, value) == .simple("OK"))
    }

    @Test func timesToLive() {
        node.restore("relative", 5000, value)
        #expect(node.run("PTTL", "relative") == .integer(5000))
        node.restore("absolute", 1_700_000_007_000, value, "ABSTTL")
        #expect(node.run("PEXPIRETIME", "absolute") == .integer(1_700_000_007_000))
        node.restore("never", 0, value, "ABSTTL")
        #expect(node.run("PTTL", "never") == .integer(-1))
    }

    @Test func aTimeThatHasPassedMakesNoKey() {
        #expect(node.restore("k", 1, value, "ABSTTL") == .simple("OK"))
        #expect(node.run("EXISTS", "k") == .integer(0))
        node.run("SET", "k", "x")
        #expect(node.restore("k", 1, value, "ABSTTL REPLACE") == .simple("OK"))
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test(
        arguments: [
            (-1, "", "ERR Invalid TTL value, must be >= 0"), (.max, "", "ERR invalid expire time in 'restore' command"),
            (0, "NONSENSE", "ERR syntax error"), (0, "IDLETIME", "ERR syntax error"), (0, "FREQ", "ERR syntax error"),
            (0, "IDLETIME -1", "ERR Invalid IDLETIME value, must be >= 0"),
            (0, "IDLETIME x", "ERR value is not an integer or out of range"),
            (0, "FREQ -1", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
            (0, "FREQ 256", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
            (0, "FREQ 1 IDLETIME 1", "ERR syntax error"), (0, "IDLETIME 1 FREQ 1", "ERR syntax error"),
        ] as [(Int64, String, String)])
    func optionsThatAreWrong(ttl: Int64, options: String, error: String) {
        #expect(node.restore("k", ttl, value, options) == .error(error))
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test func idleTimeIsKept() {
        node.restore("k", 0, value, "IDLETIME 1000")
        #expect(node.run("OBJECT", "IDLETIME", "k") == .integer(1000))
        // It is counted up to half a year.
        node.restore("long", 0, value, "IDLETIME 999999999")
        #expect(node.run("OBJECT", "IDLETIME", "long") == .integer(0xFF_FFFF))
        node.restore("other", 0, value, "FREQ 100")
        #expect(node.run("OBJECT", "IDLETIME", "other") == .integer(0))
    }

    @Test func frequencyIsKept() {
        node.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
        node.restore("k", 0, value, "FREQ 100")
        #expect(node.run("OBJECT", "FREQ", "k") == .integer(100))
        node.restore("other", 0, value, "IDLETIME 1000")
        #expect(node.run("OBJECT", "FREQ", "other") == .integer(5))
    }

    // MARK: Damage

    @Test func everyTruncationAndEveryFlippedBitIsRefused() {
        let refusal = Reply.error("ERR DUMP payload version or checksum are wrong")
        for count in value.indices { #expect(node.restore("k", 0, Array(value.prefix(count))) == refusal) }
        for index in value.indices {
            for bit in 0..<8 {
                var damaged = value
                damaged[index] ^= 1 << UInt8(bit)
                #expect(node.restore("k", 0, damaged, "REPLACE") == refusal)
            }
        }
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func versionsThatAreReadAndThatAreNot() {
        let refusal = Reply.error("ERR DUMP payload version or checksum are wrong")
        for version in [1, 6, 9, 10, 11, 12, 13, 14, 80] {
            #expect(node.restore("k", 0, payload([0, 1, 118], version: version), "REPLACE") == .simple("OK"))
        }
        for version in [15, 79, 81, 65535] {
            #expect(node.restore("k", 0, payload([0, 1, 118], version: version), "REPLACE") == refusal)
        }
        node.run("CONFIG", "SET", "rdb-version-check", "relaxed")
        #expect(node.restore("k", 0, payload([0, 1, 118], version: 15), "REPLACE") == .simple("OK"))
    }

    @Test(arguments: [[], [0], [0, 5, 118], [200, 1, 118], [18, 1, 3, 1, 97], [0xFE]] as [[UInt8]])
    func whatIsNoValueChangesNothing(contents: [UInt8]) {
        node.run("SET", "k", "before")
        #expect(node.restore("k", 0, payload(contents), "REPLACE") == .error("ERR Bad data format"))
        #expect(node.run("GET", "k") == .text("before"))
    }

    @Test func whatFollowsTheValueIsRefused() {
        for sample in Sample.all {
            let whole = [sample.type] + sample.bytes
            let version = sample.isValkey ? 80 : 12
            #expect(node.restore("k", 0, payload(whole + [0], version: version)) == .error("ERR Bad data format"))
            #expect(node.run("EXISTS", "k") == .integer(0))
        }
    }

    @Test func everySampleIsTakenAndDumpedAsItIs() {
        node.run("CONFIG", "SET", "rdb-version-check", "relaxed")
        for sample in Sample.all {
            let version = sample.isValkey ? 80 : 14
            #expect(node.restore("k", 0, payload([sample.type] + sample.bytes, version: version)) == .simple("OK"))
            #expect(node.restore("copy", 0, node.dump("k")) == .simple("OK"))
            #expect(node.digest("copy") == node.digest("k"), "\(sample)")
            node.run("DEL", "k", "copy")
        }
    }

    @Test func aTypeOfRedisIsNoneOfValkey() {
        for sample in Sample.all where sample.type > 22 {
            let refused = node.restore("k", 0, payload([sample.type] + sample.bytes, version: 80))
            #expect(refused == .error("ERR Bad data format"))
        }
    }

    @Test func checksumsAreLeftAsideOnDemand() {
        var damaged = value
        damaged[damaged.count - 1] ^= 1
        #expect(node.restore("k", 0, damaged) == .error("ERR DUMP payload version or checksum are wrong"))
        node.node.skipsChecksums = true
        #expect(node.restore("k", 0, damaged) == .simple("OK"))
    }

    // MARK: Whoever hears of it

    @Test func eventsTellOfIt() {
        let events = HeardEvents(node)
        node.restore("k", 0, value)
        #expect(events.take() == ["restore k"])
        node.restore("k", 1, value, "ABSTTL REPLACE")
        #expect(events.take() == ["del k"])
        node.restore("k", 1, value, "ABSTTL")
        #expect(events.take() == [])
    }

    @Test func aTransactionSeesTheChange() {
        let other = node.connect()
        other.run("WATCH", "k")
        node.restore("k", 0, value)
        other.run("MULTI")
        other.run("GET", "k")
        #expect(other.run("EXEC") == .null)
    }

    @Test func whoeverWaitsForAListGetsIt() {
        let other = node.connect()
        other.send(TestClient.request(["BLPOP", "k", "0"]))
        node.run("RPUSH", "source", "a")
        node.restore("k", 0, node.dump("source"))
        node.resume()
        #expect(other.replies() == [.array([.text("k"), .text("a")])])
    }

    @Test func theEffectIsAbsolute() {
        let reader = RecordedJournal()
        node.node.keyspace.journal.attach(reader)
        node.restore("k", 5000, value)
        #expect(reader.words() == ["SELECT 0", "RESTORE k 1700000005000 … ABSTTL"])
        node.restore("k", 0, value, "REPLACE")
        #expect(reader.words() == ["RESTORE k 0 … REPLACE"])
        node.restore("k", 1_700_000_009_000, value, "REPLACE ABSTTL")
        #expect(reader.words() == ["RESTORE k 1700000009000 … REPLACE ABSTTL"])
        node.restore("k", 1, value, "REPLACE ABSTTL")
        #expect(reader.words() == ["DEL k"])
        node.restore("k", 1, value, "REPLACE ABSTTL")
        #expect(reader.words() == [])
    }
}
