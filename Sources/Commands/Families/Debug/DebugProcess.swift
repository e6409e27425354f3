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
    crash("restart", taking: 0...1, syntax: "[milliseconds]", "Ends the process in order, to be started again."),
    crash(
        "crash-and-recover", taking: 0...1, syntax: "[milliseconds]", "Ends the process at once, to be started again."),
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

private func crash(
    _ word: StaticString, taking counts: ClosedRange<Int> = 0...0, syntax: String = "", _ explanation: String
) -> DebugSwitch {
    DebugSwitch(word, taking: counts, syntax: syntax, explanation) { call throws(CommandError) in
        call.node.environment.crash("DEBUG \("\(word)".uppercased())")
        call.reply.ok()
    }
}

private func notWithoutDisk(
    _ word: StaticString, taking counts: ClosedRange<Int> = 0...0, syntax: String = "", _ explanation: String
) -> DebugSwitch {
    DebugSwitch(word, taking: counts, syntax: syntax, explanation) { _ throws(CommandError) in
        throw .text("ERR DEBUG \("\(word)".uppercased()) needs persistence, which this server does not have yet")
    }
}
