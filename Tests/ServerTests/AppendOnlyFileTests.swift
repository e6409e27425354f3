import Glibc
import Harness
import Persistence
import Primitives
import RESP
import Settings
import Testing

@testable import Commands
@testable import Server

/// The append-only file of a node, with its threads and real files, whose fsyncs a test delays and makes fail.
@Suite struct AppendOnlyFileTests {
    private let directory: TemporaryDirectory
    private let files = GatedFiles()

    init() throws { directory = try TemporaryDirectory() }

    /// A node with its log, loaded as far as `loads` says.
    private final class Stand {
        let node: TestNode
        let file: AppendOnlyFile

        init(_ settings: Settings, _ files: GatedFiles, loads: Bool = true) throws {
            node = TestNode(settings: settings, families: allFamilies + persistenceFamilies)
            node.hands.advance(milliseconds: 10_000)
            node.node.beginTurn()
            file = AppendOnlyFile(
                node.node, Log(settings), packing: PackingHelper(), disk: LogDisk(files), files: files)
            try file.start()
            while loads, file.loading != nil { _ = try file.continueLoading(most: 1000) }
        }

        /// A turn in which a client sends this.
        func turn(_ client: TestClient, _ line: String) {
            client.send(line + "\r\n")
            file.endTurn()
        }

        func turn(_ line: String) { turn(node.client, line) }

        /// Lets a base that is being written come to its end, and the disk to rest.
        func settle() {
            while file.isWalking {
                file.advance { false }
                if file.isWalking { for piece in file.packing.waitForPacked(milliseconds: nil) { file.receive(piece) } }
            }
            file.settle()
        }

        /// What of a client's output may leave.
        func leaving(_ client: TestClient? = nil) -> String {
            let session = (client ?? node.client).session
            let count = node.node.releasableOutput(session)
            let text = String(session.waitingOutput[0..<count])
            session.didSend(count)
            return text
        }
    }

    private func settings(_ change: (inout Settings) -> Void = { _ in }) -> Settings {
        var settings = Settings()
        settings.appendonly = true
        settings.appendfsync = .always
        settings.aofUseRdbPreamble = false
        settings.appenddirname = directory.file("log")
        settings.logfile = directory.file("messages")
        settings.enableDebugCommand = .yes
        change(&settings)
        return settings
    }

    private func names() -> [String] {
        textOfFile(directory.file("log/appendonly.aof.manifest")).split(separator: "\n").map { line in
            String(line.split(separator: " ")[1])
        }
    }

    @Test func repliesWaitForTheFsyncAndOthersAreServed() throws {
        let stand = try Stand(settings(), files)
        let other = stand.node.connect()
        files.shut()
        stand.turn("SET a 1")
        stand.turn(other, "PING")
        #expect(stand.leaving() == "" && stand.leaving(other) == "+PONG\r\n")
        stand.turn(other, "GET a")
        #expect(stand.leaving(other) == "")
        files.open()
        stand.file.settle()
        #expect(stand.leaving() == "+OK\r\n" && stand.leaving(other) == "$1\r\n1\r\n")
        stand.file.close()
    }

    @Test func oneFsyncIsForAllThatWaits() throws {
        let stand = try Stand(settings(), files)
        let clients = (0..<20).map { _ in stand.node.connect() }
        files.shut()
        let before = files.synchronizations
        for client in clients { stand.turn(client, "INCR a") }
        files.open()
        stand.file.settle()
        #expect(files.synchronizations - before == 2)
        #expect(clients.map { stand.leaving($0) } == (1...20).map { ":\($0)\r\n" })
        stand.file.close()
    }

    @Test func onceASecondNobodyWaits() throws {
        let stand = try Stand(settings { $0.appendfsync = .everySecond }, files)
        files.shut()
        for index in 1...3 {
            stand.turn("INCR a")
            #expect(stand.leaving() == ":\(index)\r\n")
        }
        files.open()
        stand.file.close()
        #expect(textOfFile(directory.file("log/appendonly.aof.1.incr.aof")).contains("INCR"))
    }

    @Test func aFailedFsyncIsToldAndMended() throws {
        let stand = try Stand(settings(), files)
        stand.turn("SET a 1")
        stand.file.settle()
        #expect(stand.leaving() == "+OK\r\n")
        files.fail("synchronize", EIO)
        stand.turn("SET b 2")
        stand.file.settle()
        #expect(stand.leaving().hasPrefix("-UNKNOWNOUTCOME "))
        stand.turn("SET c 3")
        #expect(stand.leaving() == "-MISCONF Errors writing to the AOF file: Input/output error\r\n")
        stand.turn("GET b")
        #expect(stand.leaving() == "$1\r\n2\r\n")
        #expect(!stand.file.figures.isWriteFine)
        // As long as it fails, a new base fails as well.
        for isMended in [false, true] {
            if isMended { files.fail("synchronize", nil) }
            stand.node.hands.advance(milliseconds: 1000)
            stand.node.node.beginTurn()
            stand.file.tick()
            stand.settle()
            #expect(stand.file.figures.isWriteFine == isMended)
        }
        stand.turn("SET c 3")
        stand.file.settle()
        #expect(stand.leaving() == "+OK\r\n")
        stand.file.close()
        #expect(!names().contains("appendonly.aof.1.incr.aof"))
        let again = try Stand(settings(), GatedFiles())
        #expect(again.node.run("MGET", "a", "b", "c") == .array(["1", "2", "3"].map { .bulk(Array($0.utf8)) }))
        again.file.close()
    }

    @Test func aWriteThatFailsAtTheEndIsTold() throws {
        let stand = try Stand(settings(), files)
        files.shut()
        stand.turn("SET a 1")
        #expect(stand.leaving() == "")
        stand.turn("SET b 1")
        #expect(
            eventually(withinMilliseconds: 20_000) {
                textOfFile(directory.file("log/appendonly.aof.1.incr.aof")).contains("SET")
            })
        files.fail("write", ENOSPC)
        files.open()
        stand.file.close()
        #expect(stand.leaving() == "+OK\r\n-UNKNOWNOUTCOME " + AppendOnlyFileTests.reason("No space left on device"))
    }

    private static func reason(_ error: String) -> String {
        "It is not known whether the append-only file holds what this command did: \(error)\r\n"
    }

    @Test func whatIsPromisedChangesWithTheDirective() throws {
        let stand = try Stand(settings { $0.appendfsync = .everySecond }, files)
        #expect(!stand.node.node.isFenceUp)
        stand.node.node.settings.appendfsync = .always
        stand.file.adopt(["appendfsync"])
        #expect(stand.node.node.isFenceUp)
        stand.node.node.settings.appendonly = false
        stand.file.adopt(["appendonly"])
        #expect(!stand.node.node.isFenceUp)
        stand.turn("SET a 1")
        #expect(stand.leaving() == "+OK\r\n")
    }

    // MARK: Loading

    private func write(_ count: Int) throws {
        let stand = try Stand(settings(), files)
        for index in 0..<count { stand.turn("SET key:\(index) value") }
        stand.file.close()
    }

    @Test func loadingGoesOnBetweenTurns() throws {
        try write(300)
        let stand = try Stand(settings(), files, loads: false)
        var before = -1
        while let loading = stand.file.loading?.figures {
            #expect(loading.loadedBytes > before && loading.totalBytes > 10_000)
            before = loading.loadedBytes
            #expect(stand.node.run("GET", "key:1") == .error("LOADING Redis is loading the dataset in memory"))
            #expect(text(stand.node.run("INFO", "persistence")).contains("loading:1\r\n"))
            _ = try stand.file.continueLoading(most: 1000)
        }
        #expect(stand.node.run("DBSIZE") == .integer(300))
        #expect(stand.node.node.keyspace.changesSinceSave == 0 && !stand.node.node.isLoading)
        stand.file.close()
    }

    private func text(_ reply: RESP.Reply) -> String {
        switch reply {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .simple(let text): text
        default: "\(reply)"
        }
    }

    @Test func debugLoadsItAgain() throws {
        let stand = try Stand(settings(), files)
        stand.turn("SET a 1")
        stand.turn("DEBUG LOADAOF")
        stand.turn("INCR a")
        stand.file.settle()
        #expect(stand.leaving() == "+OK\r\n+OK\r\n:2\r\n")
        stand.file.close()
        let again = try Stand(settings(), files)
        #expect(again.node.run("GET", "a") == .bulk(Array("2".utf8)))
        again.file.close()
    }

    @Test func aFlushIsHeldUpOnRequest() throws {
        let stand = try Stand(settings(), files)
        stand.turn("DEBUG AOF-FLUSH-SLEEP 1500")
        #expect(stand.node.environment.slept == 0)
        stand.turn("SET a 1")
        #expect(stand.node.environment.slept == 1500)
        stand.turn("GET a")
        stand.turn("DEBUG AOF-FLUSH-SLEEP 0")
        stand.turn("SET a 1")
        #expect(stand.node.environment.slept == 1500)
        stand.file.close()
    }

    // MARK: Latency

    private func events(_ stand: Stand) -> Set<String> {
        guard case .array(let events) = stand.node.run("LATENCY", "LATEST") else { return [] }
        return Set(
            events.compactMap { event in
                guard case .array(let fields) = event else { return nil }
                return text(fields[0])
            })
    }

    @Test func theLatencyMonitorHearsOfTheDisk() throws {
        let stand = try Stand(settings { $0.latencyMonitorThreshold = 1 }, files)
        files.slowDown(1500)
        stand.turn("SET a 1")
        stand.file.settle()
        #expect(events(stand) == ["aof-write", "aof-write-alone", "aof-fsync-always"])
        stand.turn("BGREWRITEAOF")
        // The new increment is there, the base is not.
        stand.file.settle()
        stand.turn("SET a 2")
        stand.settle()
        #expect(
            events(stand)
                == ["aof-write", "aof-write-alone", "aof-write-active-child", "aof-fsync-always", "aof-rename"])
        stand.file.close()
    }

    @Test func theLatencyMonitorHearsOfAWriteBehindAnFsync() throws {
        let stand = try Stand(
            settings {
                $0.latencyMonitorThreshold = 1
                $0.appendfsync = .everySecond
            }, files)
        files.slowDown(1500)
        files.shut()
        stand.turn("SET a 1")
        // It is written; the fsync stands before the gate.
        stand.file.awaitResults()
        stand.turn("SET a 2")
        stand.node.hands.advance(milliseconds: 2000)
        stand.node.node.beginTurn()
        // The node waits from here on until the disk goes on.
        files.open(afterLooks: 10)
        stand.turn("SET a 3")
        #expect(events(stand).contains("aof-write-pending-fsync"))
        #expect(stand.file.figures.delayedSynchronizations == 1)
        stand.file.close()
    }

    @Test func itIsNotTurnedOnWhereItCannotBegin() throws {
        let stand = try Stand(settings { $0.appendonly = false }, files)
        try directory.write("a file", to: "log")
        #expect(throws: CommandError.self) { try stand.file.prepare(settings()) }
        unlink(directory.file("log"))
        try stand.file.prepare(settings())
        files.fail("open", EACCES)
        #expect(throws: CommandError.self) { try stand.file.prepare(settings()) }
    }
}
