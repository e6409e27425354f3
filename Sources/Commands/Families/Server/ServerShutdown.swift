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
    if request.isAbort {
        guard call.node.abortShutdown() else { throw .message("ERR No shutdown in progress.") }
        return call.reply.ok()
    }
    if call.node.isBusy, !request.savesNot { throw .text(call.node.busyText) }
    if !request.isNow, call.session.isDeniedBlocking {
        throw .message("ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client")
    }
    call.node.log(.notice, "User requested shutdown...")
    if !request.isNow, waitForReplicas(call, request) { return }
    try call.node.end(call.session, request)
}

/// Has the client wait until replicas have all there is. Returns false where there is nothing to wait for.
private func waitForReplicas(_ call: Call, _ request: ShutdownRequest) -> Bool {
    let (node, session) = (call.node, call.session)
    let isWaiting = node.awaitReplicas { [unowned node, weak session] in
        do throws(CommandError) { try node.end(session, request) } catch { node.failToEnd(session) }
    }
    guard isWaiting else { return false }
    call.block(until: nil) { $0.error("ERR Errors trying to SHUTDOWN. Check logs.") }
    node.pendingShutdown?.session = session
    node.pendingShutdown?.ticket = session.waiter?.ticket
    return true
}

extension Node {
    fileprivate func end(_ session: Session?, _ request: ShutdownRequest) throws(CommandError) {
        try saveAtEnd(request)
        if let session { close(session, afterReply: true) }
        act(.shutdown)
    }

    /// The end has failed for which replicas were waited for: everything goes on.
    fileprivate func failToEnd(_ session: Session?) {
        endPause()
        if let session { timeOut(session) }
    }

    /// Saves before the end if that is wanted. Throws if that fails, unless the end was forced.
    fileprivate func saveAtEnd(_ request: ShutdownRequest) throws(CommandError) {
        // What is there while data is loaded is no whole data set.
        guard let saving, !request.savesNot, !isLoading, request.saves || !settings.save.isEmpty else { return }
        do throws(CommandError) {
            try saving.save()
        } catch {
            log(.warning, "Error trying to save the DB\(request.isForced ? "" : ", can't exit").")
            if !request.isForced { throw .message("ERR Errors trying to SHUTDOWN. Check logs.") }
        }
    }
}
