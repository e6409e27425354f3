import Primitives
import Settings
import Testing

@testable import Replication

/// A link with what it has wanted so far; bytes of the snapshot and the stream are taken out of what was fed.
private struct Conversation {
    var link = PrimaryLink()
    var now: Int64 = 1000
    private(set) var said: [String] = []
    private(set) var snapshot: [UInt8] = []
    private(set) var stream: [UInt8] = []
    /// What it wanted beside sending and logging.
    private(set) var wishes: [LinkAction] = []
    private(set) var logged: [String] = []

    init(_ resumption: Resumption? = nil, _ options: LinkOptions = LinkOptions()) {
        link.resumption = resumption
        link.options = options
        note(link.start(now: now), [])
        note(link.didConnect(now: now), [])
    }

    private mutating func note(_ actions: [LinkAction], _ bytes: [UInt8]) {
        for action in actions {
            switch action {
            case .send(let request): said.append(String(decoding: request, as: UTF8.self))
            case .log(_, let text): logged.append(text)
            case .snapshot(let range): snapshot += bytes[range]
            case .stream(let range): stream += bytes[range]
            case .connect, .disconnect, .beginSnapshot, .load, .dropSnapshot, .resume, .lost, .failoverAnswered:
                wishes.append(action)
            }
        }
    }

    mutating func hear(_ bytes: [UInt8]) { note(bytes.withBytes { link.receive($0, now: now) }, bytes) }
    mutating func hear(_ text: String) { hear(Array(text.utf8)) }
    mutating func hear(_ text: String, inPieces size: Int) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            hear(Array(bytes[start..<min(bytes.count, start + size)]))
            start += size
        }
    }
    mutating func wait(_ milliseconds: Int64, offset: Int64 = 0) {
        now += milliseconds
        note(link.tick(offset: offset, now: now), [])
    }
    mutating func end(_ reason: String = "reset") { note(link.didEnd(reason, now: now), []) }
    mutating func connect() { note(link.didConnect(now: now), []) }
    mutating func didLoad(_ offset: Int64) { note(link.didLoad(offset: offset, now: now), []) }

    /// What was said, as words.
    var requests: [[String]] {
        said.map { $0.split(separator: "\r\n").map(String.init).filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") } }
    }
}

private let id = String(repeating: "ab12", count: 10)
private let otherID = String(repeating: "cd34", count: 10)
private let mark = String(repeating: "0123456789", count: 4)
/// The answers of a primary that lets everybody in.
private let welcome = "+PONG\r\n+OK\r\n+OK\r\n"

@Suite("The link to a primary")
struct PrimaryLinkTests {
    /// What is here would be lost, and some of it may have been promised.
    @Test(arguments: [0, 4] as [UInt64]) func aPrimaryOfAnOlderTermIsNotFollowed(term: UInt64) {
        var options = LinkOptions()
        (options.asksTerm, options.keptTerm) = (true, 5)
        var talk = Conversation(Resumption(id: id, offset: 100), options)
        talk.hear("+PONG\r\n+OK\r\n+OK\r\n+\(term) 2000\r\n")
        #expect(!talk.link.isConnected && talk.link.refusedTerm == term)
        #expect(!talk.said.contains { $0.contains("PSYNC") })
        talk.wait(2000)
        talk.connect()
        talk.hear("+PONG\r\n+OK\r\n+OK\r\n+5 2000\r\n")
        #expect(talk.requests.last?.first == "PSYNC" && talk.link.refusedTerm == nil)
    }

    @Test func aPrimaryThatPromisesNothingIsFollowed() {
        var options = LinkOptions()
        (options.asksTerm, options.keptTerm) = (true, 5)
        var talk = Conversation(nil, options)
        talk.hear("+PONG\r\n+OK\r\n+OK\r\n-ERR Nothing is promised here\r\n")
        #expect(talk.requests.last?.first == "PSYNC" && talk.link.refusedTerm == nil)
    }

    @Test func aFirstSynchronisation() {
        var options = LinkOptions()
        options.port = 7001
        var talk = Conversation(nil, options)
        #expect(talk.requests == [["PING"]])
        talk.hear("+PONG\r\n")
        #expect(
            talk.requests.last == [
                "REPLCONF", "listening-port", "7001", "REPLCONF", "capa", "eof", "capa", "psync2", "capa",
                "apus-resume",
            ])
        talk.hear("+OK\r\n+OK\r\n")
        #expect(talk.requests.last == ["PSYNC", "?", "-1"])
        talk.hear("+FULLRESYNC \(id) 1234\r\n")
        #expect(talk.link.state == .header)
        talk.hear("\n\n$9\r\nREDIS")
        #expect(talk.wishes.last == .beginSnapshot(Resumption(id: id, offset: 1234), byteCount: 9))
        #expect(talk.link.transfer?.received == 5)
        talk.hear("data*1\r\n")
        #expect(talk.snapshot == Array("REDISdata".utf8))
        #expect(talk.wishes.last == .load(surplus: 0))
        #expect(talk.stream == Array("*1\r\n".utf8))
        talk.didLoad(1234)
        #expect(talk.requests.last == ["REPLCONF", "ACK", "1234"])
        talk.hear("$4\r\nPING\r\n")
        #expect(talk.stream == Array("*1\r\n$4\r\nPING\r\n".utf8))
        #expect(talk.link.isStreaming)
    }

    @Test(arguments: 1...80) func theSameInPieces(size: Int) {
        for snapshot in ["$11\r\n$REDIS\nmore", "$EOF:\(mark)\r\nREDIS\(mark.dropFirst())\n\(mark)"] {
            var talk = Conversation()
            talk.hear(welcome, inPieces: size)
            talk.hear("\n+FULLRESYNC \(id) 7\r\n\n", inPieces: size)
            talk.hear(snapshot, inPieces: size)
            #expect(talk.link.state == .loading)
            talk.didLoad(7)
            talk.hear("*1\r\n$4\r\nPING\r\n", inPieces: size)
            #expect(talk.stream == Array("*1\r\n$4\r\nPING\r\n".utf8))
            let expected = snapshot.split(separator: "\r\n", maxSplits: 1)[1]
            #expect(talk.snapshot == Array(expected.utf8))
            #expect(talk.wishes.contains(.load(surplus: snapshot.hasPrefix("$EOF") ? 40 : 0)))
        }
    }

    @Test func whatItSaysOfItself() {
        var options = LinkOptions()
        (options.user, options.password, options.port, options.address) = ("me", Array("secret".utf8), 7, "10.0.0.1")
        var talk = Conversation(nil, options)
        talk.hear("-NOAUTH Authentication required.\r\n")
        #expect(
            talk.requests.last == [
                "AUTH", "me", "secret", "REPLCONF", "listening-port", "7", "REPLCONF", "ip-address", "10.0.0.1",
                "REPLCONF", "capa", "eof", "capa", "psync2", "capa", "apus-resume",
            ])
        talk.hear("+OK\r\n-ERR what?\r\n-ERR what?\r\n+OK\r\n")
        #expect(talk.requests.last == ["PSYNC", "?", "-1"])
        #expect(talk.logged.contains("(Non critical) Master does not understand REPLCONF ip-address: -ERR what?"))
    }

    @Test func aWrongPassword() {
        var options = LinkOptions()
        options.password = Array("wrong".utf8)
        var talk = Conversation(nil, options)
        talk.hear("+PONG\r\n-WRONGPASS no\r\n+OK\r\n")
        #expect(talk.logged.last == "Unable to AUTH to MASTER: -WRONGPASS no")
        #expect(talk.wishes.last == .disconnect)
        talk.wait(999)
        #expect(talk.wishes.last == .disconnect)
        talk.wait(1)
        #expect(talk.wishes.last == .connect)
    }

    @Test func goingOnWhereItWas() {
        var talk = Conversation(Resumption(id: id, offset: 99))
        talk.hear(welcome)
        #expect(talk.requests.last == ["PSYNC", id, "100"])
        talk.hear("+CONTINUE\r\n*1\r\n")
        #expect(talk.wishes.last == .resume(id: nil))
        #expect(talk.stream == Array("*1\r\n".utf8))
    }

    @Test func goingOnUnderAnotherName() {
        var talk = Conversation(Resumption(id: id, offset: 99))
        talk.hear(welcome + "+CONTINUE \(otherID)\r\n")
        #expect(talk.wishes.last == .resume(id: otherID))
        #expect(talk.logged.contains("Master replication ID changed to \(otherID)"))
    }

    @Test func thePrimaryCannotYet() {
        for answer in ["-NOMASTERLINK Can't SYNC", "-LOADING wait"] {
            var talk = Conversation(Resumption(id: id, offset: 99))
            talk.hear(welcome + answer + "\r\n")
            #expect(talk.wishes.last == .disconnect)
            #expect(talk.logged.last?.hasPrefix("Master is currently unable to PSYNC") == true)
            talk.wait(1000)
            #expect(talk.wishes.last == .connect)
        }
    }

    @Test func anOldPrimary() {
        var talk = Conversation()
        talk.hear(welcome + "-ERR unknown command 'PSYNC'\r\n")
        #expect(talk.requests.last == ["SYNC"])
        talk.hear("$5\r\nREDIS")
        #expect(talk.wishes.suffix(2) == [.beginSnapshot(nil, byteCount: 5), .load(surplus: 0)])
    }

    @Test func anEmptySnapshotIsLoadedAndFound() {
        var talk = Conversation()
        talk.hear(welcome + "+FULLRESYNC \(id) 0\r\n$0\r\n")
        #expect(
            talk.wishes.suffix(2) == [.beginSnapshot(Resumption(id: id, offset: 0), byteCount: 0), .load(surplus: 0)])
    }

    @Test func nonsense() {
        let nonsense = [
            "-ERR no\r\n", "-ERR no", welcome + "+FULLRESYNC \(id) 1\r\nHTTP/1.1 200 OK\r\n",
            welcome + "+FULLRESYNC \(id) 1\r\n$-5\r\n", welcome + "+FULLRESYNC \(id) 1\r\n$99999999999999999999\r\n",
            welcome + "+FULLRESYNC \(id) 1\r\n$EOF:short\r\n", welcome + "+FULLRESYNC \(id) 1\r\n-ERR disk\r\n",
            String(repeating: "x", count: 20_000),
        ]
        for text in nonsense {
            var talk = Conversation()
            talk.hear(text, inPieces: 1000)
            talk.end()
            #expect(!talk.link.isConnected, "\(text.prefix(60))")
            #expect(talk.snapshot.isEmpty && talk.stream.isEmpty)
            talk.wait(1000)
            #expect(talk.wishes.last == .connect)
        }
    }

    @Test func aContinuationThatNobodyAskedFor() {
        var talk = Conversation()
        talk.hear(welcome + "+CONTINUE\r\n")
        #expect(!talk.link.isStreaming)
    }

    @Test func silence() {
        let limits = ["", welcome, welcome + "+FULLRESYNC \(id) 1\r\n", welcome + "+FULLRESYNC \(id) 1\r\n$9\r\nRE"]
        for text in limits {
            var talk = Conversation()
            talk.hear(text)
            talk.wait(60_000)
            #expect(talk.link.isConnected)
            talk.wait(1)
            #expect(!talk.link.isConnected)
            #expect(talk.logged.last?.hasPrefix("Timeout") == true)
        }
        var talk = Conversation(Resumption(id: id, offset: 1))
        talk.hear(welcome + "+CONTINUE\r\n")
        talk.wait(60_001)
        #expect(talk.wishes.suffix(2) == [.disconnect, .lost])
        #expect(talk.logged.last == "MASTER timeout: no data nor PING received...")
    }

    @Test func theSecondsOfAReplica() {
        var talk = Conversation(Resumption(id: id, offset: 1))
        talk.hear(welcome + "+CONTINUE\r\n")
        let count = talk.said.count
        talk.wait(500, offset: 5)
        #expect(talk.said.count == count)
        talk.wait(500, offset: 6)
        #expect(talk.requests.last == ["REPLCONF", "ACK", "6"])
        talk.wait(1000, offset: 8)
        #expect(talk.requests.last == ["REPLCONF", "ACK", "8"])
        #expect(talk.said.count == count + 2)
    }

    @Test func aPrimaryHearsThatItsSnapshotIsBeingLoaded() {
        var talk = Conversation()
        talk.hear(welcome + "+FULLRESYNC \(id) 1\r\n$5\r\nREDIS")
        talk.wait(1000)
        talk.wait(1000)
        #expect(talk.said.suffix(2) == ["\n", "\n"])
        // However long that takes.
        talk.wait(600_000)
        #expect(talk.link.state == .loading)
    }

    @Test func aBrokenLinkIsMadeAnewAtOnce() {
        var talk = Conversation(Resumption(id: id, offset: 1))
        talk.hear(welcome + "+CONTINUE\r\n")
        talk.end()
        #expect(talk.wishes.last == .lost)
        talk.wait(0)
        #expect(talk.wishes.last == .connect)
        // But not again and again.
        talk.end()
        talk.wait(0)
        #expect(!talk.link.isConnected)
    }

    @Test func aLinkThatBreaksInASnapshotLeavesNothing() {
        var talk = Conversation()
        talk.hear(welcome + "+FULLRESYNC \(id) 1\r\n$50\r\nREDIS")
        talk.end()
        #expect(talk.wishes.last == .dropSnapshot)
    }

    /// A conversation that broke off in a snapshot, and is at the question whether that goes on.
    private func interrupted(_ begin: String, ticket: String = otherID) -> Conversation {
        var talk = Conversation()
        talk.hear(welcome + "+FULLRESYNC \(id) 1 \(ticket)\r\n" + begin)
        talk.end()
        #expect(!talk.wishes.contains(.dropSnapshot))
        talk.wait(1000)
        talk.connect()
        talk.hear(welcome)
        return talk
    }

    @Test(arguments: 1...50) func aSnapshotGoesOnOverAnotherLink(size: Int) {
        for (line, body) in [("$EOF:\(mark)", "REDIS\(mark.prefix(7))\(mark)"), ("$12", "REDIS0123456")] {
            for received in 0..<12 {
                var talk = interrupted(line + "\r\n" + body.prefix(received))
                #expect(talk.requests.last == ["REPLCONF", "apus-resume", otherID, "\(received)"])
                talk.hear("+RESUME\r\n" + body.dropFirst(received), inPieces: size)
                #expect(talk.link.state == .loading)
                #expect(talk.snapshot == Array(body.utf8))
                #expect(!talk.wishes.contains(.dropSnapshot))
                talk.didLoad(1)
                #expect(talk.requests.last == ["REPLCONF", "ACK", "1"])
            }
        }
    }

    @Test func aPrimaryThatCannotGoOnBeginsAnew() {
        for answer in ["-ERR The snapshot cannot be gone on with.", "-ERR syntax error", "+OK"] {
            var talk = interrupted("$50\r\nREDIS")
            talk.hear(answer + "\r\n")
            #expect(talk.wishes.last == .dropSnapshot)
            #expect(talk.requests.last == ["PSYNC", "?", "-1"])
            talk.hear("+FULLRESYNC \(otherID) 9\r\n$5\r\nREDIS")
            #expect(
                talk.wishes.suffix(2) == [
                    .beginSnapshot(Resumption(id: otherID, offset: 9), byteCount: 5), .load(surplus: 0),
                ])
        }
    }

    @Test func aSnapshotBreaksOffSeveralTimes() {
        var talk = interrupted("$9\r\nREDIS")
        talk.hear("+RESUME\r\n01")
        talk.end()
        talk.wait(1000)
        // Neither a link that does not come about nor one that breaks in the handshake makes a difference.
        talk.end("refused")
        talk.wait(1000)
        talk.connect()
        talk.end()
        talk.wait(1000)
        talk.connect()
        talk.hear(welcome)
        talk.end()
        talk.wait(1000)
        talk.connect()
        talk.hear(welcome)
        #expect(talk.requests.last == ["REPLCONF", "apus-resume", otherID, "7"])
        talk.hear("+RESUME\r\n23")
        #expect(talk.snapshot == Array("REDIS0123".utf8) && talk.wishes.last == .load(surplus: 0))
    }

    @Test func aSilentLinkIsNoReasonToBeginAnew() {
        var talk = Conversation()
        talk.hear(welcome + "+FULLRESYNC \(id) 1 \(otherID)\r\n$9\r\nREDIS")
        talk.wait(60_001)
        #expect(talk.wishes.last == .disconnect)
        talk.wait(1000)
        talk.connect()
        talk.hear(welcome)
        #expect(talk.link.state == .resuming)
    }

    @Test func whoFollowsAnotherPrimaryBeginsAnew() {
        var talk = interrupted("$9\r\nREDIS")
        talk.end()
        #expect(talk.link.stop() == [.dropSnapshot])
        talk = interrupted("$9\r\nREDIS")
        #expect(talk.link.stop() == [.disconnect, .dropSnapshot])
        talk = interrupted("$9\r\nREDIS")
        talk.hear("+RESUME\r\n0")
        #expect(talk.link.stop() == [.disconnect, .dropSnapshot])
    }

    @Test func whatIsNoTicketIsNone() {
        for words in [" \(id.dropLast())", " \(id) more", ""] {
            var talk = Conversation()
            talk.hear(welcome + "+FULLRESYNC \(id) 1\(words)\r\n$9\r\nREDIS")
            talk.end()
            #expect(talk.wishes.last == .dropSnapshot)
        }
    }

    @Test func aLinkThatBreaksWhileItsSnapshotIsLoaded() {
        var talk = Conversation()
        talk.hear(welcome + "+FULLRESYNC \(id) 1\r\n$5\r\nREDIS")
        talk.end()
        #expect(talk.link.state == .loading)
        talk.didLoad(1)
        #expect(talk.wishes.last == .lost)
        #expect(!talk.link.isConnected)
    }

    @Test func handingOver() {
        for (answer, isAccepted) in [("+CONTINUE", true), ("+FULLRESYNC \(id) 1", true), ("-ERR no", false)] {
            var talk = Conversation(Resumption(id: id, offset: 1))
            talk.link.isFailover = true
            talk.hear(welcome)
            #expect(talk.requests.last == ["PSYNC", id, "2", "FAILOVER"])
            talk.hear(answer + "\r\n")
            #expect(talk.wishes.contains(.failoverAnswered(isAccepted: isAccepted)))
            #expect(talk.link.isConnected == isAccepted)
        }
    }
}
