import Primitives
import RESP

// CLIENT LIST, INFO and KILL: which connections are meant.

private let filters = [
    "ID client-id [client-id ...]", "TYPE (normal|master|primary|slave|replica|pubsub)", "USER username",
    "ADDR ip:port",
    "LADDR ip:port", "SKIPME (YES|NO)", "MAXAGE maxage", "NAME name", "IDLE idle", "FLAGS flags", "LIB-NAME lib-name",
    "LIB-VER lib-ver", "DB db", "CAPA capa", "IP ip", "NOT-ID not-client-id [not-client-id ...]",
    "NOT-TYPE (normal|master|primary|slave|replica|pubsub)", "NOT-USER not-username", "NOT-ADDR ip:port",
    "NOT-LADDR ip:port", "NOT-NAME not-name", "NOT-FLAGS not-flags", "NOT-LIB-NAME not-lib-name",
    "NOT-LIB-VER not-lib-ver", "NOT-DB not-db", "NOT-CAPA not-capa", "NOT-IP not-ip",
]

let listSyntax = filters.map { "[\($0)]" }.joined(separator: " ")

let killSyntax: String = {
    let filter = "(" + filters.joined(separator: "|") + ")"
    return "(ip:port|\(filter) [\(filter) ...])"
}()

func clientInfo(_ call: inout Call) throws(CommandError) {
    call.reply.verbatim(call.node.line(of: call.session, call) + "\n")
}

func listClients(_ call: inout Call) throws(CommandError) {
    var filter = ClientFilter(badID: "ERR Invalid client ID", smallestID: .min)
    try filter.read(call)
    var text = ""
    for session in filter.sessions(of: call) { text += call.node.line(of: session, call) + "\n" }
    call.reply.verbatim(text)
}

func killClients(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 3 { return try killByAddress(call) }
    var filter = ClientFilter(badID: "ERR client-id should be greater than 0", smallestID: 1)
    filter.skipsOwn = true
    try filter.read(call)
    let sessions = filter.sessions(of: call)
    for session in sessions { kill(session, call) }
    call.reply.integer(sessions.count)
}

private func killByAddress(_ call: Call) throws(CommandError) {
    let address = String(call.arguments[2])
    let found = ClientFilter(badID: "", smallestID: 1).sessions(of: call).filter { $0.peerAddress == address }
    guard let session = found.first else { throw .message("ERR No such client") }
    kill(session, call)
    call.reply.ok()
}

/// Whoever kills itself still gets the reply.
private func kill(_ session: Session, _ call: Call) {
    call.node.close(session, afterReply: session === call.session)
}

/// Conditions that a connection has to meet, all of them.
private struct ClientFilter {
    typealias Condition = (Session) -> Bool

    /// The error for what is no number of a client.
    let badID: StaticString
    let smallestID: Int64
    var skipsOwn = false
    private var conditions: [Condition] = []

    init(badID: StaticString, smallestID: Int64) {
        self.badID = badID
        self.smallestID = smallestID
    }

    /// The open sessions that are meant, by number.
    func sessions(of call: Call) -> [Session] {
        call.node.sessions.values.filter { session in
            !session.isClosed && !(skipsOwn && session === call.session) && conditions.allSatisfy { $0(session) }
        }.sorted { $0.id < $1.id }
    }

    /// Reads the options from the third argument on.
    mutating func read(_ call: Call) throws(CommandError) {
        var options = call.options(from: 2)
        while !options.isAtEnd {
            let word = String(try options.next()).lowercased()
            guard !options.isAtEnd else { throw .syntax }
            if word == "skipme" {
                skipsOwn = try ClientFilter.yesOrNo(&options)
            } else {
                conditions.append(try condition(word, &options, call.node))
            }
        }
    }

    private static func yesOrNo(_ options: inout ArgumentReader) throws(CommandError) -> Bool {
        if options.take("yes") { return true }
        guard options.take("no") else { throw .syntax }
        return false
    }

    private func condition(
        _ word: String, _ options: inout ArgumentReader, _ node: Node
    ) throws(CommandError) -> Condition {
        if word.hasPrefix("not-") {
            let inverse = try plainCondition(String(word.dropFirst(4)), &options, node)
            return { !inverse($0) }
        }
        switch word {
        case "maxage":
            let age = try ClientFilter.positive(&options, "maxage")
            return { node.keyspace.now / 1000 - $0.connectedAt >= age }
        case "idle":
            let idle = try ClientFilter.positive(&options, "idle")
            return { node.keyspace.now / 1000 - $0.lastActiveAt >= idle }
        default: return try plainCondition(word, &options, node)
        }
    }

    /// A condition that has an opposite.
    private func plainCondition(
        _ word: String, _ options: inout ArgumentReader, _ node: Node
    ) throws(CommandError) -> Condition {
        if word == "id" {
            let ids = try clientIDs(&options)
            return { ids.contains(Int64($0.id)) }
        }
        let bytes = try options.next()
        let text = String(bytes)
        switch word {
        case "type": return try ClientFilter.isOfKind(bytes)
        case "user": return try ClientFilter.isUser(bytes, node)
        case "addr": return { $0.peerAddress == text }
        case "laddr": return { $0.localAddress == text }
        case "ip": return { ClientFilter.host($0.peerAddress) == text }
        case "name": return { String(decoding: $0.name, as: UTF8.self) == text }
        case "lib-name": return { String(decoding: $0.libraryName, as: UTF8.self) == text }
        case "lib-ver": return { String(decoding: $0.libraryVersion, as: UTF8.self) == text }
        case "flags": return try ClientFilter.hasFlags(text, node)
        case "db": return try ClientFilter.usesDatabase(bytes, node)
        case "capa": return { $0.capabilities.contains(text == "r" ? "redirect" : text) }
        default: throw .syntax
        }
    }

    /// Numbers up to the next word.
    private func clientIDs(_ options: inout ArgumentReader) throws(CommandError) -> Set<Int64> {
        var ids: Set<Int64> = []
        repeat {
            guard let id = try options.next().integer, id >= smallestID else { throw .message(badID) }
            ids.insert(id)
        } while options.isAtInteger
        return ids
    }

    private static func positive(_ options: inout ArgumentReader, _ name: String) throws(CommandError) -> Int64 {
        guard let value = try options.next().integer else {
            throw .text("ERR \(name) is not an integer or out of range")
        }
        guard value > 0 else { throw .text("ERR \(name) should be greater than 0") }
        return value
    }

    private static func isOfKind(_ name: Bytes) throws(CommandError) -> Condition {
        guard let kind = ClientKind(name) else { throw .text("ERR Unknown client type '\(name.echoed())'") }
        return { $0.kind == kind }
    }

    private static func isUser(_ name: Bytes, _ node: Node) throws(CommandError) -> Condition {
        guard let account = node.access.account(name) else { throw .text("ERR No such user '\(name.echoed())'") }
        return { $0.account === account }
    }

    private static func host(_ address: String) -> String {
        address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address
    }

    private static func hasFlags(_ wanted: String, _ node: Node) throws(CommandError) -> Condition {
        guard wanted.allSatisfy({ "AbBcdeMNOPrRStTuUxI".contains($0) }) else {
            throw .text("ERR Unknown flags found in the provided filter: \(wanted)")
        }
        return { session in
            let flags = node.flags(of: session)
            return wanted.allSatisfy { flags.contains($0) }
        }
    }

    private static func usesDatabase(_ number: Bytes, _ node: Node) throws(CommandError) -> Condition {
        guard let index = number.integer else { throw .notInteger }
        guard index >= 0, index < node.keyspace.databaseCount else { throw .databaseOutOfRange }
        return { $0.database == Int(index) }
    }
}

extension ArgumentReader {
    /// Whether an integer comes next.
    fileprivate var isAtInteger: Bool {
        var copy = self
        return (try? copy.next())?.integer != nil
    }
}
