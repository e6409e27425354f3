import Primitives

// Groups are changed only here, so that their bytes are always known.

extension StreamValue {
    /// The number of groups.
    public var groupCount: Int { pointer.pointee.groups.count }

    /// The group at a place in the order of names.
    public subscript(group index: Int) -> StreamGroup {
        _read { yield pointer.pointee.groups[index] }
    }

    /// The place of the group with a name.
    public func group(named name: Bytes) -> Int? {
        let place = groupPlace(name)
        guard place < groupCount, pointer.pointee.groups[place].name.withBytes({ $0 == name }) else { return nil }
        return place
    }

    private func groupPlace(_ name: Bytes) -> Int {
        var low = 0
        var high = groupCount
        while low < high {
            let middle = (low + high) / 2
            if pointer.pointee.groups[middle].name.withBytes({ $0 < name }) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func change<Result>(_ index: Int, _ body: (inout StreamGroup) -> Result) -> Result {
        let old = (bytes: pointer.pointee.groups[index].bytes, ownerless: pointer.pointee.groups[index].ownerless.count)
        let result = body(&pointer.pointee.groups[index])
        pointer.pointee.groupBytes += pointer.pointee.groups[index].bytes - old.bytes
        pointer.pointee.ownerlessCount += pointer.pointee.groups[index].ownerless.count - old.ownerless
        updateBytes()
        return result
    }

    /// Adds a group; false if there is one with the name.
    public func addGroup(_ name: Bytes, lastDeliveredID: StreamID, entriesRead: Int64) -> Bool {
        let place = groupPlace(name)
        if group(named: name) != nil { return false }
        let group = StreamGroup(name: Array(name), lastDeliveredID: lastDeliveredID, entriesRead: entriesRead)
        pointer.pointee.groups.insert(group, at: place)
        pointer.pointee.groupBytes += group.bytes
        updateBytes()
        return true
    }

    /// Removes a group.
    public func removeGroup(_ index: Int) {
        let group = pointer.pointee.groups.remove(at: index)
        pointer.pointee.groupBytes -= group.bytes
        pointer.pointee.ownerlessCount -= group.ownerless.count
        updateBytes()
    }

    /// Says how far a group has read.
    public func setProgress(_ index: Int, lastDeliveredID: StreamID, entriesRead: Int64) {
        pointer.pointee.groups[index].lastDeliveredID = lastDeliveredID
        pointer.pointee.groups[index].entriesRead = entriesRead
    }

    /// Adds a consumer whose name is new to a group, and returns its number.
    public func addConsumer(_ index: Int, _ name: Bytes, seenAt: Int64) -> Int {
        change(index) { $0.addConsumer(name, seenAt: seenAt) }
    }

    /// Removes a consumer, with what it has to acknowledge.
    public func removeConsumer(_ index: Int, _ number: Int) { change(index) { $0.removeConsumer(number) } }

    /// Notes when a consumer tried to get something, and whether it did; in milliseconds since 1970.
    public func touchConsumer(_ index: Int, _ number: Int, seenAt: Int64, isActive: Bool) {
        pointer.pointee.groups[index].touch(number, seenAt: seenAt, isActive: isActive)
    }

    /// Adds a pending entry to a group, or replaces the one with its ID.
    public func setPending(_ index: Int, _ entry: PendingEntry) { change(index) { $0.setPending(entry) } }

    /// Takes an ID from a group's pending entries; false if it is not among them.
    @discardableResult
    public func removePending(_ index: Int, _ id: StreamID) -> Bool { change(index) { $0.removePending(id) } }
}

// MARK: Progress

// Clients choose these numbers, up to the greatest: like the reference, sums wrap around.

extension StreamValue {
    /// The number of entries up to and with an ID among all that were ever added; -1 where it cannot be told.
    public func entriesRead(through id: StreamID) -> Int64 {
        let added = Int64(bitPattern: entriesAdded)
        if added == 0 { return 0 }
        if count == 0, id <= lastID { return added }
        if id == lastID { return added }
        if id > lastID { return -1 }
        let first = firstID
        guard maxDeletedID == .zero || maxDeletedID < first else { return -1 }
        if id < first { return added &- Int64(count) }
        return id == first ? added &- Int64(count) &+ 1 : -1
    }

    /// Whether an entry after an ID may have been deleted that would still be between others.
    func hasTombstones(after id: StreamID) -> Bool {
        count > 0 && maxDeletedID != .zero && id <= maxDeletedID && firstID <= maxDeletedID
    }

    /// How many entries a group has not read; nil where it cannot be told.
    public func lag(_ index: Int) -> Int64? {
        let added = Int64(bitPattern: entriesAdded)
        if added == 0 { return 0 }
        let last = self[group: index].lastDeliveredID
        let read = self[group: index].entriesRead
        if read >= 0, !hasTombstones(after: last) { return added &- read }
        let estimate = entriesRead(through: last)
        return estimate < 0 ? nil : added &- estimate
    }

    /// Notes that a group has been given the entry with an ID, if that is new to it. Returns whether it is.
    public func advance(_ index: Int, to id: StreamID) -> Bool {
        guard id > self[group: index].lastDeliveredID else { return false }
        var read = self[group: index].entriesRead
        if read >= 0, !hasTombstones(after: id) {
            read &+= 1
        } else if entriesAdded > 0 {
            read = entriesRead(through: id)
        }
        setProgress(index, lastDeliveredID: id, entriesRead: read)
        return true
    }
}

// MARK: The reference's tree

extension StreamValue {
    /// The nodes that the reference's radix tree has for the blocks of this stream, whose keys are their first IDs.
    ///
    /// A node for each key, one for each place where keys part, and one for each run of bytes that only goes on.
    public var radixNodeCount: Int {
        guard var path = pointer.pointee.tree.firstLeaf() else { return 1 }
        var counter = RadixNodeCounter()
        repeat { counter.add(StreamBlock(path.leaf).firstID) } while path.moveToNext()
        return counter.finish()
    }
}

/// Counts the nodes of a compressed radix tree over 16-byte keys that come in order.
private struct RadixNodeCounter {
    /// The depths at which keys part on the way to the last key, rising.
    private var branches: [Int] = []
    private var nodes = 0
    private var last: StreamID?

    mutating func add(_ id: StreamID) {
        if let last {
            let common = RadixNodeCounter.commonBytes(last, id)
            let bottom = close(to: common)
            // The branch takes the first byte, a run the others.
            if bottom - common > 1 { nodes += 1 }
            if branches.last != common { branches.append(common) }
        }
        last = id
    }

    mutating func finish() -> Int {
        let bottom = close(to: -1)
        return bottom > 0 ? nodes + 1 : nodes
    }

    /// Counts the last key's node, and what lies below a depth on the way to it. Returns where the highest of that is.
    private mutating func close(to depth: Int) -> Int {
        var bottom = 16
        nodes += 1
        while let branch = branches.last, branch > depth {
            nodes += bottom - branch > 1 ? 2 : 1
            bottom = branch
            branches.removeLast()
        }
        return bottom
    }

    private static func commonBytes(_ left: StreamID, _ right: StreamID) -> Int {
        let time = left.milliseconds ^ right.milliseconds
        if time != 0 { return time.leadingZeroBitCount / 8 }
        return 8 + (left.sequence ^ right.sequence).leadingZeroBitCount / 8
    }
}
