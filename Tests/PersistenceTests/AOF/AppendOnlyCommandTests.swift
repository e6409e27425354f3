import Primitives
import RESP
import Settings
import Storage
import Testing

@testable import Commands
@testable import Persistence

/// A log that is what a test says.
private final class StagedLog: AppendOnlyLog {
    var waitingBytes = 0
    var figures = AppendOnlyFigures()
    var answer = RewriteAnswer.started
    var refusal: CommandError?

    func reload() throws(CommandError) {}
    func close() {}
    func beginAnew() {}

    func requestRewrite(later: Bool) throws(CommandError) -> RewriteAnswer {
        if let refusal { throw refusal }
        return later ? .scheduled : answer
    }
}

@Suite struct AppendOnlyCommandTests {
    private let node = TestNode(families: allFamilies + persistenceFamilies)
    private let log = StagedLog()

    init() {
        node.node.appendOnlyLog = log
        log.figures.isOn = true
    }

    private func text(_ reply: Reply) -> String {
        switch reply {
        case .simple(let text), .error(let text): text
        default: "\(reply)"
        }
    }

    @Test func rewritingIsAskedFor() {
        #expect(text(node.run("BGREWRITEAOF")) == "Background append only file rewriting started")
        log.answer = .scheduled
        #expect(text(node.run("BGREWRITEAOF")) == "Background append only file rewriting scheduled")
        log.refusal = .message("ERR Background append only file rewriting already in progress")
        #expect(text(node.run("BGREWRITEAOF")) == "ERR Background append only file rewriting already in progress")
        #expect(text(TestNode(families: allFamilies + persistenceFamilies).run("BGREWRITEAOF")).hasPrefix("ERR Can't"))
    }

    @Test func inATransactionItIsForLater() {
        node.run("MULTI")
        node.run("BGREWRITEAOF")
        #expect(node.run("EXEC") == .array([.simple("Background append only file rewriting scheduled")]))
    }

    @Test func waitingEndsWithAnErrorWhenTheLogIsTurnedOff() {
        node.node.keyspace.journal.attach(RecordingLog())
        node.run("SET", "a", "1")
        let clients = (0..<4).map { _ in node.connect() }
        clients[0].send("WAITAOF 1 0 0\r\nPING\r\n")
        clients[1].send("WAITAOF 1 1 0\r\n")
        clients[2].send("WAITAOF 0 1 0\r\n")
        clients[3].send("WAITAOF 1 0 50\r\n")
        node.advance(milliseconds: 50)
        #expect(clients[3].replies() == [.array([.integer(0), .integer(0)])])
        clients[3].send("BLPOP list 0\r\n")
        node.node.didTurnOffLog()
        node.resume()
        let error = Reply.error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
        #expect(clients.map { $0.replies() } == [[error, .simple("PONG")], [error], [], []])
    }

    @Test func waitingForReplicasDoesNotEndWithTheFsync() {
        node.node.keyspace.journal.attach(RecordingLog())
        node.run("SET", "a", "1")
        let client = node.connect()
        client.send("WAITAOF 1 1 0\r\n")
        log.figures.synchronizedOffset = .max
        node.node.didSynchronize(.max)
        #expect(client.replies().isEmpty)
    }

    @Test func waitingEndsWithTheFsync() {
        let reader = RecordingLog()
        node.node.keyspace.journal.attach(reader)
        node.run("SET", "a", "1")
        let offset = node.node.keyspace.journal.offset
        let (first, second) = (node.connect(), node.connect())
        first.send("WAITAOF 1 0 0\r\n")
        second.send("WAITAOF 0 1 0\r\n")
        log.figures.synchronizedOffset = offset - 1
        node.node.didSynchronize(offset - 1)
        #expect(first.replies().isEmpty)
        log.figures.synchronizedOffset = offset
        node.node.didSynchronize(offset)
        #expect(first.replies() == [.array([.integer(1), .integer(0)])])
        #expect(second.replies().isEmpty)
        #expect(node.run("WAITAOF", "1", "0", "0") == .array([.integer(1), .integer(0)]))
    }

    @Test func waitingEndsWithItsTime() {
        node.node.keyspace.journal.attach(RecordingLog())
        node.run("SET", "a", "1")
        let client = node.connect()
        client.send("WAITAOF 1 0 50\r\nPING\r\n")
        node.advance(milliseconds: 49)
        #expect(client.replies().isEmpty)
        node.advance(milliseconds: 1)
        #expect(client.replies() == [.array([.integer(0), .integer(0)]), .simple("PONG")])
        // What comes later is nobody's any more.
        client.send("BLPOP list 0\r\n")
        log.figures.synchronizedOffset = .max
        node.node.didSynchronize(.max)
        #expect(client.replies().isEmpty)
    }

    @Test func waitingNeedsALog() {
        log.figures.isOn = false
        #expect(
            text(node.run("WAITAOF", "1", "0", "0"))
                == "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
        #expect(node.run("WAITAOF", "0", "0", "0") == .array([.integer(0), .integer(0)]))
        for wrong in [["2", "0", "0"], ["-1", "0", "0"], ["0", "-1", "0"], ["0", "0", "-1"], ["x", "0", "0"]] {
            guard case .error = node.run(["WAITAOF"] + wrong) else {
                Issue.record("\(wrong)")
                continue
            }
        }
    }

    @Test func writesAreRefusedWhileNothingCanBeWritten() {
        node.run("SET", "a", "1")
        node.node.diskFaults.log = "No space left on device"
        let refusal = "MISCONF Errors writing to the AOF file: No space left on device"
        for line in [["SET", "a", "2"], ["PING"], ["DEL", "a"]] { #expect(text(node.run(line)) == refusal) }
        #expect(node.run("GET", "a") == .bulk(Array("1".utf8)))
        node.run("MULTI")
        #expect(text(node.run("SET", "a", "3")) == refusal)
        #expect(text(node.run("EXEC")).hasPrefix("EXECABORT"))
        node.node.diskFaults.log = nil
        #expect(node.run("SET", "a", "2") == .simple("OK"))
    }

    @Test func informationShowsIt() {
        log.figures.size = 1234
        log.figures.consecutiveFailures = 2
        log.figures.isWriteFine = false
        func lines() -> String {
            guard case .bulk(let bytes) = node.run("INFO", "persistence") else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        for line in [
            "aof_enabled:1", "aof_current_size:1234", "aof_last_bgrewrite_status:err", "aof_last_write_status:err",
            "aof_rewrites_consecutive_failures:2", "aof_last_rewrite_time_sec:-1", "aof_delayed_fsync:0",
        ] {
            #expect(lines().contains("\(line)\r\n"), "\(line)")
        }
        log.figures.isOn = false
        #expect(!lines().contains("aof_current_size"))
    }
}

/// Follows the journal, so that it is written at all.
private final class RecordingLog: JournalReader {
    func read(_ bytes: Bytes, endingAt offset: Int64) {}
}
