#if canImport(Glibc)
    import Glibc
#endif

/// A large list: a counted tree whose leaves are list pages.
public struct ListRoot: CollectionRoot {
    var tree = PageTree()

    /// Bytes of all pages.
    public var bytes: Int { tree.bytes }

    /// The same list once more; pages are held by both and copied when written.
    public func shared() -> ListRoot { ListRoot(tree: tree.shared()) }

    /// Frees all pages that no other list holds.
    public mutating func free() { tree.free() }
}

// MARK: At the ends

extension ListRoot {
    @inline(__always)
    private func path(to end: ListEnd) -> TreePath? { end == .head ? tree.firstLeaf() : tree.lastLeaf() }

    /// Pushes elements one after the other at an end. No element may lie in the list itself.
    mutating func push(_ count: Int, at end: ListEnd, _ element: (Int) -> Element) {
        var index = 0
        if count == 1, pushIntoRoom(element(0), at: end) { return }
        while index < count {
            guard var path = path(to: end) else {
                tree.begin(with: ListRoot.page(with: element(index), growingAt: end))
                index += 1
                continue
            }
            let before = tree.exclusiveLeaf(&path).count
            let isFull = fill(&path, &index, count, at: end, element)
            let added = path.leaf.count &- before
            if added > 0 { tree.addCount(added, path) }
            if isFull { addLeaf(ListRoot.page(with: element(index), growingAt: end), beside: path, at: end, &index) }
        }
    }

    /// Pushes an element where there is room for it and nothing has to be copied, as is usual. False elsewhere.
    @inline(__always)
    private mutating func pushIntoRoom(_ element: Element, at end: ListEnd) -> Bool {
        guard let leaf = tree.exclusiveLeaf(atTail: end == .tail).map(ListPage.init) else { return false }
        let size = Listpack.size(element)
        guard leaf.room(at: end) >= size else { return false }
        leaf.push(element, size, at: end)
        tree.addCount(1, atTail: end == .tail)
        return true
    }

    /// Pushes elements as long as they fit the leaf. Returns whether some are left.
    @inline(__always)
    private mutating func fill(
        _ path: inout TreePath, _ index: inout Int, _ count: Int, at end: ListEnd, _ element: (Int) -> Element
    ) -> Bool {
        while index < count {
            let next = element(index)
            let size = Listpack.size(next)
            if ListPage(path.leaf).room(at: end) < size, !makeRoom(size, at: end, &path) { return true }
            ListPage(path.leaf).push(next, size, at: end)
            index &+= 1
        }
        return false
    }

    private static func page(with element: Element, growingAt end: ListEnd) -> Page {
        let size = Listpack.size(element)
        let leaf = ListPage(for: size, growingAt: end)
        leaf.push(element, size, at: end)
        return leaf.page
    }

    private mutating func addLeaf(_ leaf: Page, beside path: TreePath, at end: ListEnd, _ index: inout Int) {
        index += 1
        if end == .head {
            tree.insertLeaf(leaf, before: path, key: 0)
        } else {
            tree.insertLeaf(leaf, key: 0, after: path)
        }
    }

    /// Makes room for an element at an end of an exclusive leaf; false where another leaf is to be had instead.
    private mutating func makeRoom(_ size: Int, at end: ListEnd, _ path: inout TreePath) -> Bool {
        let needed = ListPage(path.leaf).neededCapacity + size
        // Sliding pays when it makes room for many.
        if needed > path.leaf.capacity / 4 * 3 {
            guard needed <= Page.largest else { return false }
            let capacity = ListPage.capacity(growingTo: needed)
            guard capacity > path.leaf.capacity else { return false }
            grow(&path, capacity, at: end)
        }
        let leaf = ListPage(path.leaf)
        // The only leaf may grow, or be taken from, at both ends.
        let isShared = tree.leafCount == 1 && leaf.room(at: end.opposite) > 0
        let left = isShared ? (leaf.page.capacity - needed) / 2 : 0
        leaf.slide(to: end == .head ? leaf.page.capacity - leaf.size - left : Page.headerSize + left)
        return true
    }

    /// Gives an exclusive leaf more capacity, beyond the end where elements are pushed.
    private mutating func grow(_ path: inout TreePath, _ capacity: Int, at end: ListEnd) {
        guard end == .head else {
            _ = tree.resizeLeaf(&path, capacity: capacity)
            return
        }
        let old = ListPage(path.leaf)
        let page = Page.allocate(capacity: capacity)
        page.first = capacity - old.size
        page.used = capacity
        page.count = old.page.count
        memcpy(page.base + page.first, old.start, old.size)
        tree.replaceLeaf(&path, with: page)
    }

    /// Shows `body` the element at an end, and removes it. Only of a list with elements.
    mutating func pop(at end: ListEnd, _ body: (Element) -> Void) {
        if let page = tree.exclusiveLeaf(atTail: end == .tail), page.count > 1 {
            ListPage(page).pop(at: end, body)
            return tree.addCount(-1, atTail: end == .tail)
        }
        guard var path = path(to: end) else { return }
        let leaf = ListPage(tree.exclusiveLeaf(&path))
        leaf.pop(at: end, body)
        if leaf.page.count == 0 { return tree.removeLeaf(path) }
        tree.addCount(-1, path)
    }

    /// Removes elements from an end, whole leaves at a time.
    mutating func remove(_ number: Int, at end: ListEnd) {
        var rest = number
        while rest > 0, var path = path(to: end) {
            let leaf = ListPage(tree.exclusiveLeaf(&path))
            let held = leaf.page.count
            if held > rest {
                leaf.drop(rest, at: end)
                return tree.addCount(-rest, path)
            }
            tree.removeLeaf(path)
            rest -= held
        }
    }
}

// MARK: Inside

extension ListRoot {
    /// Puts an element before the one at `index`, or behind all.
    mutating func insert(_ element: Element, at index: Int) {
        if index == 0 || index == tree.count { return push(1, at: index == 0 ? .head : .tail) { _ in element } }
        let size = Listpack.size(element)
        while case (var path, let offset)? = tree.leaf(at: index) {
            _ = tree.exclusiveLeaf(&path)
            if makeRoomInside(size, &path) { return write(element, size, &path, offset) }
            if offset == 0, append(element, size, before: path) { return }
            if path.leaf.count == 1 {
                return tree.insertLeaf(ListRoot.page(with: element, growingAt: .tail), before: path, key: 0)
            }
            split(&path)
        }
    }

    private mutating func write(_ element: Element, _ size: Int, _ path: inout TreePath, _ offset: Int) {
        let leaf = ListPage(path.leaf)
        Listpack.write(element, to: leaf.change(at: leaf.place(of: offset), 0, to: size))
        leaf.page.count += 1
        tree.addCount(1, path)
    }

    /// Appends an element to the leaf before that of a path, if it fits.
    private mutating func append(_ element: Element, _ size: Int, before path: TreePath) -> Bool {
        var path = path
        guard path.moveToPrevious(), ListPage(path.leaf).neededCapacity + size <= Page.largest else { return false }
        _ = tree.exclusiveLeaf(&path)
        guard makeRoomInside(size, &path) else { return false }
        write(element, size, &path, path.leaf.count)
        return true
    }

    /// Gives an exclusive leaf the capacity for some more bytes; false where it would be too large.
    private mutating func makeRoomInside(_ size: Int, _ path: inout TreePath) -> Bool {
        let needed = ListPage(path.leaf).neededCapacity + size
        if needed <= path.leaf.capacity { return true }
        guard needed <= Page.largest else { return false }
        _ = tree.resizeLeaf(&path, capacity: ListPage.capacity(growingTo: needed))
        return true
    }

    /// Divides an exclusive leaf of several elements about in the middle. The path is not valid any more then.
    private mutating func split(_ path: inout TreePath) {
        let leaf = ListPage(path.leaf)
        let half = leaf.size / 2
        var kept = 1
        var place = Listpack.next(leaf.start)
        while kept < leaf.page.count - 1, place - leaf.start < half {
            place = Listpack.next(place)
            kept += 1
        }
        let moved = leaf.page.count - kept
        let right = ListPage(copying: place, size: leaf.end - place, count: moved)
        leaf.page.used -= leaf.end - place
        leaf.page.count = kept
        tree.addCount(-moved, path)
        shrink(&path)
        tree.insertLeaf(right.page, key: 0, after: path)
    }

    /// Gives an exclusive leaf no more capacity than it needs.
    private mutating func shrink(_ path: inout TreePath) {
        let leaf = ListPage(path.leaf)
        let capacity = ListPage.capacity(for: leaf.neededCapacity)
        guard capacity < leaf.page.capacity else { return }
        leaf.slide(to: Page.headerSize)
        _ = tree.resizeLeaf(&path, capacity: capacity)
    }

    /// Puts an element in the place of the one at `index`.
    mutating func replace(at index: Int, with element: Element) {
        guard case (var path, let offset)? = tree.leaf(at: index) else { return }
        _ = tree.exclusiveLeaf(&path)
        let size = Listpack.size(element)
        let leaf = ListPage(path.leaf)
        let place = leaf.place(of: offset)
        let old = Listpack.next(place) - place
        if leaf.page.count == 1 {
            tree.replaceLeaf(&path, with: ListRoot.page(with: element, growingAt: .tail))
            settle(&path)
        } else if leaf.neededCapacity + size - old <= leaf.page.capacity {
            Listpack.write(element, to: leaf.change(at: place, old, to: size))
            if size < old { settle(&path) }
        } else {
            _ = leaf.change(at: place, old, to: 0)
            leaf.page.count -= 1
            tree.addCount(-1, path)
            insert(element, at: index)
        }
    }

    /// Removes up to `most` of the elements that equal one, beginning at an end. Returns how many.
    mutating func removeMatches(of element: Element, from end: ListEnd, most: Int) -> Int {
        var removed = 0
        // The elements before, or behind, this index have been looked at.
        var position = end == .head ? 0 : tree.count
        while removed < most, case (var path, let offset)? = tree.leaf(at: end == .head ? position : position - 1) {
            let held = path.leaf.count
            let start = (end == .head ? position : position - 1) - offset
            let found = ListPage(path.leaf).matches(of: element)
            let number = min(found, most - removed)
            if number > 0 { remove(number, of: element, skipping: end == .head ? 0 : found - number, &path) }
            removed += number
            position = end == .head ? start + held - number : start
        }
        return removed
    }

    private mutating func remove(_ number: Int, of element: Element, skipping skipped: Int, _ path: inout TreePath) {
        let leaf = ListPage(tree.exclusiveLeaf(&path))
        if leaf.page.count == number { return tree.removeLeaf(path) }
        leaf.removeMatches(of: element, skipping: skipped, number)
        tree.addCount(-number, path)
        settle(&path)
    }

    /// After elements of an exclusive leaf have gone: joins it with a neighbour if both are small, or gives back what it
    /// does not need.
    private mutating func settle(_ path: inout TreePath) {
        let size = ListPage(path.leaf).size
        guard size < path.leaf.capacity / 2 else { return }
        let most = Page.largest / 4 * 3 - Page.headerSize - size
        if let next = path.nextSibling, ListPage(next).size <= most {
            absorbNext(&path)
        } else if let previous = path.previousSibling, ListPage(previous).size <= most, path.moveToPrevious() {
            _ = tree.exclusiveLeaf(&path)
            absorbNext(&path)
        } else {
            shrink(&path)
        }
    }

    /// Moves the elements of the next leaf under the same parent into the exclusive leaf of a path.
    private mutating func absorbNext(_ path: inout TreePath) {
        guard let next = path.nextSibling.map(ListPage.init) else { return }
        let needed = ListPage(path.leaf).neededCapacity + next.size
        ListPage(path.leaf).slide(to: Page.headerSize)
        if needed > path.leaf.capacity { _ = tree.resizeLeaf(&path, capacity: ListPage.capacity(for: needed)) }
        let leaf = path.leaf
        memcpy(leaf.base + leaf.used, next.start, next.size)
        leaf.used += next.size
        leaf.count += next.page.count
        tree.absorbNextSibling(path)
    }
}

// MARK: Walking

extension ListRoot {
    func place(of index: Int) -> UnsafeRawPointer? {
        tree.leaf(at: index).map { ListPage($0.path.leaf).place(of: $0.offset) }
    }

    /// Shows `body` the elements from `index` on, leaf by leaf, until it returns false.
    func forEachRun(from index: Int, _ count: Int, _ body: (ListRun) -> Bool) {
        guard count > 0, var (path, offset) = tree.leaf(at: index) else { return }
        var rest = count
        repeat {
            let leaf = ListPage(path.leaf)
            let taken = min(rest, leaf.page.count - offset)
            if !body(ListRun(start: leaf.place(of: offset), end: leaf.end, count: taken)) { return }
            rest -= taken
            offset = 0
        } while rest > 0 && path.moveToNext()
    }

    /// Shows `body` the elements from `index` back, leaf by leaf, until it returns false.
    func forEachRunBackwards(from index: Int, _ count: Int, _ body: (ListRun) -> Bool) {
        guard count > 0, var (path, offset) = tree.leaf(at: index) else { return }
        var rest = count
        while true {
            let leaf = ListPage(path.leaf)
            let taken = min(rest, offset + 1)
            if !body(ListRun(start: leaf.start, end: leaf.place(of: offset + 1), count: taken)) { return }
            rest -= taken
            guard rest > 0, path.moveToPrevious() else { return }
            offset = path.leaf.count - 1
        }
    }
}
