import Primitives
import RESP
import Storage
import Structures
import Testing

@testable import Commands

extension TestNode {
    /// Runs the words of a line and shows its reply.
    @discardableResult
    func line(_ line: String) -> String { shown(run(line.split(separator: " ").map(String.init))) }

    func shown(_ reply: Reply) -> String {
        switch reply {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .simple(let text): text
        case .error(let text): "-" + text
        case .integer(let integer): "\(integer)"
        case .array(let elements): "[" + elements.map(shown).joined(separator: " ") + "]"
        case .null: "nil"
        default: "\(reply)"
        }
    }
}

@Suite struct StreamTests {
    private let node = TestNode()

    @Test func idsFollowTheClockAndNeverGoBack() {
        #expect(node.line("XADD s * f v") == "1700000000000-0")
        #expect(node.line("XADD s * f v") == "1700000000000-1")
        node.advance(milliseconds: 5)
        #expect(node.line("XADD s * f v") == "1700000000005-0")
        node.line("XADD s 1800000000000-7 f v")
        #expect(node.line("XADD s * f v") == "1800000000000-8")
    }

    @Test func anEmptyStreamKeepsItsKeyAndItsLastID() {
        node.line("XADD s 5-5 f v")
        #expect(node.line("XDEL s 5-5") == "1")
        #expect(node.line("EXISTS s") == "1")
        #expect(node.line("XADD s 5-5 f v").hasPrefix("-ERR"))
        #expect(node.line("XADD s 5-* f v") == "5-6")
    }

    @Test func memoryIsCountedAndGivenBack() {
        let before = node.node.keyspace.liveBytes
        for number in 1...5000 { node.line("XADD s \(number)-0 field value\(number)") }
        node.line("XGROUP CREATE s g 0")
        node.line("XREADGROUP GROUP g c COUNT 3000 STREAMS s >")
        let full = node.node.keyspace.liveBytes
        #expect(full - before > 5000 * 12 + 3000 * 50)
        node.line("COPY s t")
        node.line("XTRIM s MAXLEN 10")
        #expect(node.line("XLEN t") == "5000")
        node.line("XGROUP DESTROY s g")
        node.line("DEL t")
        #expect(node.node.keyspace.liveBytes - before < 10_000)
        node.line("DEL s")
        #expect(node.node.keyspace.liveBytes == before)
    }

    @Test func aCopyGoesItsOwnWay() {
        for number in 1...300 { node.line("XADD s \(number)-0 f v") }
        node.line("XGROUP CREATE s g 0")
        node.line("XREADGROUP GROUP g c STREAMS s >")
        node.line("COPY s t")
        node.line("XDEL s 1-0 150-0")
        node.line("XACK t g 1-0 2-0")
        node.line("XADD t 301-0 f v")
        #expect(node.line("XLEN s") == "298")
        #expect(node.line("XLEN t") == "301")
        #expect(node.line("XPENDING t g - + 1") == "[[3-0 c 0 1]]")
        #expect(node.line("XPENDING s g") == "[300 1-0 300-0 [[c 300]]]")
        #expect(node.line("XPENDING t g") == "[298 3-0 300-0 [[c 298]]]")
    }

    @Test func readersCreateTheirConsumerEvenIfTheyGetNothing() {
        node.line("XGROUP CREATE s g 0 MKSTREAM")
        #expect(node.line("XREADGROUP GROUP g reader STREAMS s >") == "nil")
        node.line("XCLAIM s g claimer 0 1-1")
        node.line("XAUTOCLAIM s g auto 0 0")
        let shown = ["auto", "claimer", "reader"].map { "[name \($0) pending 0 idle 0 inactive -1]" }
        #expect(node.line("XINFO CONSUMERS s g") == "[" + shown.joined(separator: " ") + "]")
    }

    @Test func consumersTellWhenTheyWereSeenAndActive() {
        node.line("XGROUP CREATE s g 0 MKSTREAM")
        node.line("XREADGROUP GROUP g c STREAMS s >")
        node.advance(milliseconds: 10)
        #expect(node.line("XINFO CONSUMERS s g") == "[[name c pending 0 idle 10 inactive -1]]")
        node.line("XADD s 1-1 f v")
        node.line("XREADGROUP GROUP g c STREAMS s >")
        node.advance(milliseconds: 10)
        node.line("XREADGROUP GROUP g c STREAMS s 0")
        node.advance(milliseconds: 10)
        #expect(node.line("XINFO CONSUMERS s g") == "[[name c pending 1 idle 10 inactive 20]]")
    }

    @Test func plusReadsTheLastEntry() {
        #expect(node.line("XREAD STREAMS s +") == "nil")
        node.line("XADD s 1-1 f v")
        node.line("XADD s 2-1 f w")
        #expect(node.line("XREAD STREAMS s +") == "[[s [[2-1 [f w]]]]]")
        node.line("XGROUP CREATE s g 0")
        #expect(node.line("XREADGROUP GROUP g c STREAMS s +").hasPrefix("-ERR"))
    }

    @Test func aBlockedReaderIsServedOrToldThatItsGroupHasGone() {
        node.line("XGROUP CREATE s g $ MKSTREAM")
        let reader = node.connect()
        for (command, expected) in [
            ("XADD s 1-1 f v", "[[s [[1-1 [f v]]]]]"), ("DEL s", "-NOGROUP"), ("XGROUP DESTROY s g", "-NOGROUP"),
            ("SET s v", "-WRONGTYPE"),
        ] {
            node.line("XGROUP CREATE s g $ MKSTREAM")
            reader.send(
                TestClient.request("XREADGROUP GROUP g c BLOCK 0 STREAMS s >".split(separator: " ").map(String.init)))
            #expect(reader.replies() == [], "\(command)")
            node.line(command)
            #expect(node.shown(reader.replies().last ?? .null).hasPrefix(expected), "\(command)")
        }
    }

    @Test func aBlockedReaderSeesWhatComesAfterTheLastEntry() {
        node.line("XADD s 1-1 f v")
        let reader = node.connect()
        reader.send(TestClient.request(["XREAD", "BLOCK", "0", "STREAMS", "s", "other", "$", "$"]))
        node.line("XGROUP CREATE s g 0")
        node.line("XDEL s 1-1")
        #expect(reader.replies() == [])
        node.line("XADD s 2-1 f v")
        #expect(node.shown(reader.replies().last ?? .null) == "[[s [[2-1 [f v]]]]]")
    }

    @Test func historyCountsAsDelivery() {
        node.line("XADD s 1-1 f v")
        node.line("XGROUP CREATE s g 0")
        node.line("XREADGROUP GROUP g c STREAMS s >")
        node.advance(milliseconds: 50)
        #expect(node.line("XPENDING s g - + 5") == "[[1-1 c 50 1]]")
        node.line("XREADGROUP GROUP g c STREAMS s 0")
        #expect(node.line("XPENDING s g - + 5") == "[[1-1 c 0 2]]")
        node.advance(milliseconds: 50)
        #expect(node.line("XPENDING s g IDLE 51 - + 5") == "[]")
        #expect(node.line("XCLAIM s g d 51 1-1") == "[]")
        #expect(node.line("XAUTOCLAIM s g d 51 0 JUSTID") == "[0-0 [] []]")
        #expect(node.line("XAUTOCLAIM s g d 50 0 JUSTID") == "[0-0 [1-1] []]")
    }

    @Test func watchersAreToldOfEntriesButNotOfGroups() {
        for (command, isTold) in [
            ("XADD s 9-9 f v", true), ("XDEL s 1-1", true), ("XTRIM s MAXLEN 0", true), ("XACK s g 1-1", false),
            ("XREADGROUP GROUP g c STREAMS s >", false), ("XCLAIM s g d 0 1-1", false), ("XSETID s 50-0", false),
        ] {
            let node = TestNode()
            for line in [
                "XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c COUNT 1 STREAMS s >",
            ] {
                node.line(line)
            }
            let watcher = node.connect()
            watcher.run("WATCH", "s")
            node.line(command)
            watcher.run("MULTI")
            #expect((watcher.run("EXEC") == .null) == isTold, "\(command)")
        }
    }
}

@Suite struct StreamEffectTests {
    /// What the journal says of the last of some commands.
    private func journal(_ lines: String...) -> [String] {
        let node = TestNode()
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        for line in lines.dropLast() { node.line(line) }
        _ = reader.take()
        node.line(lines.last!)
        var parser = ReplyParser()
        reader.take().withBytes { parser.append($0) }
        var found: [String] = []
        while case .array(let words)? = try? parser.next() {
            found.append(
                words.map { if case .bulk(let word) = $0 { String(decoding: word, as: UTF8.self) } else { "?" } }
                    .joined(separator: " "))
        }
        return found
    }

    private let delivery = "TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID"

    @Test func additionsHaveTheirIDAndTrimExactly() {
        #expect(journal("XADD s 1-1 f v", "XADD s * f v") == ["XADD s 1700000000000-0 f v"])
        #expect(journal("XADD s 1-1 f v", "XADD s 2-* f v") == ["XADD s 2-0 f v"])
        #expect(journal("XADD s 1-1 f v", "XADD s MAXLEN ~ 1 LIMIT 5 2-1 f v") == ["XADD s MAXLEN = 2 2-1 f v"])
        #expect(journal("XADD s 1-1 f v", "XADD s MINID ~ 2 * f v") == ["XADD s MINID = 1-1 1700000000000-0 f v"])
        #expect(journal("XADD s 1-1 f v", "XADD s MAXLEN 1 2-1 f v") == ["XADD s MAXLEN 1 2-1 f v"])
        #expect(journal("XADD s 1-1 f v", "XTRIM s MAXLEN ~ 0") == ["XTRIM s MAXLEN = 0"])
    }

    @Test func readingBecomesClaimingAndProgress() {
        let setup = ["XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 0"]
        let node = TestNode()
        for line in setup { node.line(line) }
        #expect(
            journal(setup[0], setup[1], setup[2], "XREADGROUP GROUP g c STREAMS s >") == [
                "MULTI", "XCLAIM s g c 0 1-1 \(delivery) 1-1", "XCLAIM s g c 0 2-1 \(delivery) 2-1",
                "XGROUP SETID s g 2-1 ENTRIESREAD 2", "EXEC",
            ])
        #expect(
            journal(setup[0], setup[1], setup[2], "XREADGROUP GROUP g c NOACK COUNT 1 STREAMS s >") == [
                "MULTI", "XGROUP CREATECONSUMER s g c", "XGROUP SETID s g 1-1 ENTRIESREAD 1", "EXEC",
            ])
        #expect(journal(setup[2] + " MKSTREAM", "XREADGROUP GROUP g c STREAMS s >") == ["XGROUP CREATECONSUMER s g c"])
    }

    @Test func claimingIsWrittenWithItsFigures() {
        let read = "XREADGROUP GROUP g c STREAMS s >"
        #expect(
            journal("XADD s 1-1 f v", "XGROUP CREATE s g 0", read, "XCLAIM s g d 0 1-1 IDLE 5 RETRYCOUNT 9") == [
                "XCLAIM s g d 0 1-1 TIME 1699999999995 RETRYCOUNT 9 FORCE JUSTID LASTID 1-1"
            ])
        #expect(
            journal("XADD s 1-1 f v", "XGROUP CREATE s g 0", "XCLAIM s g d 0 7-7 LASTID 1-1") == [
                "MULTI", "XGROUP CREATECONSUMER s g d", "XGROUP SETID s g 1-1 ENTRIESREAD -1", "EXEC",
            ])
        #expect(
            journal("XADD s 1-1 f v", "XGROUP CREATE s g 0", read, "XDEL s 1-1", "XAUTOCLAIM s g d 0 0") == [
                "MULTI", "XCLAIM s g c 0 1-1 \(delivery) 1-1", "XGROUP CREATECONSUMER s g d", "EXEC",
            ])
    }
}
