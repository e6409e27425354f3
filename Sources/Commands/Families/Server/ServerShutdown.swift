import Primitives
import RESP

/// What SHUTDOWN asks for.
private struct ShutdownRequest {
    var isAbort = false
    var saves = false
    var savesNot = false
    var isNow = false
    /// Whether it ends though saving fails.
    var isForced = false
    /// SAFE or FAILOVER: how a node ends that has replicas to wait for.
    var hasManner = false

    init(_ options: ArgumentReader) throws(CommandError) {
        var options = options
        while !options.isAtEnd { try take(&options) }
        if saves && savesNot || isAbort && (saves || savesNot || isNow || isForced || hasManner) { throw .syntax }
    }

    private mutating func take(_ options: inout ArgumentReader) throws(CommandError) {
        if options.take("nosave") {
            savesNot = true
        } else if options.take("save") {
            saves = true
        } else if options.take("now") {
            isNow = true
        } else if options.take("force") {
            isForced = true
        } else if options.take("safe") || options.take("failover") {
            hasManner = true
        } else if options.take("abort") {
            isAbort = true
        } else {
            throw .syntax
        }
    }
}

let shutdownCommand = Command(
    "shutdown", .server, since: "1.0.0", arity: -1,
    [.admin, .noscript, .loading, .stale, .noMulti, .allowBusy],
    syntax: "[[NOSAVE|SAVE] [NOW] [FORCE] [SAFE] [FAILOVER]|ABORT]",
    complexity: "O(N) with N keys when saving, else O(1).", summary: "Ends the server.", run: shutdown)

/// Ends the server without a reply; whatever the client sent behind it does not run.
private func shutdown(_ call: inout Call) throws(CommandError) {
    let request = try ShutdownRequest(call.options(from: 1))
    if request.isAbort { throw .message("ERR No shutdown in progress.") }
    if call.node.isBusy, !request.savesNot { throw .text(call.node.busyText) }
    if !request.isNow, call.session.isDeniedBlocking {
        throw .message("ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client")
    }
    call.node.log(.notice, "User requested shutdown...")
    try call.node.saveAtEnd(request)
    call.node.close(call.session, afterReply: true)
    call.node.act(.shutdown)
}

extension Node {
    /// Saves before the end if that is wanted. Throws if that fails, unless the end was forced.
    fileprivate func saveAtEnd(_ request: ShutdownRequest) throws(CommandError) {
        // What is loaded so far must not take the place of the file it comes from.
        guard let saving, !isLoading, !request.savesNot, request.saves || !settings.save.isEmpty else { return }
        do throws(CommandError) {
            try saving.save()
        } catch {
            log(.warning, "Error trying to save the DB\(request.isForced ? "" : ", can't exit").")
            if !request.isForced { throw .message("ERR Errors trying to SHUTDOWN. Check logs.") }
        }
    }
}
