import Primitives

extension HashTree {
    /// Calls `body` with every record, in the order of hashes.
    @inlinable
    public func forEach(_ body: (HashRecord) -> Void) {
        walkPages { page in
            for index in 0..<page.count { body(page.record(index, format)) }
            return true
        }
    }

    /// Calls `body` with the records, in the order of hashes, as long as it returns true.
    @inlinable
    public func walk(while body: (HashRecord) -> Bool) {
        walkPages { page in
            for index in 0..<page.count where !body(page.record(index, format)) { return false }
            return true
        }
    }

    @usableFromInline
    func walkPages(while body: (HashPage) -> Bool) {
        guard var path = tree.firstLeaf() else { return }
        while body(HashPage(path.leaf)), path.moveToNext() {}
    }

    /// Calls `body` with records in the order of hashes: those of at least `minimum` (at least 1) from a cursor on, and
    /// always all of an equal hash. Returns the cursor to go on from, 0 at the end.
    ///
    /// A record that is there from the scan's beginning, at cursor 0, to its end is given once, whatever happens to
    /// others meanwhile.
    public func scan(from cursor: UInt64, minimum: Int, _ body: (HashRecord) -> Void) -> UInt64 {
        guard cursor <= UInt64(UInt32.max), let root = tree.root else { return 0 }
        var range = HashRange()
        let first = UInt32(cursor)
        var count = 0
        var path = TreePath(from: root, toHash: first, &range, count: &count)
        var index = HashPage(path.leaf).lowerBound(first, range, count: count)
        var given = 0
        while true {
            let page = HashPage(path.leaf)
            while index < page.count {
                if given >= minimum, page.hash(index) != page.hash(index - 1) { return UInt64(page.hash(index)) }
                body(page.record(index, format))
                given += 1
                index += 1
            }
            guard path.moveToNext() else { return 0 }
            if given >= minimum { return UInt64(HashPage(path.leaf).hash(0)) }
            index = 0
        }
    }

    /// The place of the record with that number, 0 ..< count, in the order of hashes.
    public func place(at index: Int) -> HashPlace? {
        guard let (path, offset) = tree.leaf(at: index) else { return nil }
        return HashPlace(path: path, index: offset, hash: HashPage(path.leaf).hash(offset), isFound: true)
    }

    /// The place of a record, each as likely as any other; nil in an empty tree.
    @inlinable
    public func randomPlace(_ random: inout some RandomNumberGenerator) -> HashPlace? {
        count == 0 ? nil : place(at: Int.random(in: 0..<count, using: &random))
    }
}
