import Commands
import Gossip
import Primitives
import RESP

/// Subcommands of CLUSTER that move slots as a whole.
let slotMigrationSubcommands: [Command] = [
    Command(
        "migrateslots", .cluster, since: "9.0.0", arity: -4, [.admin, .stale, .noAsyncLoading],
        syntax:
            "(SLOTSRANGE start-slot end-slot [start-slot end-slot ...] NODE node-id) [SLOTSRANGE start-slot end-slot [start-slot end-slot ...] NODE node-id ...]",
        complexity: "O(N) with N slots.", summary: "Moves slots with their keys to other nodes, each range at once.",
        run: migrateSlots),
    Command(
        "cancelslotmigrations", .cluster, since: "9.0.0", arity: 2, [.admin, .stale, .noAsyncLoading],
        complexity: "O(N) with N migrations.", summary: "Ends all migrations of slots from this node.",
        run: cancelSlotMigrations),
    Command(
        "getslotmigrations", .cluster, since: "9.0.0", arity: 2, [.admin, .stale, .noAsyncLoading],
        complexity: "O(N) with N migrations.", summary: "Tells of migrations of slots, those under way and past ones.",
        run: showSlotMigrations),
    Command(
        "syncslots", .cluster, since: "9.0.0", arity: -3, [.admin, .stale, .noAsyncLoading],
        syntax: "subcommand [argument ...]", complexity: "Depends on the subcommand.",
        summary: "What the two ends of a migration of slots say to each other.", run: synchroniseSlots),
]

func migrations(_ call: Call) throws(CommandError) -> SlotMigrations {
    guard let migrations = call.node.movingSlots as? SlotMigrations else {
        throw .message("ERR This instance has cluster support disabled")
    }
    return migrations
}

// MARK: MIGRATESLOTS

private func migrateSlots(_ call: inout Call) throws(CommandError) {
    let migrations = try migrations(call)
    var options = call.options(from: 2)
    var jobs: [SlotJob] = []
    while !options.isAtEnd {
        guard options.take("slotsrange") else { throw .syntax }
        let slots = try migrations.checkedSlots(&options)
        guard options.take("node"), !options.isAtEnd else { throw .syntax }
        let target = try migrations.checkedTarget(try options.next(), of: slots)
        if jobs.contains(where: { $0.slots.overlaps(slots) }) {
            throw .message("ERR Slot ranges in migrations overlap")
        }
        jobs.append(
            SlotJob(name: migrations.newName(), slots: slots, source: migrations.authority.ownName, target: target))
    }
    migrations.begin(jobs)
    call.reply.ok()
}

extension SlotMigrations {
    /// Slots that may be moved from here.
    fileprivate func checkedSlots(_ options: inout ArgumentReader) throws(CommandError) -> SlotSet {
        let ranges = try slotRanges(&options)
        let isMovedByHand = authority.isMovedByHand
        if node.isReplica { throw .message("ERR Slot migration can only be used on primary nodes") }
        if isMovedByHand.migrating { throw .message("ERR Slots are being manually migrated") }
        if isMovedByHand.importing { throw .message("ERR Slots are being manually imported") }
        var owners = Set<NodeName>()
        var slots = SlotSet()
        for slot in ranges.joined() {
            guard let owner = authority.owner(of: slot) else {
                throw .text("ERR Slot \(slot) has no node served")
            }
            owners.insert(owner)
            slots.insert(slot)
        }
        guard owners.count == 1 else { throw .message("ERR Requested slots span multiple shards") }
        return slots
    }

    fileprivate func checkedTarget(_ text: Bytes, of slots: SlotSet) throws(CommandError) -> NodeName {
        guard let name = NodeName(digits: text.buffer) else { throw .message("ERR Invalid node name") }
        guard let target = authority.member(name) else { throw .message("ERR Unknown node name") }
        guard target.isPrimary else { throw .message("ERR Target node is not a primary") }
        let own = authority.ownName
        guard authority.owner(of: slots) == own else {
            throw .message("ERR Slots are not served by this node")
        }
        if name == own { throw .message("ERR Target node can not be this node") }
        for slot in slots.ranges.joined() where isExporting(SlotSet([slot])) {
            throw .text("ERR I am already migrating slot \(slot)")
        }
        return name
    }
}

/// Pairs of slots up to the first word that is no number.
private func slotRanges(_ options: inout ArgumentReader) throws(CommandError) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    while let range = try nextRange(&options) {
        if let other = ranges.first(where: { $0.overlaps(range) }) {
            throw .text(
                "ERR Slot range \(range.lowerBound)-\(range.upperBound) overlaps with previous range "
                    + "\(other.lowerBound)-\(other.upperBound)")
        }
        ranges.append(range)
    }
    if ranges.isEmpty { throw .message("ERR No slot ranges specified") }
    return ranges
}

private func nextRange(_ options: inout ArgumentReader) throws(CommandError) -> ClosedRange<Int>? {
    var ahead = options
    guard !ahead.isAtEnd, try ahead.next().integer != nil else { return nil }
    let start = try options.next()
    guard !options.isAtEnd else { throw .message("ERR No end slot for final slot range") }
    return try slotRange(start, try options.next())
}

/// The slots from one to another, both as text.
func slotRange(_ first: Bytes, _ last: Bytes) throws(CommandError) -> ClosedRange<Int> {
    let (start, end) = (try slot(first), try slot(last))
    guard start <= end else {
        throw .text("ERR Start slot number \(start) is greater than end slot number \(end)")
    }
    return start...end
}

private func slot(_ bytes: Bytes) throws(CommandError) -> Int {
    guard let number = bytes.integer, (0..<Int64(hashSlotCount)).contains(number) else {
        throw .message("ERR Invalid or out of range slot")
    }
    return Int(number)
}

extension Cluster {
    /// Slots do not go both ways, as a whole and key by key.
    func refuseByHand() throws(CommandError) {
        let isUnderWay = slotMigrations.isUnderWay
        if isUnderWay.exporting { throw .message("ERR Slot export in progress") }
        if isUnderWay.importing { throw .message("ERR Slot import in progress") }
    }
}

// MARK: Looking and cancelling

private func cancelSlotMigrations(_ call: inout Call) throws(CommandError) {
    guard try migrations(call).cancel() else { throw .message("ERR No migrations ongoing") }
    call.reply.ok()
}

private func showSlotMigrations(_ call: inout Call) throws(CommandError) {
    let records = try migrations(call).records
    call.reply.array(records.count)
    for record in records { write(record, to: &call.reply) }
}

private func write(_ record: SlotJobRecord, to reply: inout ReplyWriter) {
    let texts = [
        ("name", record.job.name.text), ("operation", record.isExport ? "EXPORT" : "IMPORT"),
        ("slot_ranges", record.job.slots.rangesText), ("target_node", record.job.target.text),
        ("source_node", record.job.source.text),
    ]
    let times = [
        ("create_time", record.createdAt / 1000), ("last_update_time", record.updatedAt / 1000),
        ("last_ack_time", record.acknowledgedAt / 1000),
    ]
    let figures = [
        ("cow_size", 0), ("remaining_repl_size", Int64(record.waitingBytes)), ("keys_sent", Int64(record.keys)),
        ("keys_to_send", Int64(record.allKeys)), ("bytes", Int64(record.bytes)), ("pause_ms", record.pauseMilliseconds),
    ]
    reply.map(texts.count + times.count + 2 + figures.count)
    for (name, text) in texts { write(name, text, to: &reply) }
    for (name, time) in times { write(name, time, to: &reply) }
    write("state", record.state, to: &reply)
    write("message", record.message, to: &reply)
    for (name, figure) in figures { write(name, figure, to: &reply) }
}

func write(_ name: String, _ text: String, to reply: inout ReplyWriter) {
    reply.bulk(name)
    reply.bulk(text)
}

func write(_ name: String, _ number: Int64, to reply: inout ReplyWriter) {
    reply.bulk(name)
    reply.integer(number)
}

// MARK: SYNCSLOTS

private func synchroniseSlots(_ call: inout Call) throws(CommandError) {
    let migrations = try migrations(call)
    var options = call.options(from: 2)
    let word = String(try options.next()).uppercased()
    switch word {
    case "REQUEST": try takeRequest(&call, migrations, &options)
    case "ESTABLISH": try establish(&call, migrations, &options)
    case "CANCEL": try conclude(&call, migrations, &options)
    case "IMPORTING", "IMPORTED": try adopt(call, migrations, &options, isImporting: word == "IMPORTING")
    case "CLAIMING": try hearClaim(call, migrations, &options)
    case "EXPORTING", "EXPORTED": try adoptGrant(call, migrations, &options, isOpen: word == "EXPORTING")
    case "SNAPSHOT-EOF": try tell(&call, migrations, .walked(question: String(try options.next())))
    case "ACK": try tell(&call, migrations, .asked(question: String(try options.next())))
    case "PAUSED": try tell(&call, migrations, .paused(question: String(try options.next())))
    case "FAILOVER-GRANTED":
        let epoch = options.isAtEnd ? 0 : try claimEpoch(&options)
        try tell(&call, migrations, .granted(epoch: epoch))
    default: throw .text("ERR Unknown CLUSTER SYNCSLOTS subcommand")
    }
}

private func tell(_ call: inout Call, _ migrations: SlotMigrations, _ event: SlotImport.Event) throws(CommandError) {
    guard let run = migrations.importRun(call.session) else {
        throw .message("ERR No slots come through this connection")
    }
    guard let answer = run.receive(event) else { return }
    if answer.hasPrefix("-") { throw .text(String(answer.dropFirst())) }
    call.reply.simple(answer)
}

/// A target wants slots, or asks whether they are still about to come.
private func takeRequest(
    _ call: inout Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader
) throws(CommandError) {
    guard let task = try options.value(after: "task").flatMap({ NodeName(digits: $0.buffer) }),
        let name = try options.value(after: "name").flatMap({ NodeName(digits: $0.buffer) }),
        let target = try options.value(after: "target"), options.take("slotsrange")
    else { throw .syntax }
    switch migrations.answer(to: name) {
    case .underWay: break
    case .over(let reason): throw .text("ERR \(reason)")
    case .unknown:
        let slots = try migrations.checkedSlots(&options)
        let job = SlotJob(
            name: name, slots: slots, source: migrations.authority.ownName,
            target: try migrations.checkedTarget(target, of: slots))
        migrations.begin([job], for: task)
    }
    call.reply.ok()
}

private func establish(
    _ call: inout Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader
) throws(CommandError) {
    guard let source = try options.value(after: "source").flatMap({ NodeName(digits: $0.buffer) }),
        let target = try options.value(after: "target").flatMap({ NodeName(digits: $0.buffer) }),
        let name = try options.value(after: "name").flatMap({ NodeName(digits: $0.buffer) }), options.take("slotsrange")
    else { throw .syntax }
    let slots = SlotSet(try slotRanges(&options).joined())
    guard !call.isInTransaction, migrations.importRun(call.session) == nil else {
        throw .message("ERR Slots come through this connection already")
    }
    let job = SlotJob(name: name, slots: slots, source: source, target: target)
    if let reason = migrations.begin(job, through: call.session) { throw .text("ERR \(reason)") }
    call.recordNothing()
    call.reply.ok()
}

private func conclude(
    _ call: inout Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader
) throws(CommandError) {
    if call.node.isReplica { throw .message("ERR Slot migration can only be used on primary nodes") }
    guard migrations.authority.mayClaim else { throw .text("ERR \(SlotMigrations.mayNotClaim)") }
    guard let name = NodeName(digits: try options.next().buffer), options.take("slotsrange") else { throw .syntax }
    call.reply.simple(migrations.outcome(of: name, SlotSet(try slotRanges(&options).joined())))
}

/// What a primary, or the log, says of slots that are not to be seen.
private func adopt(
    _ call: Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader, isImporting: Bool
) throws(CommandError) {
    guard call.isEffect else { throw .message("ERR Only a primary may say this") }
    let name = try nodeName(&options)
    migrations.adopt(name, isImporting ? SlotSet(try slotRanges(&options).joined()) : nil)
}

/// What a primary says of slots that it is about to claim.
private func hearClaim(
    _ call: Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader
) throws(CommandError) {
    guard call.isEffect else { throw .message("ERR Only a primary may say this") }
    let (name, owner) = (try nodeName(&options), try nodeName(&options))
    let epoch = try claimEpoch(&options)
    migrations.hear(claimOf: owner, epoch, SlotSet(try slotRanges(&options).joined()), by: name)
}

/// What a primary says of slots that it may have given away. Of what the log says `nodes.conf` knows more,
/// unless it is that all is settled.
private func adoptGrant(
    _ call: Call, _ migrations: SlotMigrations, _ options: inout ArgumentReader, isOpen: Bool
) throws(CommandError) {
    guard call.isEffect else { throw .message("ERR Only a primary may say this") }
    let name = try nodeName(&options)
    guard isOpen else { return migrations.settled(name, isKept: options.take("kept")) }
    if call.node.isLoading { return }
    let (source, target, epoch) = (try nodeName(&options), try nodeName(&options), try claimEpoch(&options))
    migrations.adopt(
        SlotGrant(
            name: name, source: source, target: target, epoch: epoch, slots: SlotSet(try slotRanges(&options).joined()))
    )
}

private func nodeName(_ options: inout ArgumentReader) throws(CommandError) -> NodeName {
    guard let name = NodeName(digits: try options.next().buffer) else { throw .syntax }
    return name
}

private func claimEpoch(_ options: inout ArgumentReader) throws(CommandError) -> UInt64 {
    guard let epoch = try options.next().integer, epoch >= 0 else { throw .syntax }
    return UInt64(epoch)
}
