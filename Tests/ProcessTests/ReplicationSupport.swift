import Harness
import Testing

/// A server with a connection to it.
struct Client {
    let server: ServerProcess
    let connection: Connection

    init(_ server: ServerProcess, _ connection: Connection) { (self.server, self.connection) = (server, connection) }

    @discardableResult
    func run(_ arguments: any Argument...) throws -> Reply { try connection.run(arguments.map(\.wireBytes)) }

    /// A field of INFO; empty where there is none.
    func field(_ name: String, in section: String = "replication") throws -> String {
        let lines = try run("INFO", section).words.split(whereSeparator: \.isNewline)
        return lines.first { $0.hasPrefix("\(name):") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }
}

extension Reply {
    /// What it says, if it is a string.
    var words: String {
        switch self {
        case .bulk(let bytes), .verbatim(_, let bytes): String(decoding: bytes, as: UTF8.self)
        case .simple(let text): text
        default: ""
        }
    }
}

extension ProcessTests.ReplicaTests {
    static let fast = ["repl-diskless-sync-delay 0"]

    /// Starts a server of a kind and an Apus beside it.
    func withPair<Result>(
        _ product: Product, _ settings: [String] = [], _ own: [String] = [], _ body: (Client, Client) throws -> Result
    ) throws -> Result {
        try withServer(product, settings) { first in
            try withServer(.apus, own) { second in
                return try body(Client(first, try first.connect()), Client(second, try second.connect()))
            }
        }
    }

    func follow(_ primary: Client, _ replica: Client) throws {
        try #expect(replica.run("REPLICAOF", "127.0.0.1", "\(primary.server.port)") == .ok)
        try expectUp(replica)
    }

    func expectUp(_ replica: Client) throws {
        let isUp = try eventually { try replica.field("master_link_status") == "up" }
        #expect(isUp, "\(replica.server.log.suffix(1500))")
    }

    /// Waits until a replica has all of its primary's journal.
    func expectCaughtUp(_ primary: Client, _ replica: Client) throws {
        let isEqual = try eventually {
            try primary.field("master_repl_offset") == replica.field("master_repl_offset")
        }
        #expect(isEqual, "\(replica.server.log.suffix(1500))")
    }

    func expectSame(_ primary: Client, _ replica: Client) throws {
        let isSame = try eventually { try primary.run("DEBUG", "DIGEST") == replica.run("DEBUG", "DIGEST") }
        #expect(isSame, "\(replica.server.log.suffix(1500))")
    }

    /// Keys of all types, small and large.
    func fill(_ client: Client) throws {
        let connection = client.connection
        try connection.run("SELECT", "0")
        for number in 0..<300 { try connection.run("SET", "string:\(number)", "value \(number * number)") }
        try connection.run("SET", "large", Bytes(repeating: 0x61, count: 300_000))
        try connection.run("SET", "expiring", "1", "PX", "10000000")
        for (size, name) in [(3, "small"), (700, "large")] {
            for number in 0..<size {
                try connection.run("RPUSH", "list:\(name)", "element \(number)")
                try connection.run("SADD", "set:\(name)", "member \(number)")
                try connection.run("ZADD", "sorted:\(name)", "\(number).5", "member \(number)")
                try connection.run("HSET", "hash:\(name)", "field \(number)", "value \(number)")
                try connection.run("XADD", "stream:\(name)", "\(number + 1)-1", "field", "value \(number)")
            }
        }
        try connection.run("SELECT", "5")
        try connection.run("SET", "elsewhere", "1")
        try connection.run("SELECT", "0")
    }
}
