import Primitives

/// A walk over the entries of a range, in order or backwards; valid until the stream changes.
public struct StreamIterator {
    @usableFromInline var path: TreePath?
    @usableFromInline var block: StreamBlock
    /// Where the next entry begins; backwards, where it ends.
    @usableFromInline var offset: Int
    /// The last ID to be shown.
    @usableFromInline let limit: StreamID
    @usableFromInline let isReversed: Bool

    init(_ path: TreePath?, offset: Int, limit: StreamID, isReversed: Bool) {
        self.path = path
        // Without a path nothing reads the block.
        block = StreamBlock(path?.leaf ?? Page(UnsafeMutableRawPointer(bitPattern: 8)!))
        self.offset = offset
        self.limit = limit
        self.isReversed = isReversed
    }

    /// The next entry; nil at the end.
    @inlinable @inline(__always)
    public mutating func next() -> StreamEntry? {
        guard path != nil else { return nil }
        return isReversed ? nextBackwards() : nextForwards()
    }

    @usableFromInline
    mutating func nextForwards() -> StreamEntry? {
        while true {
            while offset < block.end {
                let start = offset
                let entry = block.entry(at: start)
                if entry.id > limit { return nil }
                offset = block.offset(after: entry, at: start)
                if !block.isDeleted(at: start) { return entry }
            }
            guard move(path!.moveToNext()) else { return nil }
            offset = block.firstLive
        }
    }

    @usableFromInline
    mutating func nextBackwards() -> StreamEntry? {
        while true {
            while offset > block.firstLive {
                offset = block.offset(before: offset)
                if block.isDeleted(at: offset) { continue }
                let entry = block.entry(at: offset)
                return entry.id < limit ? nil : entry
            }
            guard move(path!.moveToPrevious()) else { return nil }
            offset = block.end
        }
    }

    private mutating func move(_ hasMoved: Bool) -> Bool {
        if hasMoved { block = StreamBlock(path!.leaf) } else { path = nil }
        return hasMoved
    }
}

extension StreamValue {
    /// The entries of a range, both ends included; backwards from its end on request.
    public func entries(
        from first: StreamID = .zero, through last: StreamID = .greatest, isReversed: Bool = false
    ) -> StreamIterator {
        let start = isReversed ? last : first
        guard first <= last, let path = path(to: start) else {
            return StreamIterator(nil, offset: 0, limit: last, isReversed: false)
        }
        let block = StreamBlock(path.leaf)
        if isReversed {
            let end = last.next.map(block.offset(notBefore:)) ?? block.end
            return StreamIterator(path, offset: end, limit: first, isReversed: true)
        }
        return StreamIterator(path, offset: block.offset(notBefore: first), limit: last, isReversed: false)
    }

    /// The last entry; nil in an empty stream.
    public var lastEntry: StreamEntry? {
        var entries = self.entries(isReversed: true)
        return entries.next()
    }

    /// The first entry; nil in an empty stream.
    public var firstEntry: StreamEntry? {
        var entries = self.entries()
        return entries.next()
    }
}
