import Primitives
import RESP

// How a connection is described in CLIENT LIST, CLIENT INFO and the log.

/// What a connection is for, as CLIENT LIST and CLIENT KILL tell apart.
enum ClientKind {
    case normal, primary, replica, subscriber

    init?(_ name: Bytes) {
        if name.equals(ignoringCase: "normal") {
            self = .normal
        } else if name.equals(ignoringCase: "master") || name.equals(ignoringCase: "primary") {
            self = .primary
        } else if name.equals(ignoringCase: "slave") || name.equals(ignoringCase: "replica") {
            self = .replica
        } else if name.equals(ignoringCase: "pubsub") {
            self = .subscriber
        } else {
            return nil
        }
    }
}

extension Session {
    /// A monitor counts as a normal client.
    var kind: ClientKind {
        if isReplica { return .replica }
        if isPrimary { return .primary }
        return attention.contains(.subscribed) ? .subscriber : .normal
    }
}

extension Node {
    /// The line of a session, without a line break.
    /// - Parameter call: the command that is running, of whose session more is known.
    func line(of session: Session, _ call: Call? = nil) -> String {
        let own = call.flatMap { $0.session === session ? $0 : nil }
        let memory = SessionMemory(session, own)
        return fieldsOfIdentity(session) + " " + fieldsOfState(session) + " " + memory.fields + " "
            + fieldsOfUse(session, own)
    }

    private func fieldsOfIdentity(_ session: Session) -> String {
        let now = keyspace.now / 1000
        return [
            "id=\(session.id)", "addr=\(session.peerAddress)", "laddr=\(session.localAddress)",
            "fd=\(session.descriptor)",
            "name=\(String(decoding: session.name, as: UTF8.self))", "age=\(now - session.connectedAt)",
            "idle=\(now - session.lastActiveAt)",
        ].joined(separator: " ")
    }

    private func fieldsOfState(_ session: Session) -> String {
        "flags=\(flags(of: session)) db=\(session.database) "
            + "sub=\(session.subscriptions[.channel].count) psub=\(session.subscriptions[.pattern].count) "
            + "ssub=\(session.subscriptions[.shardChannel].count) "
            + "multi=\(session.isPrimary ? -1 : session.transaction?.commands.count ?? -1) watch=\(session.watch.keyCount)"
    }

    private func fieldsOfUse(_ session: Session, _ own: Call?) -> String {
        let last = session.lastCommand >= 0 ? commands.fullNames[session.lastCommand] : "NULL"
        return [
            "events=\(events(of: session, isOwn: own != nil))", "cmd=\(own?.name ?? last)", "user=\(session.userName)",
            "redir=\(session.redirection)", "resp=\(session.writer.version.rawValue)",
            "lib-name=\(String(decoding: session.libraryName, as: UTF8.self))",
            "lib-ver=\(String(decoding: session.libraryVersion, as: UTF8.self))", "io-thread=0",
            "tot-net-in=\(session.bytesIn)", "tot-net-out=\(session.bytesOut)", "tot-cmds=\(session.commandCount)",
            "read-events=\(session.readCount)", "parse-batch-cmd-sum=\(session.commandCount)",
            "parse-batch-cnt=\(session.readCount)", "capa=\(session.capabilities.contains("redirect") ? "r" : "")",
        ].joined(separator: " ")
    }

    private func events(of session: Session, isOwn: Bool) -> String {
        (session.wantsInput ? "r" : "") + (session.waitingOutput.count > 0 && !isOwn ? "w" : "")
    }

    /// One letter for each thing that is special about a session, N where there is none.
    func flags(of session: Session) -> String {
        if session.isPrimary { return "M" }
        var flags = ""
        if session.attention.contains(.monitor) { flags += "O" }
        if session.isReplica { flags += "S" }
        if session.attention.contains(.importLink) { flags += "i" }
        if session.attention.contains(.subscribed) { flags += "P" }
        if session.transaction != nil { flags += "x" }
        if session.isBlocked || session.state == .postponed { flags += "b" }
        if session.readsReplica { flags += "r" }
        flags += session.tracking?.flags ?? ""
        if keyspace.isDirty(session.watch) { flags += "d" }
        if session.state == .closingAfterReply { flags += "c" }
        if session.state == .closed { flags += "A" }
        if session.isUnixSocket { flags += "U" }
        if session.isProtectedFromEviction { flags += "e" }
        if session.leavesAccessClock { flags += "T" }
        return flags.isEmpty ? "N" : flags
    }
}

/// Where the memory of a session goes, in bytes.
///
/// There is one output buffer; what it holds beyond the room it has when at rest counts as the reference's list of
/// replies, whose figure operators watch.
private struct SessionMemory {
    let query: Int
    let freeQuery: Int
    let arguments: Int
    let queued: Int
    let output: Int
    let room: Int
    let total: Int
    /// Of the journal, for a replica.
    let journal: (bytes: Int, blocks: Int)

    init(_ session: Session, _ own: Call?) {
        query = session.inputCount - session.consumed
        freeQuery = max(0, session.inputCapacity - session.inputCount)
        arguments = own.map(SessionMemory.argumentBytes) ?? 0
        queued = session.transaction?.byteCount ?? 0
        output = session.waitingOutput.count
        room = session.writer.capacity
        journal = session.isReplica ? session.replica?.waiting ?? (0, 0) : (0, 0)
        total = session.memoryBytes + journal.bytes
    }

    private static func argumentBytes(_ call: Call) -> Int {
        (0..<call.arguments.count).reduce(0) { $0 + call.arguments[$1].count }
    }

    var fields: String {
        let resting = min(room, ReplyWriter.restingCapacity)
        return [
            "qbuf=\(query)", "qbuf-free=\(freeQuery)", "argv-mem=\(arguments)", "multi-mem=\(queued)", "rbs=\(resting)",
            "rbp=\(resting)", "obl=\(min(output, resting))", "oll=\((output > resting ? 1 : 0) + journal.blocks)",
            "omem=\(room - resting + journal.bytes)",
            "tot-mem=\(total)",
        ].joined(separator: " ")
    }
}
