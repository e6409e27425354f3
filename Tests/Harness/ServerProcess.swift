import Glibc

/// Which server a process runs.
public enum Product: Sendable {
    /// The server under test.
    case apus
    /// The real redis-server, which is right by definition.
    case oracle

    /// The program to start.
    public var program: String {
        switch self {
        case .apus: getenv("APUS_BINARY").map { String(cString: $0) } ?? packageRoot + "/.build/release/apus"
        case .oracle: "redis-server"
        }
    }

    /// The words before the config file. A program that is called redis-server takes the file alone.
    public var leadingArguments: [String] {
        program.split(separator: "/").last == "redis-server" ? [] : ["server"]
    }
}

/// The folder of Package.swift: three above this file.
public let packageRoot: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
}()

/// A server that runs as a process of its own, on loopback, on a free port, in a directory of its own.
public final class ServerProcess {
    /// The port it listens on.
    public let port: Int
    /// Its working directory, with its config file, its log and what it writes.
    public let directory: TemporaryDirectory
    /// The process.
    public let child: ChildProcess

    /// Starts a server with the lines added to its config file, and waits until it accepts connections.
    public convenience init(
        _ product: Product, _ configuration: [String] = [], arguments: [String] = [], launcher: [String] = []
    ) throws {
        try self.init(product, port: try freePort(), configuration, arguments: arguments, launcher: launcher)
        try waitUntilReady()
    }

    /// Starts a server on this port and does not wait for it.
    public init(
        _ product: Product, port: Int, _ configuration: [String] = [], arguments: [String] = [],
        launcher: [String] = []
    ) throws {
        self.port = port
        directory = try TemporaryDirectory()
        let lines = ServerProcess.baseConfiguration(port: port, directory: directory.path) + configuration
        let path = try directory.write(lines.joined(separator: "\n") + "\n", to: "server.conf")
        child = try ChildProcess(
            product.program, product.leadingArguments + [path] + arguments, directory: directory.path,
            outputPath: directory.file("log"), launcher: launcher)
    }

    /// The lines that every server of the tests gets.
    public static func baseConfiguration(port: Int, directory: String) -> [String] {
        [
            "port \(port)", "bind 127.0.0.1", "dir \(directory)", "save \"\"", "appendonly no",
            "enable-debug-command yes", "loglevel notice",
        ]
    }

    /// Whether this is how a server answers PING that serves, even if only clients that it knows.
    private func isServing(_ answer: Reply) -> Bool {
        answer == .simple("PONG") || answer.errorText?.hasPrefix("NOAUTH ") == true
    }

    private func waitUntilReady() throws {
        let ready = eventually {
            child.exitStatus() != nil || (try? connect().run("PING")).map(isServing) == true
        }
        guard ready, child.exitStatus() == nil else {
            child.kill()
            throw HarnessError.notStarted(log: log)
        }
    }

    /// What the server has written to standard output and standard error.
    public var log: String { child.output }

    /// Whether the server writes this, now or soon. A server answers before it has logged that it is ready.
    public func logs(_ text: String) -> Bool { eventually { log.contains(text) } }

    /// A new connection.
    public func connect() throws -> Connection { try Connection(port: port) }

    /// Ends the server; how it ended.
    @discardableResult
    public func stop() -> ExitStatus? { child.terminate() }

    /// Ends the server. Throws if it was built with a sanitizer, and that has found something; leaks are found at the end.
    public func stopSoundly() throws {
        stop()
        if log.contains("Sanitizer: ") { throw HarnessError.unsound(log: log) }
    }
}

/// Starts a server, lends it to the body, and ends it whatever the body does.
public func withServer<Result>(
    _ product: Product = .apus, _ configuration: [String] = [], arguments: [String] = [], launcher: [String] = [],
    _ body: (ServerProcess) throws -> Result
) throws -> Result {
    let server = try ServerProcess(product, configuration, arguments: arguments, launcher: launcher)
    defer { server.stop() }
    let result = try body(server)
    try server.stopSoundly()
    return result
}

/// Starts a server, lends one connection to it to the body, and ends it whatever the body does.
public func withConnection<Result>(
    _ configuration: [String] = [], _ body: (Connection) throws -> Result
) throws -> Result {
    try withServer(.apus, configuration) { try body(try $0.connect()) }
}
