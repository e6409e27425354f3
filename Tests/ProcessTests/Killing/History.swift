import Glibc
import Harness
import Testing

/// A directory in which one server after the other lives, writes and is killed, and what is in it.
final class History {
    let directory: TemporaryDirectory
    var random: SeededRandom
    private let configuration: [String]
    /// Steps that were there when it was last looked.
    private(set) var known = 0
    /// Servers that were killed.
    private(set) var deaths = 0
    private let seed: UInt64
    /// Whether servers begin with the append-only file.
    var isLogged: Bool

    /// Another seed is set by `APUS_KILL_SEED`.
    static func seed() -> UInt64 {
        let seed = getenv("APUS_KILL_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0..<1_000_000)
        print("kill tests: APUS_KILL_SEED=\(seed)")
        return seed
    }

    /// How many are killed where the server is the usual one. One with a sanitizer in it is slow, and gets a fifth.
    static func lives(_ count: Int) -> Int { getenv("APUS_BINARY") == nil ? count : count / 5 }

    /// Begins with some keys.
    init(_ seed: UInt64, isLogged: Bool, _ configuration: [String]) throws {
        (self.seed, self.isLogged, self.configuration) = (seed, isLogged, configuration)
        random = SeededRandom(seed: seed)
        directory = try TemporaryDirectory()
        let server = try start()
        let connection = try server.connect()
        for reply in try connection.pipeline(Ledger.ballast) { #expect(reply.integer == 20) }
        expect(try connection.run("SAVE"), is: .ok)
        server.stop()
    }

    var comment: Comment { "seed \(seed), after \(deaths) deaths" }

    private func start(_ product: Product = .apus) throws -> ServerProcess {
        let lines = ["dir \(directory.path)", "appendonly \(isLogged ? "yes" : "no")"]
        return try ServerProcess(product, lines + configuration)
    }

    /// Starts a server, lets `body` write, kills it, and starts the next, whose data `accepts` has to know how to explain.
    func live(
        _ body: (Writer, Connection) throws -> Void, accepts: (_ found: Int, _ writer: Writer) -> Bool
    ) throws {
        let server = try start()
        let writer = Writer(try server.connect(), known: known)
        try body(writer, try server.connect())
        server.child.kill()
        deaths += 1
        writer.drain()
        #expect(writer.failures.isEmpty, comment)
        let found = try look(.apus)
        known = try #require(found, comment)
        #expect(
            accepts(known, writer), "found \(known) of \(writer.sent), answered \(writer.acknowledged); \(comment)")
    }

    /// How many steps a fresh server finds.
    private func look(_ product: Product) throws -> Int? {
        let server = try start(product)
        defer { server.child.kill() }
        let found = try Ledger.look(try server.connect())
        let steps = Ledger.steps(found)
        if steps == nil { Issue.record("no number of steps explains \(found); \(comment)") }
        return steps
    }

    /// A server that ends in order leaves files in which nothing is wrong, and which the reference reads.
    func end() throws {
        try start().stopSoundly()
        let check =
            isLogged
            ? ["check-aof", directory.file("appendonlydir/appendonly.aof.manifest")]
            : ["check-rdb", directory.file("dump.rdb")]
        let result = try runProgram(Product.apus.program, check)
        #expect(result.status == .exited(0), "\(result.output) \(comment)")
        let found = try look(.oracle)
        #expect(found == known, comment)
    }

    /// Lets a moment go by, up to so many microseconds.
    func pauseShortly(most microseconds: Int = 4000) { usleep(UInt32(random.below(microseconds))) }
}
