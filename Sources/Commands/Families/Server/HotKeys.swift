import Primitives
import RESP
import Storage
import Structures

private let flags: CommandFlags = [.admin, .noscript]
private let tips = ["request_policy:special"]

let hotKeyCommands: [Command] = [
    Command(
        "hotkeys", .server, since: "8.6.0",
        summary: "Finds the keys that take the most time or cause the most traffic.",
        subcommands: [
            Command(
                "get", .server, since: "8.6.0", arity: 2, flags, complexity: "O(K) with K keys returned.",
                summary: "Returns what the search under way, or the last one, has found.",
                tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"], run: get),
            Command(
                "reset", .server, since: "8.6.0", arity: 2, flags, complexity: "O(1)",
                summary: "Forgets what the last search has found.", tips: tips, run: reset),
            Command(
                "start", .server, since: "8.6.0", arity: -2, flags,
                syntax: "METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio]"
                    + " [SLOTS count slot [slot ...]]",
                complexity: "O(1)", summary: "Begins to measure what each key costs.", tips: tips, run: start),
            Command(
                "stop", .server, since: "8.6.0", arity: 2, flags, complexity: "O(1)",
                summary: "Ends the search; what it has found can still be had.", tips: tips, run: stop),
            .help(for: "hotkeys", .server, since: "8.6.1"),
        ])
]

private func stop(_ call: inout Call) throws(CommandError) {
    call.node.endHotKeysInTime()
    guard call.node.hotKeys?.isActive == true else { return call.reply.null() }
    call.node.stopHotKeys()
    call.reply.ok()
}

private func reset(_ call: inout Call) throws(CommandError) {
    if call.node.hotKeys?.isActive == true {
        throw .message("ERR hotkey tracking session in progress, stop tracking first")
    }
    call.node.hotKeys = nil
    call.reply.ok()
}

// MARK: START

private func start(_ call: inout Call) throws(CommandError) {
    call.node.endHotKeysInTime()
    if call.node.hotKeys?.isActive == true {
        throw .message("ERR hotkey tracking session already in progress")
    }
    var reader = call.options(from: 2)
    var options = HotKeyTracking.Options()
    options.metrics = try metrics(&reader)
    while !reader.isAtEnd { try readOption(&reader, into: &options, call.node) }
    call.node.startHotKeys(options)
    call.reply.ok()
}

/// The metrics to measure; names that are not known are passed over, for those that may come.
private func metrics(_ reader: inout ArgumentReader) throws(CommandError) -> HotKeyTracking.Metrics {
    guard reader.take("metrics") else { throw .message("ERR METRICS parameter is required") }
    guard !reader.isAtEnd, let count = try reader.next().integer, (1...2).contains(count) else {
        throw .message("ERR METRICS count must be > 0 and <= 2")
    }
    guard reader.remaining >= count else {
        throw .message("ERR METRICS count does not match number of metric types provided")
    }
    var found: HotKeyTracking.Metrics = []
    for _ in 0..<count {
        if reader.take("cpu") {
            guard found.insert(.cpu).inserted else { throw .message("ERR METRICS CPU specified multiple times") }
        } else if reader.take("net") {
            guard found.insert(.net).inserted else { throw .message("ERR METRICS NET specified multiple times") }
        } else {
            _ = try reader.next()
        }
    }
    guard !found.isEmpty else { throw .message("ERR METRICS no valid metrics") }
    return found
}

private func readOption(
    _ reader: inout ArgumentReader, into options: inout HotKeyTracking.Options, _ node: Node
) throws(CommandError) {
    if let count = try reader.integer(after: "count") {
        guard (1...64).contains(count) else { throw .message("ERR COUNT must be between 1 and 64") }
        options.count = Int(count)
    } else if let seconds = try reader.integer(after: "duration") {
        guard (0...Int64(Int32.max)).contains(seconds) else { throw .message("ERR DURATION is out of range") }
        options.durationMilliseconds = seconds == 0 ? nil : seconds * 1000
    } else if let ratio = try reader.integer(after: "sample") {
        guard ratio > 0 else { throw .message("ERR SAMPLE ratio must be positive") }
        options.sampleRatio = UInt64(ratio)
    } else if reader.take("slots") {
        guard node.settings.clusterEnabled else {
            throw .message("ERR SLOTS parameter cannot be used in non-cluster mode")
        }
        guard options.slots == nil else { throw .message("ERR SLOTS parameter already specified") }
        options.slots = try slots(&reader)
    } else {
        throw .syntax
    }
}

private func slots(_ reader: inout ArgumentReader) throws(CommandError) -> Set<Int> {
    guard let count = try reader.next().integer, (1...Int64(hashSlotCount)).contains(count) else {
        throw .message("ERR SLOTS count is out of range")
    }
    guard reader.remaining >= count else { throw .message("ERR not enough slot numbers provided") }
    var slots: Set<Int> = []
    for _ in 0..<count {
        guard slots.insert(try slotNumber(try reader.next())).inserted else {
            throw .message("ERR duplicate slot number")
        }
    }
    return slots
}

// MARK: GET

private func get(_ call: inout Call) throws(CommandError) {
    call.node.endHotKeysInTime()
    guard let tracking = call.node.hotKeys else { return call.reply.null() }
    let fields = fields(of: tracking, call.node)
    // One map for each node that is asked, so that answers of several can be put together.
    call.reply.array(1)
    call.reply.map(fields.count)
    for field in fields {
        call.reply.bulk(field.name)
        write(field.value, to: &call.reply)
    }
}

private enum FieldValue {
    case number(Int64)
    case slots([ClosedRange<Int>])
    case keys([(key: [UInt8], cost: Int64)])
}

private typealias Field = (name: String, value: FieldValue)

private func fields(of tracking: HotKeyTracking, _ node: Node) -> [Field] {
    let end = tracking.end ?? node.processReading
    let chosen = tracking.options.slots?.sorted().map { $0...$0 } ?? [0...hashSlotCount - 1]
    var fields: [Field] = [
        ("tracking-active", .number(tracking.isActive ? 1 : 0)),
        ("sample-ratio", .number(Int64(tracking.options.sampleRatio))),
        ("selected-slots", .slots(joinedSlotRanges(chosen))),
    ]
    fields += costFields(tracking, node)
    fields += [
        ("collection-start-time-unix-ms", .number(tracking.startedAt)),
        ("collection-duration-ms", .number(end.time - tracking.start.time)),
    ]
    if tracking.options.metrics.contains(.cpu) { fields += processorFields(tracking, end) }
    if tracking.options.metrics.contains(.net) {
        fields.append(("total-net-bytes", .number(Int64(max(0, end.netBytes - tracking.start.netBytes)))))
    }
    return fields + keyFields(tracking, node)
}

/// What commands took: all of them, and where slots were chosen those with keys in them, and where there is sampling
/// those of the latter that were sampled.
private func costFields(_ tracking: HotKeyTracking, _ node: Node) -> [Field] {
    let costs = [
        (name: "sampled-commands-selected-slots", cost: tracking.sampled),
        (name: "all-commands-selected-slots", cost: tracking.selected),
        (name: "all-commands-all-slots", cost: tracking.everything),
    ]
    let shown = costs.suffix(tracking.options.slots == nil ? 1 : tracking.options.sampleRatio == 1 ? 2 : 3)
    return shown.map { ("\($0.name)-us", .number(node.microseconds(of: $0.cost.ticks))) }
        + shown.map { ("net-bytes-\($0.name)", .number(Int64($0.cost.bytes))) }
}

private func processorFields(_ tracking: HotKeyTracking, _ end: HotKeyTracking.Reading) -> [Field] {
    [
        ("total-cpu-time-user-ms", .number(Int64((end.userSeconds - tracking.start.userSeconds) * 1000))),
        ("total-cpu-time-sys-ms", .number(Int64((end.systemSeconds - tracking.start.systemSeconds) * 1000))),
    ]
}

private func keyFields(_ tracking: HotKeyTracking, _ node: Node) -> [Field] {
    var fields: [Field] = []
    if tracking.options.metrics.contains(.cpu) {
        let keys = tracking.slowest.map { (key: $0.key, cost: node.microseconds(of: $0.weight)) }
        fields.append(("by-cpu-time-us", .keys(keys)))
    }
    if tracking.options.metrics.contains(.net) {
        fields.append(("by-net-bytes", .keys(tracking.busiest.map { (key: $0.key, cost: Int64($0.weight)) })))
    }
    return fields
}

extension Node {
    fileprivate func microseconds(of ticks: UInt64) -> Int64 { Int64(Double(ticks) * tick / 1000) }
}

private func write(_ value: FieldValue, to reply: inout ReplyWriter) {
    switch value {
    case .number(let number): reply.integer(number)
    case .slots(let ranges):
        reply.array(ranges.count)
        for range in ranges {
            reply.array(range.count == 1 ? 1 : 2)
            reply.integer(range.lowerBound)
            if range.count > 1 { reply.integer(range.upperBound) }
        }
    case .keys(let keys):
        reply.array(keys.count * 2)
        for (key, cost) in keys {
            key.withBytes { reply.bulk($0) }
            reply.integer(cost)
        }
    }
}
