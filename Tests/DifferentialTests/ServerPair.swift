import Harness

/// One of the two servers of a comparison, with the connections that a script has opened to it.
final class Side {
    let server: ServerProcess
    private let admin: Connection
    private var connections: [Int: Connection] = [:]
    private var protocolVersion = 2

    init(_ product: Product) throws {
        server = try ServerProcess(product)
        do {
            admin = try server.connect()
        } catch {
            server.stop()
            throw error
        }
    }

    /// An empty data set, and connections yet to be opened that speak this protocol.
    func reset(protocolVersion: Int) throws {
        connections = [:]
        self.protocolVersion = protocolVersion
        try admin.run("FLUSHALL")
    }

    /// The connection with this number, opened when it is first asked for.
    func connection(_ number: Int) throws -> Connection {
        if let connection = connections[number] { return connection }
        let connection = try server.connect()
        if protocolVersion == 3 { try connection.run("HELLO", 3) }
        connections[number] = connection
        return connection
    }

    /// A command of a connection that no script sees.
    func administer(_ arguments: any Argument...) throws -> Reply {
        try admin.run(arguments.map(\.wireBytes))
    }

    /// Whether the server has a command of this name.
    func knows(_ command: String) throws -> Bool {
        guard let information = try admin.run("COMMAND", "INFO", command).elements?.first else { return false }
        return !information.isNull
    }
}

/// Apus and redis-server with the same config file.
struct ServerPair {
    let apus: Side
    let oracle: Side

    var sides: [Side] { [oracle, apus] }
}

/// Starts both servers, lends them to the body, and ends them whatever the body does.
func withServerPair<Result>(_ body: (ServerPair) throws -> Result) throws -> Result {
    let oracle = try Side(.oracle)
    defer { oracle.server.stop() }
    let apus = try Side(.apus)
    defer { apus.server.stop() }
    let result = try body(ServerPair(apus: apus, oracle: oracle))
    try apus.server.stopSoundly()
    return result
}
