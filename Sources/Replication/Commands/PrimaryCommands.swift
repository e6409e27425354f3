import Commands
import Primitives
import RESP

/// The commands of this module.
public let replicationFamilies: [[Command]] = [primaryCommands, replicaCommands]

/// What replicas send.
let primaryCommands: [Command] = [
    Command(
        "psync", .server, since: "2.8.0", arity: -3, [.admin, .noscript, .noAsyncLoading, .noMulti],
        syntax: "replicationid offset", complexity: "", summary: "An internal command used in replication.",
        run: partialSynchronisation),
    Command(
        "sync", .server, since: "1.0.0", arity: 1, [.admin, .noscript, .noAsyncLoading, .noMulti], complexity: "",
        summary: "An internal command used in replication.", run: fullSynchronisation),
    Command(
        "replconf", .server, since: "3.0.0", arity: -1, [.admin, .noscript, .loading, .stale, .allowBusy],
        complexity: "O(1)", summary: "An internal command for configuring the replication stream.", run: configure),
]

private func replication(_ call: Call) throws(CommandError) -> Replication {
    guard let replication = call.node.replication as? Replication else {
        throw .message("ERR There is no replication.")
    }
    return replication
}

/// The link of whoever asks to be synchronised; nil for one that is a replica already.
private func askingLink(_ call: Call) throws(CommandError) -> ReplicaLink? {
    let replication = try replication(call)
    if call.session.isReplica { return nil }
    if replication.replica.failover.word == "failover-in-progress" {
        throw .message("NOMASTERLINK Can't SYNC while failing over")
    }
    if call.node.isReplica, !replication.isConnectedToPrimary {
        throw .message("NOMASTERLINK Can't SYNC while not connected with my master")
    }
    if call.node.promiseState == .unproven {
        throw .message("NOMASTERLINK Can't SYNC before it is known that nobody has more of the history")
    }
    let link = replication.primary.link(of: call.session)
    if link.content != .everything, !link.takesUnknownLength {
        call.node.disconnect(call.session)
        throw .message("ERR Filtered replica requires EOF capability")
    }
    return link
}

private func partialSynchronisation(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 3, call.arguments[3].equals(ignoringCase: "failover") { try takeOver(call) }
    guard let offset = call.arguments[2].integer else { throw .notInteger }
    guard let link = try askingLink(call) else { return }
    let request = ResynchronisationRequest(id: String(call.arguments[1]), offset: offset)
    try replication(call).primary.synchronise(link, request)
}

/// The primary asks its replica to take over.
private func takeOver(_ call: Call) throws(CommandError) {
    guard call.node.isReplica else { throw .message("ERR PSYNC FAILOVER can't be sent to a master.") }
    guard String(call.arguments[1]).lowercased() == call.node.history.id else {
        throw .message("ERR PSYNC FAILOVER replid must match my replid.")
    }
    call.node.log(.notice, "Failover request was accepted, promoting myself to a primary")
    try replication(call).replica.followNobody()
}

private func fullSynchronisation(_ call: inout Call) throws(CommandError) {
    guard let link = try askingLink(call) else { return }
    link.isOld = true
    call.node.log(.notice, "Replica \(link.name) asks for synchronization")
    try replication(call).primary.synchroniseFully(link)
}

// MARK: REPLCONF

private func configure(_ call: inout Call) throws(CommandError) {
    let isResuming = call.arguments.count == 4 && call.arguments[1].equals(ignoringCase: "apus-resume")
    guard call.arguments.count % 2 == 1 || isResuming else { throw .syntax }
    let replication = try replication(call)
    var options = call.options(from: 1)
    while !options.isAtEnd {
        let name = try options.next()
        if name.equals(ignoringCase: "ack") { return try acknowledge(&options, call, replication) }
        if name.equals(ignoringCase: "apus-resume") { return try resume(&options, call, replication) }
        if name.equals(ignoringCase: "apus-term") { return try tellTerm(&call) }
        // A primary asks this by its journal only.
        if name.equals(ignoringCase: "getack") { return }
        try tell(name, try options.next(), replication.primary.link(of: call.session))
    }
    call.reply.ok()
}

/// The term in which the node leads, 0 for none yet, and up to where its history reaches.
private func tellTerm(_ call: inout Call) throws(CommandError) {
    let term: UInt64
    switch call.node.promiseState {
    case .off, .refused: throw .message("ERR Nothing is promised here")
    case .unproven, .withheld: term = 0
    case .term(let own): term = own
    }
    call.reply.simple("\(term) \(call.node.keyspace.journal.offset)")
}

private func tell(_ name: Bytes, _ value: Bytes, _ link: ReplicaLink) throws(CommandError) {
    if name.equals(ignoringCase: "listening-port") {
        guard let port = value.integer else { throw .notInteger }
        link.port = Int(clamping: port)
    } else if name.equals(ignoringCase: "ip-address") {
        guard value.count < 256 else {
            throw .text("ERR REPLCONF ip-address provided by replica instance is too long: \(value.count) bytes")
        }
        link.address = String(value)
    } else if name.equals(ignoringCase: "capa") {
        if value.equals(ignoringCase: "eof") { link.takesUnknownLength = true }
        if value.equals(ignoringCase: "psync2") { link.knowsSecondHistory = true }
        if value.equals(ignoringCase: "apus-resume") { link.resumesSnapshots = true }
    } else if name.equals(ignoringCase: "rdb-only") {
        guard let number = value.integer else { throw .notInteger }
        link.isSnapshotOnly = number == 1
    } else if name.equals(ignoringCase: "rdb-filter-only") {
        link.content = try content(value)
    } else if name.equals(ignoringCase: "version") {
        return
    } else {
        throw .text("ERR Unrecognized REPLCONF option: \(name.echoed(128))")
    }
}

/// A replica that has the first bytes of a snapshot asks for the others. One that cannot have them is synchronised as usual.
private func resume(_ options: inout ArgumentReader, _ call: Call, _ replication: Replication) throws(CommandError) {
    let ticket = String(try options.next())
    guard let received = try options.next().integer else { throw .notInteger }
    guard options.isAtEnd else { throw .syntax }
    let link = replication.primary.link(of: call.session)
    guard !call.session.isReplica, received >= 0,
        replication.primary.resume(link, ticket: ticket, received: Int(received))
    else { throw .message("ERR The snapshot cannot be gone on with.") }
}

/// The parts of a snapshot that are named, separated by spaces.
private func content(_ value: Bytes) throws(CommandError) -> SnapshotContent {
    var content = SnapshotContent.nothing
    for word in String(value).split(separator: " ") {
        guard word.lowercased() == "functions" else {
            throw .text("ERR Unsupported rdb-filter-only option: \(word)")
        }
        content = .functions
    }
    return content
}

private func acknowledge(
    _ options: inout ArgumentReader, _ call: Call, _ replication: Replication
) throws(CommandError) {
    guard call.session.isReplica, let link = call.session.replica as? ReplicaLink else { return }
    guard let offset = try options.next().integer else { return }
    var onDisk: Int64?
    if options.take("fack") { onDisk = try options.next().integer }
    // Whoever tells no term any more has promised a later one to somebody.
    link.term = options.take("apus-term") ? try options.next().integer.map { UInt64(clamping: $0) } : nil
    replication.primary.acknowledge(link, offset, onDisk: onDisk)
}
