import Gossip
import Primitives
import RESP

/// What commands have cost by the slots of their keys, while `cluster-slot-stats-enabled` is on.
final class SlotCounters {
    struct Counter {
        var ticks: UInt64 = 0
        /// Bytes of requests; and of replies, of what replicas are sent, and of messages.
        var (bytesIn, bytesOut) = (0, 0)
    }

    /// The slot of the transaction that runs, whose effects replicas are sent at its end.
    var transactionSlot: Int?
    private let counters: UnsafeMutablePointer<Counter>

    init() {
        counters = .allocate(capacity: hashSlotCount)
        counters.initialize(repeating: Counter(), count: hashSlotCount)
    }

    deinit { counters.deallocate() }

    subscript(slot: Int) -> Counter {
        get { counters[slot] }
        set { counters[slot] = newValue }
    }

    /// Begins anew.
    func reset() { counters.update(repeating: Counter(), count: hashSlotCount) }
}

/// What is told of a slot.
public struct SlotFigures: Sendable {
    /// Microseconds that commands took.
    public var microseconds = 0
    /// Bytes of requests; and of replies, of what each replica is sent, and of messages to subscribers.
    public var (bytesIn, bytesOut) = (0, 0)

    /// Nothing happened yet.
    public init() {}
}

extension Node {
    /// Whether it is counted what slots cost.
    public var countsSlots: Bool { attention.contains(.slotStatistics) }

    /// Whether a slot belongs to this node, or to its primary.
    public func serves(_ slot: Int) -> Bool { slotMap?.isOfShard(slot) ?? false }

    /// What commands with keys of a slot have cost.
    public func figures(ofSlot slot: Int) -> SlotFigures {
        var figures = SlotFigures()
        guard let counter = slotCounters?[slot] else { return figures }
        figures.microseconds = Int(Double(counter.ticks) * tick / 1000)
        (figures.bytesIn, figures.bytesOut) = (counter.bytesIn, counter.bytesOut)
        return figures
    }

    /// Counts, or stops counting, as the directive says; what has been counted stays.
    func adoptSlotStatistics() {
        guard settings.clusterEnabled, settings.clusterSlotStatsEnabled else {
            return attention.subtract(.slotStatistics)
        }
        slotCounters = slotCounters ?? SlotCounters()
        attention.insert(.slotStatistics)
    }

    /// Forgets what slots have cost that have left the shard.
    func forgetSlots(outside map: SlotMap) {
        guard let slotCounters else { return }
        for slot in 0..<hashSlotCount where !map.isOfShard(slot) { slotCounters[slot] = SlotCounters.Counter() }
    }

    /// Charges a command that has run to its slot. Those of a script are part of the command that runs it.
    /// - Parameter effectBytes: what it has added to the journal; with EXEC, what the transaction has.
    func countSlot(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, ticks: UInt64,
        replyBytes: Int, effectBytes: Int
    ) {
        guard !session.isScript, let slotCounters else { return }
        let replicated = effectBytes == 0 ? 0 : effectBytes * (replication?.lag.all ?? 0)
        if isExec(record) {
            if let slot = slotCounters.transactionSlot { slotCounters[slot].bytesOut += replicated }
            return slotCounters.transactionSlot = nil
        }
        commands.forEachKey(arguments, record) { key in
            let slot = hashSlot(of: key)
            var counter = slotCounters[slot]
            counter.ticks &+= ticks
            counter.bytesIn += arguments.wireSize
            counter.bytesOut += replyBytes + replicated
            slotCounters[slot] = counter
            if session.transaction != nil { slotCounters.transactionSlot = slot }
            return false
        }
    }

    /// Charges what subscribers are sent to the slot of their shard channel.
    func countMessage(_ bytes: Int, on channel: Bytes) {
        if countsSlots { slotCounters?[hashSlot(of: channel)].bytesOut += bytes }
    }
}
