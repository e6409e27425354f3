import Access
import Primitives
import RESP
import Storage

let connectionCommands: [Command] = [
    Command(
        "ping", .connection, since: "1.0.0", arity: -1, [.fast, .subscribedMode], syntax: "[message]",
        complexity: "O(1)",
        summary: "Answers PONG, or the message.", tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
        run: ping),
    Command(
        "echo", .connection, since: "1.0.0", arity: 2, [.loading, .stale, .fast], syntax: "message", complexity: "O(1)",
        summary: "Answers the message.", run: echo),
    Command(
        "select", .connection, since: "1.0.0", arity: 2, [.loading, .stale, .fast], syntax: "index", complexity: "O(1)",
        summary: "Chooses the database that the commands to come work on.", run: select),
    Command(
        "quit", .connection, since: "1.0.0", arity: -1,
        [.noscript, .loading, .stale, .fast, .noAuth, .allowBusy, .transactional, .subscribedMode], complexity: "O(1)",
        summary: "Ends the connection after the reply.",
        deprecated: .init(since: "7.2.0", replacement: "just closing the connection"), run: quit),
    Command(
        "reset", .connection, since: "6.2.0", arity: 1,
        [.noscript, .loading, .stale, .fast, .noAuth, .allowBusy, .transactional, .subscribedMode], complexity: "O(1)",
        summary: "Makes the connection what it was when it was new.", run: reset),
    Command(
        "auth", .connection, since: "1.0.0", arity: -2, [.noscript, .loading, .stale, .fast, .noAuth, .allowBusy],
        syntax: "[username] password", complexity: "O(N) with N passwords of the user.",
        summary: "Says who the client is.", run: auth),
    Command(
        "hello", .connection, since: "6.0.0", arity: -1, [.noscript, .loading, .stale, .fast, .noAuth, .allowBusy],
        syntax: "[protover [AUTH username password] [SETNAME clientname]]", complexity: "O(1)",
        summary: "Tells about the server; chooses the protocol, and may say who the client is and how it is called.",
        run: hello),
    clientCommand,
]

private func ping(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 2 { throw .wrongArity(command: "ping") }
    if call.session.attention.contains(.subscribed), call.session.writer.version == .resp2 {
        return pingSubscriber(call)
    }
    switch call.arguments.count {
    case 1: call.reply.raw("+PONG\r\n")
    default: call.reply.bulk(call.arguments[1])
    }
}

/// A client of RESP2 that gets messages is answered in their form.
private func pingSubscriber(_ call: Call) {
    call.reply.array(2)
    call.reply.bulk(Bytes("pong"))
    call.reply.bulk(call.arguments.count == 2 ? call.arguments[1] : Bytes.empty)
}

private func echo(_ call: inout Call) throws(CommandError) { call.reply.bulk(call.arguments[1]) }

private func select(_ call: inout Call) throws(CommandError) {
    let index = try call.integer(1)
    guard Int64(Int32.min)...Int64(Int32.max) ~= index else {
        throw .message("ERR value is out of range, value must between -2147483648 and 2147483647")
    }
    if index != 0, call.node.isClustered, call.keyspace.databaseCount == 1 {
        throw .message("ERR SELECT is not allowed in cluster mode")
    }
    guard index >= 0, index < call.keyspace.databaseCount else { throw .databaseOutOfRange }
    call.session.database = Int(index)
    call.reply.ok()
}

private func quit(_ call: inout Call) throws(CommandError) {
    call.reply.ok()
    call.node.close(call.session, afterReply: true)
}

private func reset(_ call: inout Call) throws(CommandError) {
    call.node.reset(call.session)
    call.reply.raw("+RESET\r\n")
}

extension Node {
    /// Gives a session the state of a new one. What its library and its capabilities are stays: that is what it is, not
    /// what it has chosen.
    func reset(_ session: Session) {
        if session.attention.contains(.monitor) { removeMonitor(session) }
        endTracking(session)
        unsubscribeFromAll(session)
        session.transaction = nil
        session.fieldSets = [:]
        keyspace.unwatch(session.watch)
        session.attention.subtract([.transaction, .muted, .asking])
        session.readsReplica = false
        session.replyMode = .on
        session.leavesAccessClock = false
        session.isProtectedFromEviction = false
        session.name = []
        session.database = 0
        session.writer.version = .resp2
        leave(session)
    }
}

// MARK: Who the client is

private let wrongPassword = CommandError.message("WRONGPASS invalid username-password pair or user is disabled.")

private func auth(_ call: inout Call) throws(CommandError) {
    switch call.arguments.count {
    case 2:
        if call.node.needsNoPassword { throw .message(noPasswordSet) }
        try authenticate(call, user: Bytes("default"), password: call.arguments[1])
    case 3: try authenticate(call, user: call.arguments[1], password: call.arguments[2])
    default: throw .syntax
    }
    call.reply.ok()
}

private let noPasswordSet: StaticString = """
    ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is \
    correct?
    """

private func authenticate(_ call: Call, user: Bytes, password: Bytes) throws(CommandError) {
    let account = call.node.access.account(user)
    // What is said to be the password of nobody is hashed too: the time tells nobody which users there are.
    guard (account?.user ?? User(name: [], call.node.access.context)).admits(password), let account else {
        call.node.noteFailedLogin(call, user: user)
        throw wrongPassword
    }
    call.node.enter(call.session, account)
}

private let helloNeedsAuthentication: StaticString = """
    NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> \
    option can be used to authenticate the client and select the RESP protocol version at the same time
    """

private func hello(_ call: inout Call) throws(CommandError) {
    let version = try protocolVersion(call)
    var options = call.options(from: min(2, call.arguments.count))
    var credentials: (user: Bytes, password: Bytes)?
    var name: Bytes?
    while !options.isAtEnd {
        if options.remaining >= 3, options.take("auth") {
            credentials = (try options.next(), try options.next())
        } else if let given = try options.value(after: "setname") {
            name = try validClientName(given)
        } else {
            throw .text("ERR Syntax error in HELLO option '\(call.arguments[options.position].echoed())'")
        }
    }
    if let credentials { try authenticate(call, user: credentials.user, password: credentials.password) }
    if call.session.attention.contains(.restricted) { throw .message(helloNeedsAuthentication) }
    if let name { call.session.name = Array(name) }
    if let version { call.session.writer.version = version }
    writeGreeting(call)
}

private func protocolVersion(_ call: Call) throws(CommandError) -> ProtocolVersion? {
    guard call.arguments.count >= 2 else { return nil }
    guard let number = call.arguments[1].integer else {
        throw .message("ERR Protocol version is not an integer or out of range")
    }
    guard let version = UInt8(exactly: number).flatMap(ProtocolVersion.init) else {
        throw .message("NOPROTO unsupported protocol version")
    }
    return version
}

private func writeGreeting(_ call: Call) {
    call.reply.map(7)
    for (name, value) in [("server", "redis"), ("version", Release.reference)] {
        call.reply.bulk(name)
        call.reply.bulk(value)
    }
    call.reply.bulk("proto")
    call.reply.integer(Int(call.session.writer.version.rawValue))
    call.reply.bulk("id")
    call.reply.integer(Int64(call.session.id))
    for (name, value) in [("mode", call.node.mode), ("role", call.node.isReplica ? "replica" : "master")] {
        call.reply.bulk(name)
        call.reply.bulk(value)
    }
    call.reply.bulk("modules")
    call.reply.array(0)
}
