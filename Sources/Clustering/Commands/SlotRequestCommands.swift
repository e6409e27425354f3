import Commands
import Gossip
import Primitives
import RESP

/// CLUSTER MIGRATION: slots that a node takes from another, as Redis 8.4 has it.
let slotRequestSubcommands: [Command] = [
    Command(
        "migration", .cluster, since: "8.4.0", arity: -4, [.admin, .stale, .noAsyncLoading],
        syntax:
            "(IMPORT start-slot end-slot [start-slot end-slot ...]|CANCEL (ID task-id|ALL)|STATUS (ID task-id|ALL))",
        complexity: "O(N) with N slots.", summary: "Takes slots with their keys from another node, at once.",
        run: migration)
]

private func migration(_ call: inout Call) throws(CommandError) {
    let migrations = try migrations(call)
    var options = call.options(from: 2)
    if options.take("import") { return try importSlots(&call, migrations, &options) }
    if options.take("status") {
        let tasks = migrations.tasks
        let shown = try options.selected().map { id in tasks.first { $0.id == id }.map { [$0] } ?? [] } ?? tasks
        call.reply.array(shown.count)
        for task in shown { write(task, to: &call.reply) }
        return
    }
    guard options.take("cancel") else { throw .message("ERR unknown argument") }
    call.reply.integer(Int64(migrations.cancelTasks(try options.selected())))
}

extension ArgumentReader {
    /// The task that is meant; nil for all. One that there cannot be is a name that nobody has.
    fileprivate mutating func selected() throws(CommandError) -> NodeName? {
        if take("all") {
            guard isAtEnd else { throw wrongArity }
            return nil
        }
        guard take("id") else { throw .message("ERR unknown argument") }
        guard remaining == 1 else { throw wrongArity }
        return NodeName(digits: try next().buffer) ?? .nobody
    }

    fileprivate var wrongArity: CommandError { .wrongArity(command: "cluster|migration") }
}

extension NodeName {
    fileprivate static let nobody = NodeName(String(repeating: "0", count: NodeName.length))!
}

private func importSlots(
    _ call: inout Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader
) throws(CommandError) {
    guard options.remaining > 0, options.remaining % 2 == 0 else { throw options.wrongArity }
    var slots = SlotSet()
    while !options.isAtEnd {
        for slot in try slotRange(try options.next(), try options.next()) {
            if slots.contains(slot) { throw .text("ERR Slot \(slot) specified multiple times") }
            slots.insert(slot)
        }
    }
    if call.node.isReplica { throw .message("ERR slot migration not allowed on replica.") }
    for range in slots.ranges where migrations.isImporting(SlotSet(range)) {
        throw .text("ERR overlapping import exists for slot range: \(range.lowerBound)-\(range.upperBound)")
    }
    switch migrations.origin(of: slots) {
    case .node(let source): call.reply.bulk(migrations.request(slots, from: source).text)
    case .here: throw .message("ERR this node is already the owner of the slot range")
    case .nowhere(let reason): throw .text("ERR \(reason)")
    }
}

private func write(_ task: SlotTask, to reply: inout ReplyWriter) {
    let texts = [
        ("id", task.id.text), ("slots", task.slots.rangesText), ("source", task.source.text),
        ("dest", task.target.text), ("operation", task.isExport ? "migrate" : "import"), ("state", task.state),
        ("last_error", task.lastError),
    ]
    let numbers = [
        ("retries", Int64(task.retries)), ("create_time", task.createdAt), ("start_time", task.startedAt),
        ("end_time", task.endedAt), ("write_pause_ms", task.pauseMilliseconds),
    ]
    reply.map(texts.count + numbers.count)
    for (name, text) in texts { write(name, text, to: &reply) }
    for (name, number) in numbers { write(name, number, to: &reply) }
}
