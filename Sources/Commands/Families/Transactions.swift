import Primitives
import RESP
import Storage

let transactionCommands: [Command] = [
    Command(
        "multi", .transactions, since: "1.2.0", arity: 1,
        [.noscript, .loading, .stale, .fast, .allowBusy, .transactional], complexity: "O(1)",
        summary: "Begins a transaction: commands are queued until EXEC.", run: multi),
    Command(
        "exec", .transactions, since: "1.2.0", arity: 1, [.noscript, .loading, .stale, .skipSlowlog, .transactional],
        complexity: "Depends on the queued commands.",
        summary: "Runs all queued commands, one after the other, as one.",
        run: exec),
    Command(
        "discard", .transactions, since: "2.0.0", arity: 1,
        [.noscript, .loading, .stale, .fast, .allowBusy, .transactional], complexity: "O(N) with N queued commands.",
        summary: "Forgets the queued commands and ends the transaction.", run: discard),
    Command(
        "watch", .transactions, since: "2.2.0", arity: -2,
        [.noscript, .loading, .stale, .fast, .allowBusy, .transactional], keys: [.keys(from: 1, .readOnly)],
        syntax: "key [key ...]", complexity: "O(1) for each key.",
        summary: "Lets the next EXEC fail if one of the keys changes before it.", run: watch),
    Command(
        "unwatch", .transactions, since: "2.2.0", arity: 1, [.noscript, .loading, .stale, .fast, .allowBusy],
        complexity: "O(1)", summary: "Forgets all watched keys.", run: unwatch),
]

private func multi(_ call: inout Call) throws(CommandError) {
    guard call.session.transaction == nil else { throw .message("ERR MULTI calls can not be nested") }
    call.node.beginTransaction(call.session)
    call.reply.ok()
}

private func discard(_ call: inout Call) throws(CommandError) {
    guard call.session.transaction != nil else { throw .message("ERR DISCARD without MULTI") }
    call.node.endTransaction(call.session)
    call.reply.ok()
}

private func watch(_ call: inout Call) throws(CommandError) {
    guard call.session.transaction == nil else { throw .message("ERR WATCH inside MULTI is not allowed") }
    for index in 1..<call.arguments.count {
        call.keyspace.watch(call.arguments[index], database: call.database, call.session.watch)
    }
    call.reply.ok()
}

private func unwatch(_ call: inout Call) throws(CommandError) {
    call.keyspace.unwatch(call.session.watch)
    call.reply.ok()
}

private func exec(_ call: inout Call) throws(CommandError) {
    guard let transaction = call.session.transaction else { throw .message("ERR EXEC without MULTI") }
    defer { call.node.endTransaction(call.session) }
    if transaction.isRefused { throw .message("EXECABORT Transaction discarded because of previous errors.") }
    if call.keyspace.isDirty(call.session.watch) { return call.reply.nullArray() }
    call.keyspace.unwatch(call.session.watch)
    runQueued(transaction, call)
    // What EXEC itself changed is what its commands have recorded.
    call.recordNothing()
}

private func runQueued(_ transaction: Transaction, _ call: Call) {
    transaction.isRunning = true
    call.reply.array(transaction.commands.count)
    for queued in transaction.commands {
        call.node.runQueued(call.session, transaction.arguments(of: queued), queued.record)
    }
    transaction.isRunning = false
}

extension Node {
    /// Runs a command of a transaction; its reply is one element of that of EXEC.
    func runQueued(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) {
        // Rights may have changed since the command was queued, even by one before it.
        if session.attention.contains(.limited),
            let reason = permission(for: session, arguments, record, in: .transaction)
        {
            return refuse(session, record, reason)
        }
        runObserved(session, arguments, record, nil)
    }
}
