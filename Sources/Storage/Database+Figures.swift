import Primitives

/// What the tables of a database are made of.
public struct TableFigures: Equatable, Sendable {
    /// Slots with keys.
    public var usedSlots = 0
    /// Those of them with more than one segment.
    public var dividedSlots = 0
    /// Segments of all slots.
    public var segments = 0
    /// Buckets of all segments, each with room for seven keys.
    public var buckets = 0
    /// Keys, expired ones included.
    public var keys = 0
    /// Keys that expire.
    public var expiring = 0
    /// Keys in the fullest slot.
    public var mostInSlot = 0
    /// Bytes of buckets, segments and directories, and of the slots themselves.
    public var bytes = Database.emptyTableBytes

    /// The figures of nothing.
    public init() {}

    /// The share of lanes that hold a key, in per cent.
    public var load: Double { buckets == 0 ? 0 : Double(keys) * 100 / Double(buckets * Bucket.laneCount) }
}

extension Database {
    /// Bytes obtained from the system for small blocks.
    public var reservedBytes: Int { heap.reservedBytes }

    /// Bytes in use in small blocks.
    @inlinable @inline(__always)
    public var smallBytes: Int { heap.liveBytes &- heap.largeBytes }

    /// Bytes in use for the tables.
    public var tableBytes: Int { heap.tableBytes + Database.emptyTableBytes }

    /// Bytes of the tables of a database without keys.
    public static var emptyTableBytes: Int { hashSlotCount * MemoryLayout<SlotTable>.stride }

    /// Hashes with fields that expire.
    public var expiringHashCount: Int { expiringHashes.count }

    /// The figures of all tables; takes a look at every slot.
    public var tableFigures: TableFigures {
        var figures = TableFigures()
        for slot in 0..<hashSlotCount where slots[slot].count > 0 { add(slot, to: &figures) }
        return figures
    }

    private func add(_ slot: Int, to figures: inout TableFigures) {
        figures.usedSlots += 1
        figures.keys += Int(slots[slot].count)
        figures.expiring += Int(slots[slot].expiring)
        figures.mostInSlot = max(figures.mostInSlot, Int(slots[slot].count))
        if slots[slot].directory != nil {
            figures.dividedSlots += 1
            figures.bytes += 8 << Int(slots[slot].directoryDepth)
        }
        (slots + slot).forEachSegment { segment, _ in
            figures.segments += 1
            figures.buckets += Int(segment.pointee.bucketCount)
            figures.bytes += Int(segment.pointee.bucketCount) * Bucket.size
        }
    }

    /// The number of keys and of buckets in the part of the table where a key lies.
    public func neighbourhood(of key: Key) -> (keys: Int, buckets: Int) {
        let segment = (slots + key.slot).segment(key.position).pointee
        return (Int(segment.count), Int(segment.bucketCount))
    }

    /// Bytes that an entry of this database takes: its block, what it owns, and its share of the table.
    public func memoryUsage(of entry: Entry) -> Int {
        let around = neighbourhood(of: Key(entry.key, hash: hash))
        let share = around.buckets * Bucket.size / max(1, around.keys)
        return Heap.blockSize(entry.size) + ownedBytes(entry) + share
    }

    private func ownedBytes(_ entry: Entry) -> Int {
        switch entry.encoding {
        case .integer, .inline: 0
        // The C library keeps eight bytes of its own before each block and rounds up to sixteen.
        case .external: (entry.external.capacity + 8 + 15) & ~15
        case .tree: entry.type.footprint(root: entry.root)
        }
    }
}
