import Primitives
import RESP
import Storage

private let flags: CommandFlags = [.admin, .noscript, .loading, .stale]
private let everyNode = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]

let latencyCommands: [Command] = [
    Command(
        "latency", .server, since: "2.8.13", summary: "Tells of what took long.",
        subcommands: [
            Command(
                "latest", .server, since: "2.8.13", arity: 2, flags, complexity: "O(1)",
                summary: "Returns the last spike of each event.", tips: everyNode, run: latest),
            Command(
                "history", .server, since: "2.8.13", arity: 3, flags, syntax: "event", complexity: "O(1)",
                summary: "Returns the recorded spikes of an event.", tips: everyNode, run: history),
            Command(
                "reset", .server, since: "2.8.13", arity: -2, flags, syntax: "[event [event ...]]",
                complexity: "O(1)", summary: "Forgets the spikes of events.",
                tips: ["request_policy:all_nodes", "response_policy:agg_sum"], run: reset),
            Command(
                "graph", .server, since: "2.8.13", arity: 3, flags, syntax: "event", complexity: "O(1)",
                summary: "Draws the spikes of an event.", tips: everyNode, run: graph),
            Command(
                "doctor", .server, since: "2.8.13", arity: 2, flags, complexity: "O(1)",
                summary: "Says in words what the recorded spikes mean.", tips: everyNode, run: doctor),
            Command(
                "histogram", .server, since: "7.0.0", arity: -2, flags, syntax: "[command [command ...]]",
                complexity: "O(N) with N commands that have run.",
                summary: "Returns how long commands take, as counts up to each power of two.", tips: everyNode,
                run: histogram),
            .help(for: "latency", .server, since: "2.8.13"),
        ])
]

private func latest(_ call: inout Call) throws(CommandError) {
    let events = call.node.latency.events.sorted { $0.key < $1.key }
    call.reply.array(events.count)
    for (name, event) in events {
        let last = event.samples[event.samples.count - 1]
        call.reply.array(4)
        call.reply.bulk(name)
        call.reply.integer(last.time)
        call.reply.integer(last.milliseconds)
        call.reply.integer(event.worst)
    }
}

private func history(_ call: inout Call) throws(CommandError) {
    let samples = call.node.latency.events[String(call.arguments[2])]?.samples ?? []
    call.reply.array(samples.count)
    for sample in samples {
        call.reply.array(2)
        call.reply.integer(sample.time)
        call.reply.integer(sample.milliseconds)
    }
}

private func reset(_ call: inout Call) throws(CommandError) {
    let names = (2..<call.arguments.count).map { String(call.arguments[$0]) }
    call.reply.integer(call.node.latency.reset(names))
}

private func graph(_ call: inout Call) throws(CommandError) {
    let name = String(call.arguments[2])
    guard let event = call.node.latency.events[name] else {
        throw .text("ERR No samples available for event '\(name)'")
    }
    call.reply.verbatim(LatencyGraph(name: name, event: event, now: call.keyspace.now / 1000).text)
}

private func doctor(_ call: inout Call) throws(CommandError) {
    call.reply.verbatim(call.node.latency.advice(now: call.keyspace.now / 1000))
}

// MARK: Histograms

private func histogram(_ call: inout Call) throws(CommandError) {
    let node = call.node
    let recorded = asked(call).filter { node.commandStatistics[$0].histogram != nil }
    call.reply.map(recorded.count)
    for index in recorded {
        call.reply.bulk(node.commands.fullNames[index])
        write(node.commandStatistics[index].histogram!, ticksPerMicrosecond: 1000 / node.tick, to: &call.reply)
    }
}

/// The commands that are asked for, each with its subcommands; all for none.
private func asked(_ call: Call) -> [Int] {
    let commands = call.node.commands
    if call.arguments.count == 2 { return Array(commands.descriptions.indices) }
    let named = (2..<call.arguments.count).compactMap { commands.index(named: String(call.arguments[$0])) }
    return named.flatMap { name in
        commands.parents.indices.filter { $0 == name || commands.parents[$0] == name }
    }
}

private func write(_ histogram: Histogram, ticksPerMicrosecond: Double, to reply: inout ReplyWriter) {
    reply.map(2)
    reply.bulk("calls")
    reply.integer(histogram.total)
    reply.bulk("histogram_usec")
    let counts = histogram.cumulative(ticksPerUnit: ticksPerMicrosecond)
    reply.map(counts.count)
    for (bound, count) in counts {
        reply.integer(bound)
        reply.integer(count)
    }
}
