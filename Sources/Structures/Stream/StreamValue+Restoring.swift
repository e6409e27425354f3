import Primitives

// Filling a new stream with what was read from a file or a payload.

extension StreamValue {
    /// Appends an entry with a higher ID than all others.
    /// - Parameter beginsBlock: whether it begins a block even if there is room in the last one.
    public func restore(_ id: StreamID, _ fields: StreamFields, beginsBlock: Bool, _ limits: StreamLimits) {
        guard beginsBlock, var path = pointer.pointee.tree.lastLeaf() else { return append(id, fields, limits) }
        _ = pointer.pointee.tree.exclusiveLeaf(&path)
        pointer.pointee.tree.insertLeaf(StreamBlock.make(id, fields), key: id.milliseconds, after: path)
        pointer.pointee.lastID = id
        updateBytes()
    }

    /// Says when a consumer was seen, and when it last got something (-1 for never), in milliseconds since 1970.
    public func setConsumerTimes(_ index: Int, _ number: Int, seenAt: Int64, activeAt: Int64) {
        pointer.pointee.groups[index].setTimes(number, seenAt: seenAt, activeAt: activeAt)
    }

    /// Says how many messages producers have ever sent, and how many of them again, if any are known.
    public func setMessageCounts(added: Int64, duplicates: Int64) {
        pointer.pointee.producers?.added = added
        pointer.pointee.producers?.duplicates = duplicates
    }
}
