import Primitives
import RESP
import Storage

/// Flags that almost every subcommand of CLIENT has.
private let common: CommandFlags = [.noscript, .loading, .stale]

let clientCommand = Command(
    "client", .connection, since: "2.4.0", summary: "Holds the commands about connections.",
    subcommands: [
        Command(
            "caching", .connection, since: "6.0.0", arity: 3, common, syntax: "(YES|NO)", complexity: "O(1)",
            summary: "Says whether the keys of the next command are tracked.", run: chooseCaching),
        Command(
            "capa", .connection, since: "8.0.0", arity: -3, common, syntax: "capability [capability ...]",
            complexity: "O(1)", summary: "Says what the client is able to do.", run: declareCapabilities),
        Command(
            "getname", .connection, since: "2.6.9", arity: 2, common, complexity: "O(1)",
            summary: "Returns the name of the connection.", run: getName),
        Command(
            "getredir", .connection, since: "6.0.0", arity: 2, common, complexity: "O(1)",
            summary: "Returns the number of the client that gets the invalidations of this one.", run: getRedirection),
        .help(for: "client", .connection, since: "5.0.0"),
        Command(
            "id", .connection, since: "5.0.0", arity: 2, common, complexity: "O(1)",
            summary: "Returns the number of the connection.", run: getID),
        Command(
            "import-source", .connection, since: "8.1.0", arity: 3, common, syntax: "(ON|OFF)", complexity: "O(1)",
            summary: "Marks the client as one that imports data.", run: importSource),
        Command(
            "info", .connection, since: "6.2.0", arity: 2, common, complexity: "O(1)",
            summary: "Describes the connection in one line.", tips: ["nondeterministic_output"], run: clientInfo),
        Command(
            "kill", .connection, since: "2.4.0", arity: -3, common.union(.admin), syntax: killSyntax,
            complexity: "O(N) with N connections.", summary: "Ends connections.", run: killClients),
        Command(
            "list", .connection, since: "2.4.0", arity: -2, common.union(.admin), syntax: listSyntax,
            complexity: "O(N) with N connections.", summary: "Describes connections, one line each.",
            tips: ["nondeterministic_output"], run: listClients),
        Command(
            "no-evict", .connection, since: "7.0.0", arity: 3, common.union(.admin), syntax: "(ON|OFF)",
            complexity: "O(1)", summary: "Protects the connection from being ended for the memory it takes.",
            run: noEvict),
        Command(
            "no-touch", .connection, since: "7.2.0", arity: 3, common, syntax: "(ON|OFF)", complexity: "O(1)",
            summary: "Says whether reading leaves the access times of keys alone.", run: noTouch),
        Command(
            "pause", .connection, since: "3.0.0", arity: -3, common.union(.admin), syntax: "timeout [WRITE|ALL]",
            complexity: "O(1)", summary: "Holds back the commands of all clients, or those that write, for a time.",
            run: pauseClients),
        Command(
            "promise", .connection, since: "7.2.4", arity: -3, common,
            syntax: "(REPLICAS count|MAJORITY nodes|NONE|DEFAULT) [TIMEOUT milliseconds]", complexity: "O(1)",
            summary: "Says how many replicas have to have what a reply tells of before it is sent.", run: promiseReplies
        ),
        Command(
            "reply", .connection, since: "3.2.0", arity: 3, common, syntax: "(ON|OFF|SKIP)", complexity: "O(1)",
            summary: "Says whether the client is answered.", run: setReplyMode),
        Command(
            "setinfo", .connection, since: "7.2.0", arity: 4, common, syntax: "(LIB-NAME libname|LIB-VER libver)",
            complexity: "O(1)", summary: "Says which library the client uses.",
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], run: setInfo),
        Command(
            "setname", .connection, since: "2.6.9", arity: 3, common, syntax: "connection-name", complexity: "O(1)",
            summary: "Names the connection.", tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            run: setName),
        Command(
            "tracking", .connection, since: "6.0.0", arity: -3, common,
            syntax:
                "(ON|OFF) [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
            complexity: "O(1), with prefixes O(N) with N prefixes.",
            summary: "Says whether the client wants to hear of changed keys.", run: setTracking),
        Command(
            "trackinginfo", .connection, since: "6.2.0", arity: 2, common, complexity: "O(1)",
            summary: "Tells what the client wants to hear of changed keys.", run: showTracking),
        Command(
            "unblock", .connection, since: "5.0.0", arity: -3, common.union(.admin),
            syntax: "client-id [TIMEOUT|ERROR]",
            complexity: "O(log N) with N connections.", summary: "Ends the waiting of another client.",
            run: unblockClient),
        Command(
            "unpause", .connection, since: "6.2.0", arity: 2, common.union(.admin),
            complexity: "O(N) with N clients held back.", summary: "Ends a pause.", run: unpauseClients),
    ])

let monitorCommands: [Command] = [
    Command(
        "monitor", .server, since: "1.0.0", arity: 1, [.admin, .noscript, .loading, .stale],
        complexity: "O(1) for each command that is run meanwhile.",
        summary: "Shows the commands of all clients as they run.",
        run: monitor)
]

private func monitor(_ call: inout Call) throws(CommandError) {
    if call.session.isDeniedBlocking { throw .message("ERR MONITOR isn't allowed for DENY BLOCKING client") }
    // A monitor that asks again is not answered, as in the reference.
    guard !call.session.attention.contains(.monitor) else { return }
    call.node.addMonitor(call.session)
    call.reply.ok()
}

// MARK: Names

private let badClientName = CommandError.message(
    "ERR Client names cannot contain spaces, newlines or special characters.")

/// A name that can stand in a line of CLIENT LIST.
func validClientName(_ name: Bytes) throws(CommandError) -> Bytes {
    guard isPlain(name) else { throw badClientName }
    return name
}

private func isPlain(_ text: Bytes) -> Bool { text.buffer.allSatisfy { (0x21...0x7E).contains($0) } }

private func setName(_ call: inout Call) throws(CommandError) {
    call.session.name = Array(try validClientName(call.arguments[2]))
    call.reply.ok()
}

private func getName(_ call: inout Call) throws(CommandError) {
    if call.session.name.isEmpty { return call.reply.null() }
    call.session.name.withBytes { call.reply.bulk($0) }
}

private func setInfo(_ call: inout Call) throws(CommandError) {
    let attribute = call.arguments[2]
    let value = call.arguments[3]
    let isName = attribute.equals(ignoringCase: "lib-name")
    guard isName || attribute.equals(ignoringCase: "lib-ver") else {
        throw .text("ERR Unrecognized option '\(attribute.echoed())'")
    }
    guard isPlain(value) else {
        throw .text("ERR \(attribute.echoed()) cannot contain spaces, newlines or special characters.")
    }
    if isName { call.session.libraryName = Array(value) } else { call.session.libraryVersion = Array(value) }
    call.reply.ok()
}

private func getID(_ call: inout Call) throws(CommandError) { call.reply.integer(Int64(call.session.id)) }

private func declareCapabilities(_ call: inout Call) throws(CommandError) {
    for index in 2..<call.arguments.count where call.arguments[index].equals(ignoringCase: "redirect") {
        call.session.capabilities.insert("redirect")
    }
    call.reply.ok()
}

// MARK: Switches

/// What ON or OFF, the argument after the subcommand, says.
private func isSwitchedOn(_ call: Call) throws(CommandError) -> Bool {
    if call.arguments[2].equals(ignoringCase: "on") { return true }
    guard call.arguments[2].equals(ignoringCase: "off") else { throw .syntax }
    return false
}

private func noEvict(_ call: inout Call) throws(CommandError) {
    call.session.isProtectedFromEviction = try isSwitchedOn(call)
    call.session.noteMemory()
    call.reply.ok()
}

private func noTouch(_ call: inout Call) throws(CommandError) {
    call.session.leavesAccessClock = try isSwitchedOn(call)
    call.reply.ok()
}

/// There is no import mode, so the mark changes nothing.
private func importSource(_ call: inout Call) throws(CommandError) {
    _ = try isSwitchedOn(call)
    call.reply.ok()
}

private func setReplyMode(_ call: inout Call) throws(CommandError) {
    let mode = call.arguments[2]
    if mode.equals(ignoringCase: "on") {
        call.session.replyMode = .on
        call.session.attention.remove(.muted)
        call.reply.ok()
    } else if mode.equals(ignoringCase: "off") {
        call.session.replyMode = .off
        call.session.attention.insert(.muted)
    } else if mode.equals(ignoringCase: "skip") {
        guard call.session.replyMode != .off else { return }
        call.session.replyMode = .skipNext
        call.session.attention.insert(.muted)
    } else {
        throw .syntax
    }
}

// MARK: Waiting

private func pauseClients(_ call: inout Call) throws(CommandError) {
    let scope = try pauseScope(call)
    guard let milliseconds = call.arguments[2].integer else {
        throw .message("ERR timeout is not an integer or out of range")
    }
    if milliseconds < 0 { throw .message("ERR timeout is negative") }
    // Longer than anybody lives, and far from overflow when the time now is added.
    call.node.pauseCommands(min(milliseconds, Int64.max / 4), scope)
    call.reply.ok()
}

private func pauseScope(_ call: Call) throws(CommandError) -> Pause.Scope {
    var options = call.options(from: 3)
    guard !options.isAtEnd else { return .everything }
    let scope: Pause.Scope? = options.take("write") ? .writes : options.take("all") ? .everything : nil
    guard let scope else { throw .message("ERR CLIENT PAUSE mode must be WRITE or ALL") }
    guard options.isAtEnd else { throw .syntax }
    return scope
}

private func unpauseClients(_ call: inout Call) throws(CommandError) {
    call.node.endPause()
    call.reply.ok()
}

private func unblockClient(_ call: inout Call) throws(CommandError) {
    let withError = try unblocksWithError(call)
    let id = try call.integer(2)
    guard let session = UInt64(exactly: id).flatMap({ call.node.sessions[$0] }), session.isBlocked else {
        return call.reply.integer(0)
    }
    if withError { unblockWithError(session, call.node) } else { call.node.timeOut(session) }
    call.reply.integer(1)
}

private func unblockWithError(_ session: Session, _ node: Node) {
    let text = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
    node.unblock(session) { reply in
        reply.error(text)
        node.countError(text)
    }
}

private func unblocksWithError(_ call: Call) throws(CommandError) -> Bool {
    var options = call.options(from: 3)
    if options.isAtEnd || options.take("timeout") { return false }
    guard options.take("error") else { throw .message("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR") }
    return true
}
