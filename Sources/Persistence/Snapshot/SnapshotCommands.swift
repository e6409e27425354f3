import Commands
import RESP

let snapshotCommands: [Command] = [
    Command(
        "save", .server, since: "1.0.0", arity: 1, [.admin, .noscript, .noAsyncLoading, .noMulti],
        complexity: "O(N) with N keys.", summary: "Saves the data set, while nobody else is served.", run: save),
    Command(
        "bgsave", .server, since: "1.0.0", arity: -1, [.admin, .noscript, .noAsyncLoading],
        syntax: "[SCHEDULE|CANCEL]", complexity: "O(1)", summary: "Saves the data set in the background.",
        run: saveInBackground),
]

private func snapshots(_ call: Call) throws(CommandError) -> Snapshots {
    guard let snapshots = call.node.saving as? Snapshots else { throw .message("ERR There is no disk.") }
    return snapshots
}

private func save(_ call: inout Call) throws(CommandError) {
    let snapshots = try snapshots(call)
    if snapshots.isSaving || snapshots.isReplicaFed { throw .message("ERR Background save already in progress") }
    try snapshots.save()
    call.reply.ok()
}

private func saveInBackground(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 1)
    let isScheduled = !options.isAtEnd && options.take("schedule")
    let isCancelled = !isScheduled && !options.isAtEnd && options.take("cancel")
    guard options.isAtEnd else { throw .syntax }
    let snapshots = try snapshots(call)
    if isCancelled { return try cancel(snapshots, call) }
    if snapshots.isSaving || snapshots.isReplicaFed { throw .message("ERR Background save already in progress") }
    if call.isInTransaction || isScheduled && snapshots.isLogRewriting {
        snapshots.schedule()
        call.reply.simple("Background saving scheduled")
    } else if snapshots.isLogRewriting {
        throw .message(
            """
            ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule \
            a BGSAVE whenever possible.
            """)
    } else {
        snapshots.saveInBackground()
        call.reply.simple("Background saving started")
    }
}

private func cancel(_ snapshots: Snapshots, _ call: Call) throws(CommandError) {
    let wasScheduled = snapshots.isScheduled
    if snapshots.cancel() {
        call.reply.simple("Background saving cancelled")
    } else if wasScheduled {
        call.reply.simple("Scheduled background saving cancelled")
    } else {
        throw .message("ERR Background saving is currently not in progress or scheduled")
    }
}
