import Primitives

/// What is kept when a stream is trimmed.
public enum StreamTrim: Equatable, Sendable {
    /// The last so many entries.
    case length(Int)
    /// Entries with this ID or higher ones.
    case from(StreamID)
}

extension StreamValue {
    /// Removes entries from the beginning. Returns how many.
    /// - Parameters:
    ///   - isApproximate: whether only whole blocks go.
    ///   - most: the most entries to be removed; nil for no limit.
    ///   - spares: whether an entry must stay; blocks with such an entry are not removed whole.
    @discardableResult
    public func trim(
        _ trim: StreamTrim, isApproximate: Bool, most: Int? = nil, spares: ((StreamID) -> Bool)? = nil
    ) -> Int {
        defer { updateBytes() }
        var removed = 0
        if let spares { return self.trim(trim, isApproximate: isApproximate, most: most ?? .max, sparing: spares) }
        while var path = pointer.pointee.tree.firstLeaf() {
            let block = StreamBlock(path.leaf)
            let live = path.leaf.count
            if case .length(let length) = trim, count <= length { break }
            if let most, removed + live > most { break }
            if isWhole(block, trim) {
                _ = pointer.pointee.tree.exclusiveLeaf(&path)
                pointer.pointee.tree.removeLeaf(path)
                removed += live
                continue
            }
            if !isApproximate { removed += trimInside(trim, &path) }
            break
        }
        return removed
    }

    /// Whether all of a block goes.
    private func isWhole(_ block: StreamBlock, _ trim: StreamTrim) -> Bool {
        switch trim {
        case .length(let length): count - block.page.count >= length
        case .from(let id): block.lastID < id
        }
    }

    /// Removes entries from the beginning of the first block.
    private func trimInside(_ trim: StreamTrim, _ path: inout TreePath) -> Int {
        var removed = 0
        while true {
            let block = StreamBlock(path.leaf)
            switch trim {
            case .length(let length): if count <= length { return removed }
            case .from(let id): if block.id(at: block.firstLive) >= id { return removed }
            }
            removed += 1
            if delete(at: block.firstLive, &path) { return removed }
        }
    }

    /// As `trim`, but entries that must stay do: only those between them go.
    private func trim(
        _ trim: StreamTrim, isApproximate: Bool, most: Int, sparing spares: (StreamID) -> Bool
    ) -> Int {
        var victims: [StreamID] = []
        var excess = Int.max
        if case .length(let length) = trim { excess = count - length }
        var path = pointer.pointee.tree.firstLeaf()
        while path != nil, excess > victims.count {
            let block = StreamBlock(path!.leaf)
            if victims.count + path!.leaf.count > most { break }
            let isWhole =
                switch trim {
                case .length: path!.leaf.count <= excess - victims.count
                case .from(let id): block.lastID < id
                }
            if isApproximate, !isWhole { break }
            block.forEachLive { id in
                if case .from(let first) = trim, id >= first { return }
                if victims.count < excess, !spares(id) { victims.append(id) }
            }
            if !isWhole || !path!.moveToNext() { break }
        }
        for id in victims {
            var path = self.path(to: id)!
            delete(at: StreamBlock(path.leaf).offset(of: id)!, &path)
        }
        return victims.count
    }
}

extension StreamBlock {
    fileprivate func forEachLive(_ body: (StreamID) -> Void) {
        var offset = firstLive
        while offset < end {
            let entry = self.entry(at: offset)
            if !isDeleted(at: offset) { body(entry.id) }
            offset = self.offset(after: entry, at: offset)
        }
    }
}
