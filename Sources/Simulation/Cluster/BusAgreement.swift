import Gossip
import Primitives

/// Whether all machines that run tell the same of each other, and every slot has an owner that runs.
enum BusAgreement {
    /// The first thing on which they do not agree; nil where there is none.
    static func difference(_ world: BusWorld) -> String? {
        let running = world.running
        let truth = running.map(\.bus.myself)
        for process in running {
            if let difference = difference(process, truth) { return "node \(process.number): \(difference)" }
        }
        return data(running, truth)
    }

    private static func difference(_ process: BusProcess, _ truth: [Member]) -> String? {
        if !process.bus.isUp { return "takes the cluster for broken" }
        for member in truth {
            if let difference = difference(process.bus, member) { return "of \(member.name): \(difference)" }
        }
        let owned = truth.reduce(0) { $0 + ($1.isPrimary ? $1.slots.count : 0) }
        return owned == hashSlotCount ? nil : "\(owned) slots are owned by nodes that run"
    }

    private static func difference(_ bus: ClusterBus, _ truth: Member) -> String? {
        guard let member = bus.member(truth.name) else { return "is not known" }
        if member.isDown { return "is taken for failed" }
        if member.isPrimary != truth.isPrimary { return "its role" }
        if member.primary != truth.primary { return "its primary" }
        if let primary = truth.primary, bus.member(primary)?.isPrimary != true { return "its primary is none" }
        if !truth.isPrimary { return nil }
        if member.configEpoch != truth.configEpoch { return "epoch \(member.configEpoch), not \(truth.configEpoch)" }
        return member.slots == truth.slots ? nil : "its slots"
    }

    /// Whether each replicates whom its machine has it follow.
    private static func data(_ running: [BusProcess], _ truth: [Member]) -> String? {
        for (process, member) in zip(running, truth) {
            let followed = process.primary.flatMap { primary in running.first { $0.number == primary.number } }
            if followed?.bus.name != member.primary { return "node \(process.number) replicates another one" }
            if process.primary?.isLinkUp == false { return "node \(process.number) has no link" }
        }
        return nil
    }

    /// The first two primaries with slots and the same epoch; nil where there are none.
    static func collision(_ world: BusWorld) -> String? {
        var seen: [UInt64: Int] = [:]
        for process in world.running {
            let member = process.bus.myself
            guard member.isPrimary, !member.slots.isEmpty else { continue }
            if let other = seen.updateValue(process.number, forKey: member.configEpoch) {
                return "nodes \(other) and \(process.number) are both in epoch \(member.configEpoch)"
            }
        }
        return nil
    }
}
