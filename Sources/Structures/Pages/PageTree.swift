import Primitives

/// A counted B+ tree of pages: the skeleton of every large collection.
///
///     inner node   │ child, count, key │ child, count, key │ …      up to 168 children
///                        │
///     leaf page    whatever the collection keeps in it: elements in order, 4 KiB at most
///
/// The tree knows three things of a leaf: its page, how many elements it holds, and a key that is a lower bound of them.
/// So elements are found by their number, or by a 64-bit key that rises in order (a hash, a score, a time); where many
/// elements share a key, a comparison with the first element of a leaf tells on which side to look. What is in a leaf is
/// the business of the collection, which also splits and joins leaves and tells the tree.
///
/// 1. All leaves are on one level; an inner node other than the root has a quarter of its room in use, or more, unless its
///    neighbours are full.
/// 2. No leaf is empty, except that a tree without elements has no leaf at all.
/// 3. A page held by another tree too is never changed: `exclusiveLeaf` copies what is shared on the way down.
///
/// A tree is a value in the hands of its collection: it must be freed, or shared, by name.
@frozen
public struct PageTree {
    /// The root; nil without elements.
    public private(set) var root: Page?
    /// Elements in all leaves.
    public private(set) var count = 0
    /// Bytes of all pages.
    public internal(set) var bytes = 0
    /// Leaf pages.
    public private(set) var leafCount = 0

    /// The most levels of inner nodes.
    static var mostLevels: Int { 8 }

    /// An empty tree.
    public init() {}

    var height: Int { root.map(\.level) ?? 0 }
}

/// A way from the root of a tree to a leaf; valid until the tree changes otherwise than through it.
public struct TreePath {
    /// The inner nodes, by level; level 0 is the leaf itself.
    var nodes: InlineArray<9, Page>
    /// In the node of a level, which child the way takes.
    var indexes: InlineArray<9, Int>
    var height: Int

    init(_ root: Page) {
        nodes = InlineArray(repeating: root)
        indexes = InlineArray(repeating: 0)
        height = root.level
    }

    /// The leaf at the end.
    public var leaf: Page { nodes[0] }
}

// MARK: Finding

extension PageTree {
    /// The way to the first leaf; nil in an empty tree.
    public func firstLeaf() -> TreePath? {
        guard let root else { return nil }
        var path = TreePath(root)
        path.descendFirst(from: root.level)
        return path
    }

    /// The way to the last leaf; nil in an empty tree.
    public func lastLeaf() -> TreePath? {
        guard let root else { return nil }
        var path = TreePath(root)
        path.descendLast(from: root.level)
        return path
    }

    /// The way to the leaf with the element at `index` (0 ..< count), and the number of that element in it.
    public func leaf(at index: Int) -> (path: TreePath, offset: Int)? {
        guard let root, index >= 0, index < count else { return nil }
        var path = TreePath(root)
        var rest = index
        var level = root.level
        while level > 0 {
            let node = path.nodes[level]
            let children = node.children
            var child = 0
            while rest >= children[child].count {
                rest -= children[child].count
                child += 1
            }
            path.indexes[level] = child
            level -= 1
            path.nodes[level] = children[child].page
        }
        return (path, rest)
    }

    /// The way to the leaf where an element with `key` is, or belongs.
    /// - Parameter precedes: for leaves whose key equals `key`: whether the element comes before all of that leaf.
    @inline(__always)
    public func leaf(for key: UInt64, precedes: (Page) -> Bool = { _ in false }) -> TreePath? {
        guard let root else { return nil }
        var path = TreePath(root)
        var level = root.level
        while level > 0 {
            let node = path.nodes[level]
            let child = PageTree.child(of: node, for: key, precedes: precedes)
            path.indexes[level] = child
            level -= 1
            path.nodes[level] = node.children[child].page
        }
        return path
    }

    /// The last child whose lower bound lets `key` in.
    @inline(__always)
    private static func child(of node: Page, for key: UInt64, precedes: (Page) -> Bool) -> Int {
        let children = node.children
        // The answer lies in low ..< high; child 0 has no bound.
        var low = 0
        var high = node.count
        while high &- low > 1 {
            let middle = (low &+ high) >> 1
            let bound = children[middle].key
            if bound < key || (bound == key && !precedes(children[middle].page.firstLeaf)) {
                low = middle
            } else {
                high = middle
            }
        }
        return low
    }

    /// The way to the last leaf for which `isBefore` holds, if it holds for all before that; else to the first one.
    @inline(__always)
    func leaf(where isBefore: (Page) -> Bool) -> TreePath? {
        guard let root else { return nil }
        var path = TreePath(root)
        var level = root.level
        while level > 0 {
            let node = path.nodes[level]
            var low = 0
            var high = node.count
            while high &- low > 1 {
                let middle = (low &+ high) >> 1
                if isBefore(node.children[middle].page.firstLeaf) { low = middle } else { high = middle }
            }
            path.indexes[level] = low
            level -= 1
            path.nodes[level] = node.children[low].page
        }
        return path
    }

    /// The number of elements before the leaf of `path`.
    public func rank(of path: TreePath) -> Int {
        var sum = 0
        var level = path.height
        while level > 0 {
            let children = path.nodes[level].children
            for index in 0..<path.indexes[level] { sum &+= children[index].count }
            level -= 1
        }
        return sum
    }
}

extension Page {
    /// The first leaf under a page.
    var firstLeaf: Page {
        var page = self
        while page.level > 0 { page = page.children[0].page }
        return page
    }
}

extension TreePath {
    /// Goes on to the next leaf; false at the end, where the path stays as it is.
    public mutating func moveToNext() -> Bool {
        var level = 1
        while level <= height {
            if indexes[level] + 1 < nodes[level].count {
                indexes[level] += 1
                nodes[level - 1] = nodes[level].children[indexes[level]].page
                descendFirst(from: level - 1)
                return true
            }
            level += 1
        }
        return false
    }

    /// Goes back to the leaf before; false at the beginning, where the path stays as it is.
    public mutating func moveToPrevious() -> Bool {
        var level = 1
        while level <= height {
            if indexes[level] > 0 {
                indexes[level] -= 1
                nodes[level - 1] = nodes[level].children[indexes[level]].page
                descendLast(from: level - 1)
                return true
            }
            level += 1
        }
        return false
    }

    /// The leaf after this one under the same parent; nil where there is none.
    public var nextSibling: Page? {
        guard height > 0, indexes[1] + 1 < nodes[1].count else { return nil }
        return nodes[1].children[indexes[1] + 1].page
    }

    /// The leaf before this one under the same parent; nil where there is none.
    public var previousSibling: Page? {
        guard height > 0, indexes[1] > 0 else { return nil }
        return nodes[1].children[indexes[1] - 1].page
    }

    mutating func descendFirst(from start: Int) {
        var level = start
        while level > 0 {
            indexes[level] = 0
            nodes[level - 1] = nodes[level].children[0].page
            level -= 1
        }
    }

    mutating func descendLast(from start: Int) {
        var level = start
        while level > 0 {
            indexes[level] = nodes[level].count - 1
            nodes[level - 1] = nodes[level].children[indexes[level]].page
            level -= 1
        }
    }
}

// MARK: Changing

extension PageTree {
    /// Gives an empty tree its first leaf, which it takes over.
    public mutating func begin(with leaf: Page) {
        precondition(root == nil, "only an empty tree begins")
        root = leaf
        count = leaf.count
        bytes += Page.footprint(leaf.capacity)
        leafCount = 1
    }

    /// The leaf of `path`, made safe to write to: whatever another tree holds too is copied on the way down.
    public mutating func exclusiveLeaf(_ path: inout TreePath) -> Page {
        var level = path.height
        while level >= 0 {
            if _slowPath(!path.nodes[level].isExclusive) { copyPage(&path, level) }
            level -= 1
        }
        return path.leaf
    }

    private mutating func copyPage(_ path: inout TreePath, _ level: Int) {
        let old = path.nodes[level]
        let copy = old.copied()
        if level > 0 { for index in 0..<copy.count { copy.children[index].page.retain() } }
        place(copy, path, level)
        path.nodes[level] = copy
        // The last other holder may have let go meanwhile.
        if old.release() { PageTree.free(old) }
    }

    /// Puts a page in the place of the one on the path.
    private mutating func place(_ page: Page, _ path: TreePath, _ level: Int) {
        if level == path.height {
            root = page
        } else {
            path.nodes[level + 1].children[path.indexes[level + 1]].page = page
        }
    }

    /// Gives a leaf that is exclusive another capacity; its contents stay. The leaf may move.
    public mutating func resizeLeaf(_ path: inout TreePath, capacity: Int) -> Page {
        let old = path.leaf
        bytes += Page.footprint(capacity) - Page.footprint(old.capacity)
        let leaf = old.reallocated(capacity)
        place(leaf, path, 0)
        path.nodes[0] = leaf
        return leaf
    }

    /// Puts `leaf`, which the tree takes over, in the place of the exclusive leaf of `path`, which is freed.
    public mutating func replaceLeaf(_ path: inout TreePath, with leaf: Page) {
        let old = path.leaf
        bytes += Page.footprint(leaf.capacity) - Page.footprint(old.capacity)
        place(leaf, path, 0)
        path.nodes[0] = leaf
        old.free()
    }

    /// Tells the tree that the leaf of `path`, on an exclusive path, has so many elements more, or fewer.
    @inline(__always)
    public mutating func addCount(_ delta: Int, _ path: TreePath) {
        count &+= delta
        var level = path.height
        while level > 0 {
            path.nodes[level].children[path.indexes[level]].count &+= delta
            level -= 1
        }
    }

    /// The leaf at an end, if no other tree holds it or anything on the way to it: for changes that no other leaf sees.
    @inline(__always)
    func exclusiveLeaf(atTail: Bool) -> Page? {
        guard var page = root else { return nil }
        while page.isExclusive {
            if page.level == 0 { return page }
            page = page.children[atTail ? page.count &- 1 : 0].page
        }
        return nil
    }

    /// As `addCount`, of the leaf that `exclusiveLeaf(atTail:)` has given.
    @inline(__always)
    mutating func addCount(_ delta: Int, atTail: Bool) {
        count &+= delta
        guard var page = root else { return }
        while page.level > 0 {
            let child = page.children + (atTail ? page.count &- 1 : 0)
            child.pointee.count &+= delta
            page = child.pointee.page
        }
    }

    /// Puts a new leaf, which the tree takes over, after the leaf of an exclusive path, which is not valid any more then.
    /// - Parameter key: a lower bound of the new leaf's elements, and an upper bound of those before.
    public mutating func insertLeaf(_ leaf: Page, key: UInt64, after path: TreePath) {
        insert(Child(page: leaf, count: leaf.count, key: key), path, at: path.height == 0 ? 1 : path.indexes[1] + 1)
    }

    /// Puts a new leaf, which the tree takes over, before the leaf of an exclusive path, which is not valid any more then.
    /// - Parameter key: a lower bound of the leaf of the path, and an upper bound of the new one's elements.
    public mutating func insertLeaf(_ leaf: Page, before path: TreePath, key: UInt64) {
        var path = path
        if path.height == 0 { growRoot(&path) }
        // A bound belongs to the child after a gap: the new leaf gets that of the old one.
        let index = path.indexes[1]
        let bound = path.nodes[1].children[index].key
        path.nodes[1].children[index].key = key
        insert(Child(page: leaf, count: leaf.count, key: bound), path, at: index)
    }

    private mutating func insert(_ leaf: Child, _ path: TreePath, at index: Int) {
        var path = path
        bytes += Page.footprint(leaf.page.capacity)
        leafCount += 1
        count += leaf.count
        var carried: Child? = leaf
        var index = index
        var level = 1
        while let child = carried {
            if level > path.height { growRoot(&path) }
            carried = insert(child, &path, level, at: index)
            if level < path.height { path.parentChild(level).pointee.count = path.nodes[level].total }
            level += 1
            index = level <= path.height ? path.indexes[level] + 1 : 1
        }
        while level <= path.height {
            path.nodes[level].children[path.indexes[level]].count = path.nodes[level - 1].total
            level += 1
        }
    }

    /// Puts a node above the root.
    private mutating func growRoot(_ path: inout TreePath) {
        let old = root!
        let level = old.level + 1
        precondition(level <= PageTree.mostLevels, "a tree of more pages than memory can hold")
        let node = Page.allocate(level: level, capacity: Page.innerCapacity(children: 4))
        bytes += Page.footprint(node.capacity)
        node.count = 1
        node.children[0] = Child(page: old, count: old.total, key: 0)
        root = node
        path.height = level
        path.nodes[level] = node
        path.indexes[level] = 0
    }

    /// Puts a child into the node of a level. Returns the new node to its right if it had to be divided.
    private mutating func insert(_ child: Child, _ path: inout TreePath, _ level: Int, at index: Int) -> Child? {
        if path.nodes[level].count == Page.mostChildren { return divide(path.nodes[level], child, at: index) }
        makeRoom(&path, level)
        path.nodes[level].insert(child, at: index)
        return nil
    }

    /// Makes room for a child in the inner node of a level; the node may move.
    private mutating func makeRoom(_ path: inout TreePath, _ level: Int) {
        let node = path.nodes[level]
        guard node.count == node.childCapacity else { return }
        let capacity = Page.innerCapacity(children: min(Page.mostChildren, node.childCapacity * 2))
        bytes += Page.footprint(capacity) - Page.footprint(node.capacity)
        let larger = node.reallocated(capacity)
        place(larger, path, level)
        path.nodes[level] = larger
    }

    /// Divides a full node and puts the child into one of the halves. At either end nearly everything stays in one of
    /// them, so that a tree that only grows there is full.
    private mutating func divide(_ left: Page, _ child: Child, at index: Int) -> Child {
        let most = left.count
        let kept = index == most ? most - 1 : index == 0 ? 1 : most / 2
        let right = Page.allocate(level: left.level, capacity: Page.innerCapacity(children: Page.mostChildren))
        bytes += Page.footprint(right.capacity)
        right.count = most - kept
        right.children.update(from: left.children + kept, count: most - kept)
        left.count = kept
        if index <= kept { left.insert(child, at: index) } else { right.insert(child, at: index - kept) }
        return Child(page: right, count: right.total, key: right.children[0].key)
    }
}

extension Page {
    fileprivate func insert(_ child: Child, at index: Int) {
        (children + index + 1).update(from: children + index, count: count - index)
        children[index] = child
        count += 1
    }

    fileprivate func removeChild(at index: Int) {
        (children + index).update(from: children + index + 1, count: count - index - 1)
        count -= 1
    }
}

extension TreePath {
    /// The child, in the node above, that is this path's node of a level.
    fileprivate func parentChild(_ level: Int) -> UnsafeMutablePointer<Child> {
        nodes[level + 1].children + indexes[level + 1]
    }
}

// MARK: Removing

extension PageTree {
    /// Takes the leaf of an exclusive path out of the tree and frees it. The path is not valid any more then.
    public mutating func removeLeaf(_ path: TreePath) {
        let leaf = path.leaf
        bytes -= Page.footprint(leaf.capacity)
        leafCount -= 1
        let removed = path.height == 0 ? count : path.parentChild(0).pointee.count
        addCount(-removed, path)
        if leaf.release() { leaf.free() }
        removeChild(path, 1)
    }

    /// Takes the leaf after that of an exclusive path, under the same parent, out of the tree: its elements have been
    /// added to the leaf of the path, which the tree is told here.
    public mutating func absorbNextSibling(_ path: TreePath) {
        let child = path.parentChild(0) + 1
        let page = child.pointee.page
        (child - 1).pointee.count += child.pointee.count
        bytes -= Page.footprint(page.capacity)
        leafCount -= 1
        if page.release() { page.free() }
        var next = path
        next.indexes[1] += 1
        removeChild(next, 1)
    }

    private mutating func removeChild(_ path: TreePath, _ start: Int) {
        var level = start
        while level <= path.height {
            let node = path.nodes[level]
            node.removeChild(at: path.indexes[level])
            if node.count > 0 {
                if level < path.height { join(path, level) }
                return shrinkRoot()
            }
            freeInner(node)
            level += 1
        }
        root = nil
    }

    private mutating func freeInner(_ node: Page) {
        bytes -= Page.footprint(node.capacity)
        node.free()
    }

    /// Joins a node that has become small with a neighbour, if both fit one.
    private mutating func join(_ path: TreePath, _ level: Int) {
        let parent = path.nodes[level + 1]
        guard path.nodes[level].count < Page.mostChildren / 4, parent.count > 1 else { return }
        let index = path.indexes[level + 1]
        let leftIndex = index + 1 < parent.count ? index : index - 1
        let right = parent.children[leftIndex + 1]
        guard parent.children[leftIndex].page.count + right.page.count <= Page.mostChildren * 3 / 4 else { return }
        let left = exclusiveNode(at: leftIndex, of: parent, roomFor: right.page.count)
        left.append(childrenOf: right)
        if right.page.isExclusive {
            freeInner(right.page)
        } else {
            releaseShared(right.page)
        }
        parent.children[leftIndex].count += right.count
        parent.removeChild(at: leftIndex + 1)
        if parent.count < Page.mostChildren / 4, level + 1 < path.height { join(path, level + 1) }
    }

    /// The inner node that is a child of an exclusive one, made safe to write to and large enough.
    private mutating func exclusiveNode(at index: Int, of parent: Page, roomFor more: Int) -> Page {
        var node = parent.children[index].page
        if !node.isExclusive {
            let copy = node.copied()
            for index in 0..<copy.count { copy.children[index].page.retain() }
            releaseShared(node, isReplaced: true)
            node = copy
        }
        if node.count + more > node.childCapacity {
            bytes -= Page.footprint(node.capacity)
            node = node.reallocated(Page.innerCapacity(children: node.count + more))
            bytes += Page.footprint(node.capacity)
        }
        parent.children[index].page = node
        return node
    }

    /// Lets go of an inner node that others hold, or held until just now. Its children were taken over by another.
    private mutating func releaseShared(_ node: Page, isReplaced: Bool = false) {
        if !isReplaced {
            for index in 0..<node.count { node.children[index].page.retain() }
            bytes -= Page.footprint(node.capacity)
        }
        if node.release() { PageTree.free(node) }
    }

    /// Takes away a root with one child.
    private mutating func shrinkRoot() {
        while let node = root, node.level > 0, node.count == 1 {
            let child = node.children[0].page
            if node.isExclusive {
                freeInner(node)
            } else {
                child.retain()
                bytes -= Page.footprint(node.capacity)
                if node.release() { PageTree.free(node) }
            }
            root = child
        }
    }
}

extension Page {
    /// Appends the children of a node's right neighbour, whose bound is that of its first child.
    fileprivate func append(childrenOf neighbour: Child) {
        let start = count
        (children + start).update(from: neighbour.page.children, count: neighbour.page.count)
        count += neighbour.page.count
        children[start].key = neighbour.key
    }
}

// MARK: Holding and freeing

extension PageTree {
    /// The same tree once more, without copying anything: from here on each of the two copies what it changes.
    public func shared() -> PageTree {
        root?.retain()
        return self
    }

    /// Lets go of all pages; those that no other tree holds are freed.
    public mutating func free() {
        if let root, root.release() { PageTree.free(root) }
        self = PageTree()
    }

    /// Frees a page that nobody holds any more, and what only it held.
    static func free(_ page: Page) {
        if page.level > 0 {
            for index in 0..<page.count {
                let child = page.children[index].page
                if child.release() { free(child) }
            }
        }
        page.free()
    }
}
