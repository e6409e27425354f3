import Primitives
import RESP
import Settings

/// What SHUTDOWN asks for.
private struct ShutdownRequest {
    var isAbort = false
    var options: ShutdownOptions = []

    init(_ words: ArgumentReader) throws(CommandError) {
        var words = words
        while !words.isAtEnd { try take(&words) }
        if options.isSuperset(of: [.save, .noSave]) || isAbort && !options.isEmpty { throw .syntax }
    }

    private mutating func take(_ words: inout ArgumentReader) throws(CommandError) {
        if words.take("nosave") {
            options.insert(.noSave)
        } else if words.take("save") {
            options.insert(.save)
        } else if words.take("now") {
            options.insert(.now)
        } else if words.take("force") {
            options.insert(.force)
        } else if words.take("safe") {
            options.insert(.safe)
        } else if words.take("failover") {
            options.insert(.failover)
        } else if words.take("abort") {
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
    let options = request.options
    if call.node.isBusy, !options.contains(.noSave) { throw .text(call.node.busyText) }
    if !options.contains(.now), call.session.isDeniedBlocking {
        throw .message("ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client")
    }
    call.node.log(.notice, "User requested shutdown...")
    if !options.contains(.now), waitForReplicas(call, options) { return }
    try call.node.end(call.session, options)
}

/// Has the client wait until replicas have all there is. Returns false where there is nothing to wait for.
private func waitForReplicas(_ call: Call, _ options: ShutdownOptions) -> Bool {
    let (node, session) = (call.node, call.session)
    let isWaiting = node.awaitReplicas { [unowned node, weak session] in
        do throws(CommandError) { try node.end(session, options) } catch { node.failToEnd(session) }
    }
    guard isWaiting else { return false }
    call.block(until: nil) { $0.error("ERR Errors trying to SHUTDOWN. Check logs.") }
    node.pendingShutdown?.session = session
    node.pendingShutdown?.ticket = session.waiter?.ticket
    return true
}

extension Node {
    fileprivate func end(_ session: Session?, _ options: ShutdownOptions) throws(CommandError) {
        try prepareEnd(options)
        if let session { close(session, afterReply: true) }
        act(.shutdown)
    }

    /// The end has failed for which replicas were waited for: everything goes on.
    fileprivate func failToEnd(_ session: Session?) {
        endPause()
        if let session { timeOut(session) }
    }

    /// Does what comes before the end of the process: saves, if that is wanted. Throws, where that fails or the data is in no
    /// file yet, unless the end was forced: then the process goes on.
    public func prepareEnd(_ options: ShutdownOptions) throws(CommandError) {
        let isForced = options.contains(.force)
        if appendOnlyLog?.figures.isBeginning == true { try refuseEnd("Writing initial AOF", isForced) }
        // What is there while data is loaded is no whole data set.
        guard let saving, !options.contains(.noSave), !isLoading, options.contains(.save) || !settings.save.isEmpty
        else { return }
        log(.notice, "Saving the final RDB snapshot before exiting.")
        let hasFailed: Bool
        do throws(CommandError) {
            try saving.save()
            hasFailed = false
        } catch {
            hasFailed = true
        }
        if hasFailed { try refuseEnd("Error trying to save the DB", isForced) }
    }

    /// Says why the process should not end, and throws unless it was told to do so in any case.
    private func refuseEnd(_ reason: String, _ isForced: Bool) throws(CommandError) {
        log(.warning, isForced ? "\(reason). Exit anyway." : "\(reason), can't exit.")
        if isForced { return }
        log(.warning, "Errors trying to shut down the server. Check the logs for more information.")
        throw .message("ERR Errors trying to SHUTDOWN. Check logs.")
    }
}
