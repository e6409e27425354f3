import Gossip

/// The cluster at a moment as a node sees it, for metrics and the page.
public struct ClusterPicture: Sendable {
    /// The node that looks.
    public var me: NodeName
    /// Whether all slots that have to be served are.
    public var isUp: Bool
    /// The highest epoch known, and that of the node's own claim.
    public var (currentEpoch, ownEpoch): (UInt64, UInt64)
    /// How many primaries own slots.
    public var size: Int
    /// Every node, by name.
    public var members: [Member]
    /// Counters of messages and slots.
    public var statistics: BusStatistics
    /// Slots of this node that move key by key, and to whom; slots that come, and from whom.
    public var (migrating, importing): ([Int: NodeName], [Int: NodeName])
    /// How many connections were closed since too much waited in them.
    public var linksOverLimit: Int
}

extension SharedBus {
    /// The cluster as it is now. Any thread may ask.
    public var picture: ClusterPicture {
        let linksOverLimit = self.linksOverLimit
        return access { bus in
            ClusterPicture(
                me: bus.name, isUp: bus.isUp, currentEpoch: bus.currentEpoch, ownEpoch: bus.myself.configEpoch,
                size: bus.size, members: bus.members, statistics: bus.statistics, migrating: bus.migrating,
                importing: bus.importing, linksOverLimit: linksOverLimit)
        }
    }
}

/// A migration of slots as it is shown.
public struct MigrationFigures: Sendable {
    /// Its name, and both ends.
    public var (name, source, target): (NodeName, NodeName, NodeName)
    /// The slots: `0-99 200-200`.
    public var slots: String
    /// How many they are.
    public var slotCount: Int
    /// Whether this node gives them away.
    public var isExport: Bool
    /// What it is at, and what there is to be said of that.
    public var (state, message): (String, String)
    /// Whether nothing more happens to it.
    public var isOver: Bool
    /// Seconds since 1970.
    public var (createdAt, updatedAt): (Int64, Int64)
    /// Keys that were written, and those that there were at the cut; bytes that were sent or have come.
    public var (keys, allKeys, bytes): (Int, Int, Int)
}

extension SlotMigrations {
    /// What is shown, the newest first, so many at most.
    public func figures(_ most: Int) -> [MigrationFigures] {
        records.prefix(most).map { record in
            MigrationFigures(
                name: record.job.name, source: record.job.source, target: record.job.target,
                slots: record.job.slots.rangesText, slotCount: record.job.slots.count, isExport: record.isExport,
                state: record.state, message: record.message, isOver: record.isOver, createdAt: record.createdAt / 1000,
                updatedAt: record.updatedAt / 1000, keys: record.keys, allKeys: record.allKeys, bytes: record.bytes)
        }
    }
}
