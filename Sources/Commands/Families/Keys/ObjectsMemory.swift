import Primitives
import RESP
import Storage

let memoryCommands: [Command] = [
    Command(
        "memory", .server, since: "4.0.0", summary: "Tells what memory is used for.",
        subcommands: [
            Command(
                "doctor", .server, since: "4.0.0", arity: 2, complexity: "O(1)",
                summary: "Names what is unusual about the use of memory.",
                tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], run: doctor),
            .help(for: "memory", .server, since: "4.0.0"),
            Command(
                "malloc-stats", .server, since: "4.0.0", arity: 2, complexity: "O(1)",
                summary: "Tells what the heaps of the databases are made of.",
                tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
                run: mallocStatistics),
            Command(
                "purge", .server, since: "4.0.0", arity: 2, complexity: "Depends on how much memory is unused.",
                summary: "Gives unused memory back to the system.",
                tips: ["request_policy:all_shards", "response_policy:all_succeeded"], run: purge),
            Command(
                "stats", .server, since: "4.0.0", arity: 2, complexity: "O(1)",
                summary: "Tells in figures what memory is used for.",
                tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], run: stats),
            Command(
                "usage", .server, since: "4.0.0", arity: -3, [.readonly], keys: [.key(2, .readOnly)],
                syntax: "key [SAMPLES count]", complexity: "O(N) with N samples.",
                summary: "Tells how many bytes a key and its value take.", run: usage),
        ])
]

private func usage(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 3)
    while !options.isAtEnd {
        guard let samples = try options.integer(after: "samples"), samples >= 0 else { throw .syntax }
    }
    guard let entry = call.keyspace.live(call.key(2), call.database),
        let database = call.keyspace.existing(call.database)
    else { return call.reply.null() }
    call.reply.integer(database.memoryUsage(of: entry))
}

private func purge(_ call: inout Call) throws(CommandError) {
    call.node.environment.releaseMemory()
    call.reply.ok()
}

private func doctor(_ call: inout Call) throws(CommandError) {
    let figures = MemoryFigures(call.node)
    call.reply.verbatim(figures.findings.map { $0 + "\n" }.joined())
}

private func mallocStatistics(_ call: inout Call) throws(CommandError) {
    let figures = MemoryFigures(call.node)
    var text = "process: \(figures.resident) bytes resident, \(figures.anonymous) of them its own; "
    text += "\(figures.allocated) bytes allocated, \(figures.active) obtained from the system\n"
    for (index, database) in figures.databases {
        let table = database.tableFigures
        text += "db\(index): \(database.liveBytes) bytes in use, \(database.reservedBytes) obtained for small blocks; "
        text +=
            "\(table.keys) keys in \(table.usedSlots) slots, \(table.buckets) buckets, \(table.bytes) bytes of tables\n"
    }
    call.reply.verbatim(text)
}

/// What MEMORY STATS shows and MEMORY DOCTOR looks at; in bytes.
private struct MemoryFigures {
    var databases: [(index: Int, database: Database)] = []
    var tables: [TableFigures] = []
    let resident: Int
    let peak: Int
    let total: Int
    let allocated: Int
    let active: Int
    /// Of the process, files left out.
    let anonymous: Int
    let clients: Int
    let startup: Int
    let overhead: Int
    let dataset: Int
    /// Bytes that wait to be written into the append-only file.
    let log: Int
    let scripts: ScriptFigures

    init(_ node: Node) {
        let survey = Survey(node)
        resident = survey.residentBytes
        clients = survey.clientBytes
        startup = node.memory.startupBytes
        (overhead, dataset) = (survey.overheadBytes, survey.datasetBytes)
        log = survey.log.pendingBytes
        scripts = survey.scripts
        total = survey.usedBytes
        peak = survey.peakBytes
        allocated = survey.allocatedBytes
        active = survey.activeBytes
        anonymous = survey.processMemory.anonymous
        for index in 0..<node.keyspace.databaseCount {
            guard let database = node.keyspace.existing(index), database.count > 0 else { continue }
            databases.append((index, database))
            tables.append(database.tableFigures)
        }
    }

    var keys: Int { tables.reduce(0) { $0 + $1.keys } }
    /// What the node takes beyond what it takes when it is empty.
    var grown: Int { max(0, total - startup) }

    func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }

    var findings: [String] {
        if total < 5 << 20 { return ["There is too little data here to say anything about memory."] }
        var found: [String] = []
        if ratio(peak, total) > 1.5 {
            found.append("Memory was once used half as much again as now; what is free may be in pieces.")
        }
        if ratio(resident, total) > 1.4, resident - total > 10 << 20 {
            found.append("The process holds far more memory than the data needs; MEMORY PURGE gives some back.")
        }
        if clients > total / 2 { found.append("Clients' buffers take most of the memory.") }
        return found.isEmpty ? ["Nothing about memory is unusual."] : found
    }
}

/// One value of MEMORY STATS.
private enum MemoryValue {
    case bytes(Int)
    case ratio(Double)
    case table(TableFigures)
}

private func stats(_ call: inout Call) throws(CommandError) {
    let values = MemoryFigures(call.node).values
    call.reply.map(values.count)
    for (name, value) in values {
        call.reply.bulk(name)
        write(value, to: &call.reply)
    }
}

private func write(_ value: MemoryValue, to reply: inout ReplyWriter) {
    switch value {
    case .bytes(let bytes): reply.integer(bytes)
    case .ratio(let ratio): reply.double(ratio)
    case .table(let figures):
        reply.map(3)
        reply.bulk("overhead.hashtable.main")
        reply.integer(figures.bytes)
        reply.bulk("overhead.hashtable.expires")
        reply.integer(0)
        reply.bulk("overhead.hashtable.slot-to-keys")
        reply.integer(0)
    }
}

extension MemoryFigures {
    /// In the reference's order.
    fileprivate var values: [(String, MemoryValue)] {
        let perDatabase = zip(databases, tables).map { ("db.\($0.index)", MemoryValue.table($1)) }
        return usage + perDatabase + shares + allocator
    }

    private var usage: [(String, MemoryValue)] {
        [
            ("peak.allocated", .bytes(peak)), ("total.allocated", .bytes(total)),
            ("startup.allocated", .bytes(startup)),
            ("replication.backlog", .bytes(0)), ("clients.slaves", .bytes(0)), ("clients.normal", .bytes(clients)),
            ("cluster.links", .bytes(0)), ("aof.buffer", .bytes(log)),
            ("lua.caches", .bytes(scripts.interpreterBytes + scripts.scriptBytes)),
            ("functions.caches", .bytes(scripts.libraryBytes)),
        ]
    }

    private var shares: [(String, MemoryValue)] {
        [
            ("overhead.db.hashtable.lut", .bytes(tables.reduce(0) { $0 + $1.bytes })),
            ("overhead.db.hashtable.rehashing", .bytes(0)), ("db.dict.rehashing.count", .bytes(0)),
            ("overhead.total", .bytes(overhead)), ("keys.count", .bytes(keys)),
            ("keys.bytes-per-key", .bytes(keys == 0 ? 0 : grown / keys)), ("dataset.bytes", .bytes(dataset)),
            ("dataset.percentage", .ratio(ratio(dataset, grown) * 100)),
            ("peak.percentage", .ratio(ratio(total, peak) * 100)),
        ]
    }

    private var allocator: [(String, MemoryValue)] {
        [
            ("allocator.allocated", .bytes(allocated)), ("allocator.active", .bytes(active)),
            ("allocator.resident", .bytes(anonymous)), ("allocator.muzzy", .bytes(0)),
            ("allocator-fragmentation.ratio", .ratio(ratio(active, allocated))),
            ("allocator-fragmentation.bytes", .bytes(active - allocated)),
            ("allocator-rss.ratio", .ratio(ratio(anonymous, active))),
            ("allocator-rss.bytes", .bytes(anonymous - active)),
            ("rss-overhead.ratio", .ratio(ratio(resident, anonymous))),
            ("rss-overhead.bytes", .bytes(resident - anonymous)), ("fragmentation", .ratio(ratio(resident, total))),
            ("fragmentation.bytes", .bytes(resident - total)),
        ]
    }
}
