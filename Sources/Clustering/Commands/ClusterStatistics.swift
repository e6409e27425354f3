import Commands
import Primitives
import RESP
import Settings
import Storage

/// The subcommand of CLUSTER that tells what slots hold and cost.
let statisticsSubcommands: [Command] = [
    Command(
        "slot-stats", .cluster, since: "8.0.0", arity: -4, [.loading, .stale],
        syntax: "(SLOTSRANGE start-slot end-slot|ORDERBY metric [LIMIT limit] [ASC|DESC])",
        complexity: "O(N) with N slots for SLOTSRANGE, O(N*log(N)) for ORDERBY.",
        summary: "Tells what the node's slots hold and cost.",
        tips: ["nondeterministic_output", "request_policy:all_shards"], run: slotStatistics)
]

/// What is told of a slot.
private enum SlotMetric: String, CaseIterable {
    case keyCount = "key-count"
    case microseconds = "cpu-usec"
    case bytesIn = "network-bytes-in"
    case bytesOut = "network-bytes-out"
    case memory = "memory-bytes"

    func value(_ slot: Int, _ node: Node) -> Int {
        switch self {
        case .keyCount: (0..<node.keyspace.databaseCount).reduce(0) { $0 + node.keyspace.keyCount(inSlot: slot, $1) }
        case .microseconds: node.figures(ofSlot: slot).microseconds
        case .bytesIn: node.figures(ofSlot: slot).bytesIn
        case .bytesOut: node.figures(ofSlot: slot).bytesOut
        case .memory: node.keyspace.estimatedBytes(inSlot: slot)
        }
    }

    /// Those that a node has.
    static func told(_ node: Node) -> [SlotMetric] { node.countsSlots ? allCases : [.keyCount] }
}

private func slotStatistics(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    var options = call.options(from: 2)
    if call.arguments.count == 5, options.take("slotsrange") {
        let (start, end) = (try call.slot(3), try call.slot(4))
        guard start <= end else {
            throw .text("ERR Start slot number \(start) is greater than end slot number \(end)")
        }
        write((start...end).filter { call.node.serves($0) }, &call)
    } else if options.take("orderby") {
        write(try SlotOrder(&options, call.node).slots(call.node), &call)
    } else {
        throw .syntax
    }
}

private func write(_ slots: [Int], _ call: inout Call) {
    let metrics = SlotMetric.told(call.node)
    call.reply.array(slots.count)
    for slot in slots {
        call.reply.array(2)
        call.reply.integer(slot)
        call.reply.map(metrics.count)
        for metric in metrics {
            call.reply.bulk(metric.rawValue)
            call.reply.integer(metric.value(slot, call.node))
        }
    }
}

/// Which slots are wanted, and in what order.
private struct SlotOrder {
    let metric: SlotMetric
    private var limit: Int?
    private var isDescending: Bool?

    /// What follows `ORDERBY`.
    init(_ options: inout ArgumentReader, _ node: Node) throws(CommandError) {
        let word = String(try options.next()).lowercased()
        guard let metric = SlotMetric.told(node).first(where: { $0.rawValue == word }) else {
            throw .message("ERR Unrecognized sort metric for ORDERBY.")
        }
        self.metric = metric
        while !options.isAtEnd {
            if let number = try options.value(after: "limit") {
                guard let most = number.integer, (1...Int64(hashSlotCount)).contains(most) else {
                    throw .message("ERR Limit has to lie in between 1 and 16384 (maximum number of slots).")
                }
                try SlotOrder.setOnce(&limit, to: Int(most))
            } else if options.take("asc") {
                try SlotOrder.setOnce(&isDescending, to: false)
            } else if options.take("desc") {
                try SlotOrder.setOnce(&isDescending, to: true)
            } else {
                throw .syntax
            }
        }
    }

    private static func setOnce<Value>(_ option: inout Value?, to value: Value) throws(CommandError) {
        guard option == nil else { throw .message("ERR Multiple filters of the same type are disallowed.") }
        option = value
    }

    /// Slots that are alike stand in the order of their numbers.
    func slots(_ node: Node) -> [Int] {
        let sign = isDescending ?? true ? -1 : 1
        let valued = (0..<hashSlotCount).filter(node.serves).map { (slot: $0, rank: sign * metric.value($0, node)) }
        let sorted = valued.sorted { ($0.rank, $0.slot) < ($1.rank, $1.slot) }
        return sorted.prefix(limit ?? hashSlotCount).map(\.slot)
    }
}
