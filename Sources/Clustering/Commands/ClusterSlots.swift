import Commands
import Gossip
import Primitives
import RESP
import Storage

/// Subcommands of CLUSTER that say which node has which slot.
let slotSubcommands: [Command] = [
    Command(
        "addslots", .cluster, since: "3.0.0", arity: -3, orderFlags, syntax: "slot [slot ...]",
        complexity: "O(N) with N slots.", summary: "Gives slots that nobody has to this node."
    ) { call throws(CommandError) in try change(&call, call.singleSlots(), isAdding: true) },
    Command(
        "addslotsrange", .cluster, since: "7.0.0", arity: -4, orderFlags,
        syntax: "start-slot end-slot [start-slot end-slot ...]", complexity: "O(N) with N slots.",
        summary: "Gives ranges of slots that nobody has to this node."
    ) { call throws(CommandError) in try change(&call, call.slotRanges(), isAdding: true) },
    Command(
        "delslots", .cluster, since: "3.0.0", arity: -3, orderFlags, syntax: "slot [slot ...]",
        complexity: "O(N) with N slots.", summary: "Has this node forget who has slots."
    ) { call throws(CommandError) in try change(&call, call.singleSlots(), isAdding: false) },
    Command(
        "delslotsrange", .cluster, since: "7.0.0", arity: -4, orderFlags,
        syntax: "start-slot end-slot [start-slot end-slot ...]", complexity: "O(N) with N slots.",
        summary: "Has this node forget who has ranges of slots."
    ) { call throws(CommandError) in try change(&call, call.slotRanges(), isAdding: false) },
    Command(
        "flushslots", .cluster, since: "3.0.0", arity: 2, orderFlags, complexity: "O(1)",
        summary: "Takes all slots from this node.", run: flushSlots),
    Command(
        "setslot", .cluster, since: "3.0.0", arity: -4, orderFlags.union(.mayReplicate),
        syntax: "slot (IMPORTING node-id|MIGRATING node-id|NODE node-id|STABLE) [TIMEOUT timeout]",
        complexity: "O(1)", summary: "Says where a slot comes from, where it goes, or whose it is.", run: setSlot),
]

// MARK: ADDSLOTS, DELSLOTS

extension Call {
    /// The slots that are named one by one.
    fileprivate func singleSlots() throws(CommandError) -> [Int] {
        try requireCluster()
        var slots: [Int] = []
        for index in 2..<arguments.count { slots.append(try slot(index)) }
        return slots
    }

    /// The slots of ranges.
    fileprivate func slotRanges() throws(CommandError) -> [Int] {
        try requireCluster()
        guard arguments.count % 2 == 0 else { throw .wrongArity(command: name) }
        var slots: [Int] = []
        for index in stride(from: 2, to: arguments.count, by: 2) {
            let (start, end) = (try slot(index), try slot(index + 1))
            guard start <= end else {
                throw .text("ERR start slot number \(start) is greater than end slot number \(end)")
            }
            // Whoever names slots twice is told so, but not after a million of them.
            if slots.count <= 2 * hashSlotCount { slots += start...end }
        }
        return slots
    }
}

private func change(_ call: inout Call, _ slots: [Int], isAdding: Bool) throws(CommandError) {
    let owned = try call.cluster().bus.access { bus in slots.map { bus.owner(of: $0) != nil } }
    var set = SlotSet()
    for (slot, isOwned) in zip(slots, owned) {
        if isAdding, isOwned { throw .text("ERR Slot \(slot) is already busy") }
        if !isAdding, !isOwned { throw .text("ERR Slot \(slot) is already unassigned") }
        if !set.insert(slot) { throw .text("ERR Slot \(slot) specified multiple times") }
    }
    try call.confirm(call.order(isAdding ? .addSlots(set) : .removeSlots(set)))
}

private func flushSlots(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    guard call.keyspace.isEmpty else { throw .message("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.") }
    try call.confirm(call.order(.flushSlots))
}

// MARK: SETSLOT

private func setSlot(_ call: inout Call) throws(CommandError) {
    let cluster = try call.cluster()
    if cluster.bus.access({ $0.myself.isReplica }) { throw .message("ERR Please use SETSLOT only with masters.") }
    let slot = try call.slot(2)
    let (action, rest) = (call.arguments[3], try argumentsBeforeTimeout(call) - 4)
    if rest == 1, !action.equals(ignoringCase: "node") { try cluster.refuseByHand() }
    if rest == 1, action.equals(ignoringCase: "migrating") {
        let isOwn = cluster.bus.access { $0.owner(of: slot) == $0.name }
        guard isOwn else { throw .text("ERR I'm not the owner of hash slot \(slot)") }
        try call.confirm(call.order(.migrate(slot: slot, to: call.otherPrimary())))
    } else if rest == 1, action.equals(ignoringCase: "importing") {
        let isOwn = cluster.bus.access { $0.owner(of: slot) == $0.name }
        if isOwn { throw .text("ERR I'm already the owner of hash slot \(slot)") }
        try call.confirm(call.order(.importSlot(slot: slot, from: call.otherPrimary())))
    } else if rest == 0, action.equals(ignoringCase: "stable") {
        try call.confirm(call.order(.settle(slot: slot)))
    } else if rest == 1, action.equals(ignoringCase: "node") {
        try assign(slot, cluster, &call)
    } else {
        throw .message("ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP")
    }
}

/// How many arguments there are but `TIMEOUT milliseconds`, which says how long replicas may take to follow; this node's
/// replicas hear of slots from the bus.
private func argumentsBeforeTimeout(_ call: Call) throws(CommandError) -> Int {
    let count = call.arguments.count
    let start = call.arguments[3].equals(ignoringCase: "stable") ? 4 : 5
    guard count > start, call.arguments[start].equals(ignoringCase: "timeout") else { return count }
    guard count == start + 2 else { throw .message("ERR Missing timeout value") }
    guard let timeout = call.arguments[start + 1].integer, timeout >= 0 else {
        throw .message("ERR timeout is not an integer or out of range")
    }
    return start
}

extension Call {
    /// The primary that a slot comes from or goes to.
    fileprivate func otherPrimary() throws(CommandError) -> NodeName {
        guard let member = try member(4) else { throw .text("ERR I don't know about node \(arguments[4].echoed())") }
        guard !member.isReplica else { throw .message("ERR Target node is not a master") }
        return member.name
    }
}

private func assign(_ slot: Int, _ cluster: Cluster, _ call: inout Call) throws(CommandError) {
    let member = try call.knownMember(4)
    guard !member.isReplica else { throw .message("ERR Target node is not a master") }
    let isEmpty = call.keyspace.isEmpty(slot: slot)
    let isLeaving = cluster.bus.access { $0.owner(of: slot) == $0.name && $0.name != member.name }
    if isLeaving, !isEmpty {
        throw .text(
            "ERR Can't assign hashslot \(slot) to a different node while I still hold keys for this hash slot.")
    }
    try call.confirm(call.order(.assign(slot: slot, to: member.name, isEmpty: isEmpty)))
}
