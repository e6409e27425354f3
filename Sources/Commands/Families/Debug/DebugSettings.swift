import Primitives
import RESP
import Settings

/// Switches of DEBUG. Those for parts of the reference that are not here are accepted, so that tests for both run.
let settingSwitches: [DebugSwitch] = [
    DebugSwitch(
        "set-active-expire", taking: 1...1, syntax: "<0|1>", "Says whether expired keys are removed in the background.",
        run: setActiveExpiry),
    DebugSwitch(
        "pause-cron", taking: 1...1, syntax: "<0|1>", "Stops what is done from time to time.", run: pauseTimers),
    DebugSwitch(
        "quicklist-packed-threshold", taking: 1...1, syntax: "size",
        "Sets from which size on an element has a node to itself.",
        run: setPackedThreshold),
    DebugSwitch(
        "replybuffer", taking: 2...2, syntax: "PEAK-RESET-TIME|RESIZING value", "Accepted.", run: setReplyBuffer),
    accepted("dict-resizing", taking: 1...1, syntax: "<0|1>"),
    DebugSwitch(
        "set-skip-checksum-validation", taking: 1...1, syntax: "<0|1>",
        "Says whether files and payloads are taken whatever their checksum.", run: setChecksums),
    accepted("set-disable-deny-scripts", taking: 1...1, syntax: "<0|1>"),
    DebugSwitch(
        "aof-flush-sleep", taking: 1...1, syntax: "microseconds",
        "Stops the node for a time whenever it writes to the append-only file.", run: setFlushDelay),
    accepted("pause-after-fork", taking: 1...1, syntax: "<0|1>"),
    DebugSwitch(
        "drop-cluster-packet-filter", taking: 1...1, syntax: "type",
        "Loses messages of the cluster's bus by their type; -1 for none.", run: loseMessages),
    DebugSwitch(
        "close-cluster-link-on-packet-drop", taking: 1...1, syntax: "<0|1>",
        "Says whether a connection of the bus is closed with a message that is lost.", run: closeLinks),
    DebugSwitch(
        "disable-cluster-random-ping", taking: 1...1, syntax: "<0|1>",
        "Says whether nodes of the cluster are pinged only when half a node timeout is over.", run: stopRandomPings),
    accepted("delay-rdb-client-free-seconds", taking: 1...1, syntax: "seconds"),
    DebugSwitch(
        "clusterlink", taking: 3...3, syntax: "KILL <to|from|all> node-id", "Ends links of the cluster's bus.",
        run: killClusterLink),
    DebugSwitch("change-repl-id", "Gives the history of the data set another name.", run: changeReplicationID),
    DebugSwitch(
        "config-rewrite-force-all", "Writes every directive into the configuration file, defaults too.",
        run: rewriteAllSettings),
    DebugSwitch(
        "mallctl", taking: 1...2, syntax: "key [value]", "Not here: the allocator has no knobs.", run: refuseKnob),
    DebugSwitch(
        "mallctl-str", taking: 1...2, syntax: "key [value]", "Not here: the allocator has no knobs.", run: refuseKnob),
    DebugSwitch(
        "client-eviction", "Tells how many clients take how much (`maxmemory-clients`).", run: showClientMemory),
]

/// As the reference reads a switch: a number other than 0 is on, anything else off.
private func isOn(_ call: Call) -> Bool { (call.arguments[2].integer ?? 0) != 0 }

private func setActiveExpiry(_ call: inout Call) throws(CommandError) {
    call.node.isActiveExpiryOn = isOn(call)
    call.reply.ok()
}

private func setFlushDelay(_ call: inout Call) throws(CommandError) {
    call.node.appendOnly.flushDelay = Int(clamping: call.arguments[2].integer ?? 0)
    call.reply.ok()
}

private func setChecksums(_ call: inout Call) throws(CommandError) {
    call.node.skipsChecksums = isOn(call)
    call.reply.ok()
}

/// What tests stop the timers for is the removal of expired keys.
private func pauseTimers(_ call: inout Call) throws(CommandError) {
    call.node.isActiveExpiryOn = !isOn(call)
    call.reply.ok()
}

private func setPackedThreshold(_ call: inout Call) throws(CommandError) {
    guard let size = memorySize(String(call.arguments[2])), size < 1 << 32 else {
        throw .message("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
    }
    call.reply.ok()
}

/// A number of bytes with a unit behind it; nil if it is none.
private func memorySize(_ text: String) -> Int64? {
    let units: [String: Int64] = [
        "": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20, "g": 1_000_000_000, "gb": 1 << 30,
    ]
    let digits = text.prefix { $0.isNumber }
    guard let number = Int64(digits), number < 1 << 32, let unit = units[text.dropFirst(digits.count).lowercased()]
    else { return nil }
    return number * unit
}

private func setReplyBuffer(_ call: inout Call) throws(CommandError) {
    let isKnown = ["peak-reset-time", "resizing"].contains(String(call.arguments[2]).lowercased())
    guard isKnown else { throw .unknownDebugWord(call.arguments[1]) }
    call.reply.ok()
}

private func loseMessages(_ call: inout Call) throws(CommandError) {
    guard let kind = call.arguments[2].integer else { throw .notInteger }
    call.node.cluster?.loseMessages(ofKind: Int(clamping: kind))
    call.reply.ok()
}

private func closeLinks(_ call: inout Call) throws(CommandError) {
    call.node.cluster?.closeLinksWhenLosing(isOn(call))
    call.reply.ok()
}

private func stopRandomPings(_ call: inout Call) throws(CommandError) {
    call.node.cluster?.stopRandomPings(isOn(call))
    call.reply.ok()
}

private func killClusterLink(_ call: inout Call) throws(CommandError) {
    guard let cluster = call.node.cluster else {
        throw .message("ERR Debug option only available for cluster mode enabled setup!")
    }
    guard call.arguments[2].equals(ignoringCase: "kill") else { throw .syntax }
    let direction = call.arguments[3]
    let isBoth = direction.equals(ignoringCase: "all")
    let (isTo, isFrom) = (direction.equals(ignoringCase: "to"), direction.equals(ignoringCase: "from"))
    guard isBoth || isTo || isFrom else { throw .text("ERR Unknown direction \(direction.echoed())") }
    try cluster.dropLinks(of: call.arguments[4], outbound: isBoth || isTo, inbound: isBoth || isFrom)
    call.reply.ok()
}

private func changeReplicationID(_ call: inout Call) throws(CommandError) {
    call.node.renewHistory()
    call.reply.ok()
}

private func rewriteAllSettings(_ call: inout Call) throws(CommandError) {
    let isWritten: Bool
    do throws(CommandError) {
        isWritten = try call.node.rewriteConfiguration(includingDefaults: true)
    } catch {
        throw .text("ERR CONFIG-REWRITE-FORCE-ALL failed: \(error.reason)")
    }
    guard isWritten else { throw .message("ERR CONFIG-REWRITE-FORCE-ALL failed: Bad address") }
    call.reply.ok()
}

private func refuseKnob(_ call: inout Call) throws(CommandError) {
    throw .message("ERR No such file or directory")
}

private func showClientMemory(_ call: inout Call) throws(CommandError) {
    guard let known = call.node.clientMemory else { throw .message("ERR maxmemory-clients is disabled.") }
    call.session.noteMemory()
    call.reply.verbatim(known.buckets.indices.map { line(known.buckets[$0], number: $0) }.joined())
}

private func line(_ bucket: ClientMemory.Bucket, number: Int) -> String {
    func padded(_ value: Int) -> String {
        let text = String(value)
        return String(repeating: " ", count: max(0, 10 - text.utf8.count)) + text
    }
    let from = number == 0 ? 0 : 1 << (number - 1 + ClientMemory.smallest)
    let isLast = number == ClientMemory.bucketCount - 1
    let to = isLast ? "+            : " : " - \(padded(1 << (number + ClientMemory.smallest) - 1)): "
    return "bucket \(padded(from))\(to)tot-mem: \(padded(bucket.bytes)), clients: \(bucket.sessions.count)\n"
}

private func accepted(
    _ word: StaticString, taking counts: ClosedRange<Int> = 0...0, syntax: String = ""
) -> DebugSwitch {
    DebugSwitch(word, taking: counts, syntax: syntax, "Accepted, without effect here.") { call throws(CommandError) in
        call.reply.ok()
    }
}
