import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// An element of an `OrderTree`.
public struct OrderElement {
    /// What it is ordered by first.
    public var key: UInt64
    /// What it is ordered by among equal keys; a view.
    public var member: Bytes
    /// A bit that the order has nothing to do with.
    public var isMarked: Bool

    /// An element.
    @inline(__always)
    public init(key: UInt64, member: Bytes, isMarked: Bool = false) {
        self.key = key
        self.member = member
        self.isMarked = isMarked
    }
}

/// Members in the order of 64-bit keys, and of their bytes where keys are equal: the order of a sorted set by score, of
/// the fields of a hash by the time when they expire. An element is found by key and member, by its rank, or by a bound.
///
/// A member may be there with several keys: who wants each once has an index beside. The tree is a value in the hands of
/// its owner: it must be freed, or shared, by name.
public struct OrderTree {
    private var tree = PageTree()

    /// No elements.
    public init() {}

    private init(_ tree: PageTree) { self.tree = tree }

    /// The number of elements.
    @inline(__always)
    public var count: Int { tree.count }
    /// Bytes of all pages.
    public var bytes: Int { tree.bytes }
    /// Leaf pages.
    var leafCount: Int { tree.leafCount }

    /// The same elements once more, without copying them.
    public func shared() -> OrderTree { OrderTree(tree.shared()) }

    /// Frees everything. Any thread may do it.
    public mutating func free() { tree.free() }
}

// MARK: Finding

extension OrderTree {
    /// The first element; nil without elements.
    public var first: OrderElement? { tree.firstLeaf().map { OrderPage($0.leaf).element(0) } }

    /// The last element; nil without elements.
    public var last: OrderElement? {
        tree.lastLeaf().map { path in
            let leaf = OrderPage(path.leaf)
            return leaf.element(leaf.count - 1)
        }
    }

    @inline(__always)
    private func path(_ key: UInt64, _ member: Bytes) -> TreePath? {
        tree.leaf(for: key) { leaf in OrderPage(leaf).follows(0, key, member) }
    }

    /// How many elements stand before (`key`, `member`), which need not be there.
    public func rank(of key: UInt64, _ member: Bytes) -> Int {
        guard let path = path(key, member) else { return 0 }
        return tree.rank(of: path) + OrderPage(path.leaf).lowerBound(key, member)
    }

    /// How many elements have a smaller key.
    public func rank(ofFirst key: UInt64) -> Int { rank(of: key, .empty) }

    /// How many elements have a key that is not larger.
    public func rank(afterLast key: UInt64) -> Int { key == .max ? count : rank(ofFirst: key + 1) }

    /// How many elements stand before the first one for which `isBefore` does not hold, if it holds for all up to there.
    public func rank(where isBefore: (OrderElement) -> Bool) -> Int {
        guard let path = tree.leaf(where: { isBefore(OrderPage($0).element(0)) }) else { return 0 }
        let leaf = OrderPage(path.leaf)
        return tree.rank(of: path) + leaf.partition { isBefore(leaf.element($0)) }
    }

    /// Whether (`key`, `member`) is there.
    public func contains(_ key: UInt64, _ member: Bytes) -> Bool {
        guard let path = path(key, member) else { return false }
        let leaf = OrderPage(path.leaf)
        return leaf.holds(key, member, at: leaf.lowerBound(key, member))
    }

    /// The element of a rank, 0 ..< count.
    public func element(at rank: Int) -> OrderElement? {
        place(rank).map { OrderPage($0.path.leaf).element($0.offset) }
    }

    /// As `PageTree.leaf(at:)`, quicker at either end.
    private func place(_ rank: Int) -> (path: TreePath, offset: Int)? {
        if rank == 0, let path = tree.firstLeaf() { return (path, 0) }
        if rank == count - 1, let path = tree.lastLeaf() { return (path, path.leaf.count - 1) }
        return tree.leaf(at: rank)
    }

    /// Calls `body` with the elements of a range of ranks, in order. They are valid until the tree changes.
    public func forEach(in ranks: Range<Int>, _ body: (OrderElement) -> Void) {
        guard !ranks.isEmpty, var (path, offset) = place(ranks.lowerBound) else { return }
        var rest = ranks.count
        while true {
            let leaf = OrderPage(path.leaf)
            let end = min(leaf.count, offset + rest)
            for index in offset..<end { body(leaf.element(index)) }
            rest -= end - offset
            guard rest > 0, path.moveToNext() else { return }
            offset = 0
        }
    }

    /// As `forEach`, from the last to the first.
    public func forEachReversed(in ranks: Range<Int>, _ body: (OrderElement) -> Void) {
        guard !ranks.isEmpty, var (path, offset) = place(ranks.upperBound - 1) else { return }
        var rest = ranks.count
        while true {
            let leaf = OrderPage(path.leaf)
            var index = offset
            while index >= 0, rest > 0 {
                body(leaf.element(index))
                index -= 1
                rest -= 1
            }
            guard rest > 0, path.moveToPrevious() else { return }
            offset = path.leaf.count - 1
        }
    }
}

extension OrderPage {
    @inline(__always)
    fileprivate func holds(_ key: UInt64, _ member: Bytes, at index: Int) -> Bool {
        index < count && self.key(index) == key && self.member(index) == member
    }
}

// MARK: Adding

extension OrderTree {
    /// Adds an element, which must not be there yet. Its member must not lie in this tree.
    public mutating func insert(_ element: OrderElement) {
        let size = OrderPage.recordSize(element.member) + OrderPage.slotSize
        while true {
            guard var path = path(element.key, element.member) else { return tree.begin(with: .leaf(element)) }
            var leaf = OrderPage(tree.exclusiveLeaf(&path))
            let index = leaf.lowerBound(element.key, element.member)
            if leaf.live + size > Page.largest {
                if addLeaf(element, at: index, path) { return }
                divide(path)
                continue
            }
            if leaf.room < size { leaf = enlarge(&path, by: size) }
            leaf.insert(element, at: index)
            return tree.addCount(1, path)
        }
    }

    /// Puts an element that belongs at either end of a full leaf into a leaf of its own, so that a tree that grows in
    /// order is full.
    private mutating func addLeaf(_ element: OrderElement, at index: Int, _ path: TreePath) -> Bool {
        let leaf = OrderPage(path.leaf)
        if index == leaf.count {
            tree.insertLeaf(.leaf(element), key: element.key, after: path)
        } else if index == 0 {
            tree.insertLeaf(.leaf(element), before: path, key: leaf.key(0))
        } else {
            return false
        }
        return true
    }

    /// Makes two leaves of one.
    private mutating func divide(_ path: TreePath) {
        var path = path
        let leaf = OrderPage(path.leaf)
        let middle = leaf.middle
        let right = leaf.copy(middle..<leaf.count)
        let left = leaf.copy(0..<middle)
        tree.addCount(-right.count, path)
        tree.replaceLeaf(&path, with: left.page)
        tree.insertLeaf(right.page, key: right.key(0), after: path)
    }

    /// Makes room in an exclusive leaf, without what is dead in it.
    private mutating func enlarge(_ path: inout TreePath, by size: Int) -> OrderPage {
        let leaf = OrderPage(path.leaf)
        if leaf.dead > 0 {
            tree.replaceLeaf(&path, with: leaf.copy(0..<leaf.count, more: size).page)
            return OrderPage(path.leaf)
        }
        let old = leaf.page.capacity
        let larger = OrderPage(tree.resizeLeaf(&path, capacity: Page.fittingCapacity(leaf.live + size)))
        let slots = larger.count * OrderPage.slotSize
        memmove(larger.page.base + (larger.page.capacity - slots), larger.page.base + (old - slots), slots)
        return larger
    }
}

extension Page {
    /// A leaf with one element.
    fileprivate static func leaf(_ element: OrderElement) -> Page {
        let size = Page.headerSize + OrderPage.recordSize(element.member) + OrderPage.slotSize
        let leaf = OrderPage(fitting: size)
        leaf.insert(element, at: 0)
        return leaf.page
    }
}

extension OrderPage {
    /// A new page with some elements of this one, and room for `more` bytes.
    fileprivate func copy(_ range: Range<Int>, more: Int = 0) -> OrderPage {
        let copy = OrderPage(fitting: Page.headerSize + size(range) + more)
        copy.append(self, range)
        return copy
    }

    /// Bytes of the records and slots of elements.
    private func size(_ range: Range<Int>) -> Int {
        if range.count == count { return live - Page.headerSize }
        return range.reduce(0) { $0 + OrderPage.recordSize(member($1)) + OrderPage.slotSize }
    }
}

// MARK: Removing

extension OrderTree {
    /// Removes an element. Returns whether it was there.
    @discardableResult
    public mutating func remove(_ key: UInt64, _ member: Bytes) -> Bool {
        guard var path = path(key, member) else { return false }
        let index = OrderPage(path.leaf).lowerBound(key, member)
        guard OrderPage(path.leaf).holds(key, member, at: index) else { return false }
        remove(&path, index..<index + 1)
        return true
    }

    /// Removes the elements of a range of ranks.
    public mutating func remove(in ranks: Range<Int>) {
        var rest = ranks.count
        while rest > 0, var place = endPlace(ranks.lowerBound, rest) ?? place(ranks.lowerBound) {
            let end = min(place.path.leaf.count, place.offset + rest)
            remove(&place.path, place.offset..<end)
            rest -= end - place.offset
        }
    }

    /// The place of a rank whose `count` elements are the last ones, all in the last leaf.
    private func endPlace(_ rank: Int, _ count: Int) -> (path: TreePath, offset: Int)? {
        guard rank + count == self.count, let path = tree.lastLeaf(), path.leaf.count >= count else { return nil }
        return (path, path.leaf.count - count)
    }

    private mutating func remove(_ path: inout TreePath, _ range: Range<Int>) {
        let leaf = OrderPage(tree.exclusiveLeaf(&path))
        if range.count == leaf.count { return tree.removeLeaf(path) }
        leaf.remove(range)
        tree.addCount(-range.count, path)
        if leaf.waste >= OrderTree.mostWaste { tidy(&path) }
    }

    /// Bytes without use from which on a leaf is joined with a neighbour, or made smaller.
    private static var mostWaste: Int { Page.largest / 4 }

    private mutating func tidy(_ path: inout TreePath) {
        let leaf = OrderPage(path.leaf)
        if let next = path.nextSibling, leaf.fits(with: OrderPage(next)) {
            absorbNext(&path)
        } else if let previous = path.previousSibling, leaf.fits(with: OrderPage(previous)) {
            _ = path.moveToPrevious()
            _ = tree.exclusiveLeaf(&path)
            absorbNext(&path)
        } else {
            tree.replaceLeaf(&path, with: leaf.copy(0..<leaf.count).page)
        }
    }

    private mutating func absorbNext(_ path: inout TreePath) {
        guard let next = path.nextSibling.map({ OrderPage($0) }) else { return }
        let leaf = OrderPage(path.leaf)
        let both = leaf.copy(0..<leaf.count, more: next.live - Page.headerSize)
        both.append(next, 0..<next.count)
        tree.replaceLeaf(&path, with: both.page)
        tree.absorbNextSibling(path)
    }
}

extension OrderPage {
    /// Whether the elements of both pages fit one, and leave room in it.
    fileprivate func fits(with other: OrderPage) -> Bool {
        live + other.live - Page.headerSize <= Page.largest * 3 / 4
    }
}
