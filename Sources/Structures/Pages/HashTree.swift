import Primitives

/// Records that are found by their member: the dictionary of large sets and hashes, and the index of members of sorted
/// sets. Its pages are in the order of the members' 32-bit hashes.
///
///     PageTree by hash ──▶ HashPage: slots by hash ──▶ record: member, payload
///
/// 1. Members of equal hash are in one page.
/// 2. Pages have as much room as they need, in steps, up to the largest page; then they are divided. A record larger
///    than that has a page to itself (and to others of the same hash).
/// 3. The order by hash stays what it is whatever is added and removed, so that a scan misses nothing.
///
/// A tree must be freed, or shared, by name.
@frozen
public struct HashTree {
    @usableFromInline var tree = PageTree()
    /// How its records lie in memory.
    @usableFromInline let format: RecordFormat
    private let hash: KeyHash

    /// An empty tree.
    public init(_ format: RecordFormat, hash: KeyHash) {
        self.format = format
        self.hash = hash
    }

    /// Records.
    @inlinable
    public var count: Int { tree.count }
    /// Bytes of all pages.
    @inlinable
    public var bytes: Int { tree.bytes }

    /// Pages with records.
    public var pageCount: Int { tree.leafCount }

    /// The same records once more, without copying them: from here on each of the two copies what it changes.
    public func shared() -> HashTree {
        var copy = self
        copy.tree = tree.shared()
        return copy
    }

    /// Lets go of all records.
    public mutating func free() { tree.free() }

    /// The hash by which a member is found, here and in every other tree of the process.
    @inline(__always)
    public func hash(of member: Bytes) -> UInt32 { UInt32(truncatingIfNeeded: hash(member) >> 32) }
}

/// Where a member is in a `HashTree`, or would be; valid until the tree changes otherwise than through it.
public struct HashPlace {
    /// The way to the page; nil in an empty tree.
    var path: TreePath?
    var index: Int
    let hash: UInt32
    /// Whether the member is there.
    public internal(set) var isFound: Bool
}

// MARK: Finding

extension HashTree {
    /// The record of a member.
    @inline(__always)
    public func find(_ member: Bytes) -> HashRecord? { find(member, hash: hash(of: member)) }

    /// Whether there is a record of a member.
    @inline(__always)
    public func contains(_ member: Bytes) -> Bool { find(member, hash: hash(of: member)) != nil }

    /// The record of a member whose hash is known.
    public func find(_ member: Bytes, hash: UInt32) -> HashRecord? {
        guard let (leaf, count, range) = leaf(for: hash) else { return nil }
        let (index, isFound) = leaf.search(member, hash, range, count: count, format)
        return isFound ? leaf.record(index, format) : nil
    }

    /// The page where a hash is, or belongs, how many records are in it, and what hashes it has: the parent knows, so that
    /// nothing has to wait for the page itself.
    @inline(__always)
    func leaf(for hash: UInt32) -> (page: HashPage, count: Int, range: HashRange)? {
        guard var page = tree.root else { return nil }
        var range = HashRange()
        var count = page.count
        var level = page.level
        while level > 0 {
            let child = page.children[page.child(for: UInt64(hash), &range)]
            page = child.page
            count = child.count
            level &-= 1
        }
        return (HashPage(page), count, range)
    }

    /// The place of a member, to look at it, change it, or insert it.
    @inline(__always)
    public func locate(_ member: Bytes) -> HashPlace { locate(member, hash: hash(of: member)) }

    /// The place of a member whose hash is known.
    public func locate(_ member: Bytes, hash: UInt32) -> HashPlace {
        guard let root = tree.root else { return HashPlace(path: nil, index: 0, hash: hash, isFound: false) }
        var range = HashRange()
        var count = 0
        let path = TreePath(from: root, toHash: hash, &range, count: &count)
        let (index, isFound) = HashPage(path.leaf).search(member, hash, range, count: count, format)
        return HashPlace(path: path, index: index, hash: hash, isFound: isFound)
    }

    /// The record at a place where there is one.
    @inline(__always)
    public func record(at place: borrowing HashPlace) -> HashRecord {
        guard let path = place.path else { preconditionFailure("an empty tree has no records") }
        return HashPage(path.leaf).record(place.index, format)
    }
}

extension Page {
    /// The child of an inner node under which a hash is, and what range of hashes that has.
    @inline(__always)
    fileprivate func child(for hash: UInt64, _ range: inout HashRange) -> Int {
        let children = children
        let count = count
        var index = range.guess(hash, among: count)
        while index > 0, children[index].key > hash { index &-= 1 }
        while index &+ 1 < count, children[index &+ 1].key <= hash { index &+= 1 }
        if index > 0 { range.low = children[index].key }
        if index &+ 1 < count { range.high = children[index &+ 1].key }
        return index
    }
}

extension TreePath {
    /// The way to the leaf where a hash is, or belongs, what hashes it has, and how many: its parent knows, so that
    /// nothing has to wait for the leaf itself.
    @inline(__always)
    init(from root: Page, toHash hash: UInt32, _ range: inout HashRange, count: inout Int) {
        self.init(root)
        count = root.count
        var level = height
        while level > 0 {
            let node = nodes[level]
            let index = node.child(for: UInt64(hash), &range)
            indexes[level] = index
            level &-= 1
            nodes[level] = node.children[index].page
            count = node.children[index].count
        }
    }

    /// The way to the leaf where a hash is, or belongs.
    init(from root: Page, toHash hash: UInt32) {
        var range = HashRange()
        var count = 0
        self.init(from: root, toHash: hash, &range, count: &count)
    }
}
