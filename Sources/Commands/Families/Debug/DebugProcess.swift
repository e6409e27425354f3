import Primitives
import RESP
import Settings
import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// What DEBUG does to the process: lets it sleep, write a line, end.
let processSwitches: [DebugSwitch] = [
    DebugSwitch(
        "sleep", taking: 1...1, syntax: "seconds", "Stops the whole node for a time; fractions are allowed.", run: sleep
    ),
    DebugSwitch("log", taking: 1...1, syntax: "message", "Writes a line to the log.", run: log),
    DebugSwitch("leak", taking: 1...1, syntax: "string", "Loses memory: a copy of the string.", run: leak),
    DebugSwitch(
        "replicate", taking: 1...Int.max, syntax: "argument [argument ...]",
        "Sends a command to replicas that is not run here, so that their data differs.", run: replicate),
    DebugSwitch("stringmatch-test", "Tries the matching of patterns with random ones.", run: testMatching),
    DebugSwitch("structsize", "Tells the sizes of what keys are made of.", run: structureSizes),
    crash("segfault", "Ends the process by an access to memory that is not there."),
    crash("panic", "Ends the process as when it finds itself broken."),
    crash("assert", "Ends the process by a broken assertion."),
    crash("oom", "Ends the process as when memory has run out."),
    DebugSwitch(
        "restart", taking: 0...1, syntax: "[milliseconds]",
        "Writes the configuration file, saves, ends the process and begins it anew.", run: restart),
    DebugSwitch(
        "crash-and-recover", taking: 0...1, syntax: "[milliseconds]",
        "Ends the process without saving and begins it anew.", run: crashAndRecover),
    DebugSwitch("loadaof", "Loads the data set from the append-only file.", run: loadLog),
]

private func sleep(_ call: inout Call) throws(CommandError) {
    // As the reference reads it: what is no number is no time at all.
    let seconds = min(max(0, call.arguments[2].double ?? 0), 1e9)
    call.node.environment.sleep(microseconds: Int64(seconds * 1_000_000))
    call.reply.ok()
}

private func log(_ call: inout Call) throws(CommandError) {
    call.node.log(.warning, "DEBUG LOG: \(String(call.arguments[2]))")
    call.reply.ok()
}

private func leak(_ call: inout Call) throws(CommandError) {
    let lost = call.arguments[2]
    memcpy(malloc(lost.count + 1)!, lost.base, lost.count)
    call.reply.ok()
}

private func replicate(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments.dropFirst(2)
    call.recordEffect(arguments.count) { effect in
        for index in 0..<arguments.count { effect.append(arguments[index]) }
    }
    call.keyspace.commitEffects()
    call.reply.ok()
}

private func loadLog(_ call: inout Call) throws(CommandError) {
    guard let log = call.node.appendOnlyLog else {
        throw .message("ERR Error trying to load the AOF files, check server logs.")
    }
    try log.reload()
    call.reply.ok()
}

private func testMatching(_ call: inout Call) throws(CommandError) {
    let alphabet = Array("*?[]^\\-ab".utf8)
    for _ in 0..<1000 {
        let texts = (0..<2).map { _ in
            (0..<32).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &call.keyspace.random)] }
        }
        _ = texts[0].withBytes { pattern in texts[1].withBytes { Glob.matches(pattern, $0) } }
    }
    call.reply.simple("Patterns were matched without harm: test passed")
}

private func structureSizes(_ call: inout Call) throws(CommandError) {
    call.reply.simple("bits:\(Int.bitWidth) entry:8 entry_with_expiry:16 external_string:24 bucket:64")
}

// MARK: Ends

private func crash(_ word: StaticString, _ explanation: String) -> DebugSwitch {
    DebugSwitch(word, explanation) { call throws(CommandError) in
        call.node.environment.crash("DEBUG \("\(word)".uppercased())")
        call.reply.ok()
    }
}

private func restart(_ call: inout Call) throws(CommandError) {
    let delay = try restartDelay(call)
    if let reason = call.node.prepareRestart(afterMilliseconds: delay) { throw cannotRestart(reason, call.node) }
    call.node.close(call.session, afterReply: true)
    call.node.act(.shutdown)
}

private func crashAndRecover(_ call: inout Call) throws(CommandError) {
    let delay = try restartDelay(call)
    do throws(CommandError) {
        try call.node.environment.restart(afterMilliseconds: delay, inOrder: false)
    } catch {
        throw cannotRestart(error.reason, call.node)
    }
}

/// Less than none is none.
private func restartDelay(_ call: Call) throws(CommandError) -> Int64 {
    call.arguments.count > 2 ? max(0, try call.integer(2)) : 0
}

private func cannotRestart(_ reason: String, _ node: Node) -> CommandError {
    node.log(.warning, "Can't restart: \(reason)")
    return .message("ERR failed to restart the server. Check server logs.")
}

extension Node {
    /// Does what comes before an end after which the process begins anew. Returns why that cannot be, or nil.
    fileprivate func prepareRestart(afterMilliseconds delay: Int64) -> String? {
        do throws(CommandError) {
            _ = try rewriteConfiguration()
        } catch {
            return "configuration rewrite process failed: \(error.reason)"
        }
        do throws(CommandError) {
            try prepareEnd(.now)
        } catch {
            return "error preparing for shutdown"
        }
        do throws(CommandError) {
            try environment.restart(afterMilliseconds: delay, inOrder: true)
            return nil
        } catch {
            return error.reason
        }
    }
}
