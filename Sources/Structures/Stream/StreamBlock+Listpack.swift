import Primitives

#if canImport(Glibc)
    import Glibc
#endif

// Blocks as the reference keeps them:
//
//     master entry   alive │ deleted │ number of fields │ name of each │ 0
//     entry          flags: 1 deleted, 2 has the master's fields
//                    milliseconds and sequence, less those of the block's ID
//                    values; of other fields their number, and name and value of each
//                    number of the elements before

extension StreamValue {
    /// Shows `body` the blocks from the one on that begins with the entry `index`, until it returns false.
    public func forEachBlock(from index: Int, _ body: (StreamBlock) -> Bool) {
        guard var (path, _) = pointer.pointee.tree.leaf(at: index) else { return }
        while body(StreamBlock(path.leaf)), path.moveToNext() {}
    }
}

extension StreamBlock {
    /// The ID that those of the entries are counted from.
    public var id: StreamID { firstID }
    /// The number of entries that are not deleted.
    public var count: Int { page.count }

    /// Calls `body` with the elements of the reference's listpack, one after the other, and how many they are.
    public func withListpack(_ body: (Bytes, Int) -> Void) {
        var listpack = BlockListpack(capacity: fullListpackSize)
        defer { listpack.free() }
        listpack.appendMaster(of: self)
        var offset = start
        while offset < end {
            let entry = self.entry(at: offset)
            listpack.append(entry, of: self, isDeleted: isDeleted(at: offset))
            offset = self.offset(after: entry, at: offset)
        }
        body(listpack.packed.bytes, listpack.count)
    }
}

/// The elements of a listpack under way.
private struct BlockListpack {
    var packed: Packed
    var count = 0

    init(capacity: Int) { packed = Packed(owning: malloc(capacity + 16)!, count: 0, capacity: capacity + 16) }

    func free() { packed.free() }

    mutating func append(_ element: Element) {
        packed.append(element)
        count += 1
    }

    mutating func append(_ number: Int) { append(.integer(Int64(number))) }

    mutating func append(text: StreamText) {
        switch text {
        case .bytes(let bytes): append(.bytes(bytes))
        case .integer(let integer): append(.integer(integer))
        }
    }

    mutating func appendMaster(of block: StreamBlock) {
        append(block.count)
        append(block.appended - block.count)
        append(block.page.first)
        var name = UnsafeRawPointer(block.base + StreamBlock.fieldsOffset)
        for _ in 0..<block.page.first {
            append(text: StreamCoding.text(at: name))
            name += StreamCoding.size(at: name)
        }
        append(0)
    }

    mutating func append(_ entry: StreamEntry, of block: StreamBlock, isDeleted: Bool) {
        let isSame = entry.names != nil
        let before = count
        append((isDeleted ? 1 : 0) | (isSame ? 2 : 0))
        append(.integer(Int64(bitPattern: entry.id.milliseconds &- block.id.milliseconds)))
        append(.integer(Int64(bitPattern: entry.id.sequence &- block.id.sequence)))
        if !isSame { append(entry.fieldCount) }
        entry.forEachField { name, value in
            if !isSame { append(text: name) }
            append(text: value)
        }
        append(count - before)
    }
}
