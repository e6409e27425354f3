import Commands

let appendOnlyCommands: [Command] = [
    Command(
        "bgrewriteaof", .server, since: "1.0.0", arity: 1, [.admin, .noscript, .noAsyncLoading], complexity: "O(1)",
        summary: "Begins a new base of the append-only file, which then needs less space.", run: rewriteInBackground)
]

private func rewriteInBackground(_ call: inout Call) throws(CommandError) {
    guard let log = call.node.appendOnlyLog else { throw .cannotRewriteLog }
    switch try log.requestRewrite(later: call.isInTransaction) {
    case .started: call.reply.simple("Background append only file rewriting started")
    case .scheduled: call.reply.simple("Background append only file rewriting scheduled")
    }
}

extension CommandError {
    /// The answer to BGREWRITEAOF where no base can be begun.
    public static var cannotRewriteLog: CommandError {
        .message("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.")
    }
}
