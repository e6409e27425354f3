import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A list: packed while it is small, a tree of pages when it is large.
///
///     packed   │ count (2) │ element │ element │ …
///     large    ListRoot
///
/// Changes that may make it too long for the packed form, or small enough for it again, are given the limits.
public struct ListValue: CollectionValue {
    /// The packed form.
    public private(set) var packed: Packed
    /// The large form.
    public private(set) var root: UnsafeMutablePointer<ListRoot>?

    /// A packed list.
    public init(packed: Packed) { self.packed = packed }

    /// A large list.
    public init(root: UnsafeMutablePointer<ListRoot>) {
        packed = Packed(viewing: .empty)
        self.root = root
    }

    /// The number of elements.
    public var count: Int { root.map { $0.pointee.tree.count } ?? packedCount }

    /// The reference's name of the form.
    public var encodingName: StaticString { root == nil ? "listpack" : "quicklist" }
}

// MARK: The packed form

extension ListValue {
    private static var prefixSize: Int { 2 }

    private var packedCount: Int {
        get { packed.count == 0 ? 0 : Int(packed.base.loadUnaligned(as: UInt16.self)) }
        nonmutating set { packed.base.storeBytes(of: UInt16(newValue), as: UInt16.self) }
    }

    private var packedStart: UnsafeRawPointer {
        UnsafeRawPointer(packed.base + min(packed.count, ListValue.prefixSize))
    }

    /// Where a packed element begins, found from the nearer end.
    private func packedPlace(_ index: Int) -> UnsafeRawPointer {
        let count = packedCount
        if index <= count / 2 { return Listpack.skip(index, from: packedStart) }
        return Listpack.skipBack(count - index, from: packed.end)
    }

    /// Gives a new list its count.
    private mutating func beginPacked() {
        if packed.count == 0 { packed.append(ListValue.prefixSize).storeBytes(of: 0, as: UInt16.self) }
    }

    private mutating func packedPush(_ count: Int, at end: ListEnd, _ bytes: (Int) -> Bytes) {
        beginPacked()
        var size = 0
        for index in 0..<count { size += Listpack.size(Element(bytes(index))) }
        if end == .tail {
            var target = packed.append(size)
            for index in 0..<count { target += Listpack.write(Element(bytes(index)), to: target) }
        } else {
            var target = packed.replace(at: ListValue.prefixSize, 0, with: size) + size
            for index in 0..<count {
                let element = Element(bytes(index))
                target -= Listpack.size(element)
                Listpack.write(element, to: target)
            }
        }
        packedCount += count
    }

    private mutating func packedRemove(_ number: Int, at end: ListEnd) {
        let count = packedCount
        if end == .head {
            packed.remove(at: ListValue.prefixSize, packedPlace(number) - packedStart)
        } else {
            let offset = packed.offset(of: packedPlace(count - number))
            packed.remove(at: offset, packed.count - offset)
        }
        packedCount = count - number
    }

    private mutating func packedRemoveMatches(of element: Element, from end: ListEnd, most: Int) -> Int {
        let count = packedCount
        var found = 0
        forEachMatch(of: element) { _ in
            found += 1
            return true
        }
        let number = min(found, most)
        guard number > 0 else { return 0 }
        let kept = Listpack.removeMatches(
            of: element, from: packed.base + ListValue.prefixSize, count: count,
            skipping: end == .head ? 0 : found - number, number)
        packed.remove(at: ListValue.prefixSize + kept, packed.count - ListValue.prefixSize - kept)
        packedCount = count - number
        return number
    }
}

// MARK: Which form

extension CollectionLimits {
    /// The reference's bounds of a listpack of a list: bytes, its header and end mark included, and entries.
    fileprivate var listpack: (bytes: Int, entries: Int) {
        let size = listMaxListpackSize
        return size < 0 ? (2048 << min(5, -size), .max) : (.max, max(1, size))
    }
}

extension ListValue {
    /// Bytes that the reference's listpack has beyond its elements.
    private static var listpackFrame: Int { 7 }
    /// No listpack that grows becomes larger than this, however many entries are allowed.
    private static var safeBytes: Int { 8192 }

    /// Becomes large if `count` more elements with `size` bytes are too much for the packed form.
    private mutating func prepareToGrow(by count: Int, _ size: Int, _ limits: CollectionLimits) {
        guard root == nil else { return }
        let (bytes, entries) = limits.listpack
        let total = packed.end - packedStart + ListValue.listpackFrame + size
        let isTooLarge = bytes < .max ? total > bytes : total > ListValue.safeBytes || packedCount + count > entries
        if isTooLarge { enlarge() }
    }

    private mutating func enlarge() {
        var new = ListRoot()
        var start = packedStart
        while start < packed.end {
            var end = Listpack.next(start)
            var count = 1
            while end < packed.end, Page.headerSize + (Listpack.next(end) - start) <= Page.largest {
                end = Listpack.next(end)
                count += 1
            }
            new.append(ListPage(copying: start, size: end - start, count: count))
            start = end
        }
        packed.free()
        packed = Packed(viewing: .empty)
        root = .allocate(capacity: 1)
        root?.initialize(to: new)
    }

    /// Becomes packed if one page is left, with half or less of what the packed form may hold: a list around the limit does
    /// not change its form again and again.
    private mutating func convertIfSmall(_ limits: CollectionLimits) {
        guard let root, root.pointee.tree.leafCount <= 1 else { return }
        let (bytes, entries) = limits.listpack
        let leaf = root.pointee.tree.firstLeaf().map { ListPage($0.leaf) }
        let size = leaf?.size ?? 0
        guard size + ListValue.listpackFrame <= bytes / 2, count <= entries / 2 else { return }
        var packed = Packed()
        packed.append(ListValue.prefixSize).storeBytes(of: UInt16(count), as: UInt16.self)
        if let leaf { memcpy(packed.append(size), leaf.start, size) }
        root.pointee.free()
        root.deinitialize(count: 1)
        root.deallocate()
        self = ListValue(packed: packed)
    }
}

extension ListRoot {
    fileprivate mutating func append(_ leaf: ListPage) {
        if let path = tree.lastLeaf() {
            tree.insertLeaf(leaf.page, key: 0, after: path)
        } else {
            tree.begin(with: leaf.page)
        }
    }
}

// MARK: Changing

extension ListValue {
    /// Pushes elements one after the other at an end. Their bytes must not lie in the list.
    public mutating func push(
        _ count: Int, at end: ListEnd, _ limits: CollectionLimits, _ bytes: (Int) -> Bytes
    ) {
        if root == nil {
            var size = 0
            for index in 0..<count { size += bytes(index).count }
            prepareToGrow(by: count, size, limits)
        }
        if let root {
            root.pointee.push(count, at: end) { Element(bytes($0)) }
        } else {
            packedPush(count, at: end, bytes)
        }
    }

    /// Shows `body` the element at an end, and removes it. Only of a list with elements.
    public mutating func pop(at end: ListEnd, _ limits: CollectionLimits, _ body: (Element) -> Void) {
        if let root {
            root.pointee.pop(at: end, body)
            if _slowPath(root.pointee.tree.leafCount <= 1) { convertIfSmall(limits) }
        } else {
            body(Listpack.read(end == .head ? packedStart : Listpack.previous(packed.end)).element)
            packedRemove(1, at: end)
        }
    }

    /// Removes `number` elements from an end; at most as many as there are.
    public mutating func remove(_ number: Int, at end: ListEnd, _ limits: CollectionLimits) {
        if let root {
            root.pointee.remove(number, at: end)
            convertIfSmall(limits)
        } else if number > 0 {
            packedRemove(number, at: end)
        }
    }

    /// Removes `number` elements from one end, and pushes elements, as many, one after the other at one.
    public mutating func turn(
        _ number: Int, from: ListEnd, to: ListEnd, _ limits: CollectionLimits, _ bytes: (Int) -> Bytes
    ) {
        guard let root else {
            packedRemove(number, at: from)
            return push(number, at: to, limits, bytes)
        }
        root.pointee.remove(number, at: from)
        root.pointee.push(number, at: to) { Element(bytes($0)) }
        convertIfSmall(limits)
    }

    /// Puts an element in the place of the one at `index` (0 ..< count).
    public mutating func replace(at index: Int, with bytes: Bytes, _ limits: CollectionLimits) {
        prepareToGrow(by: 1, bytes.count, limits)
        if let root {
            root.pointee.replace(at: index, with: Element(bytes))
            convertIfSmall(limits)
        } else {
            packed.replace(at: packed.offset(of: packedPlace(index)), with: Element(bytes))
        }
    }

    /// Puts an element before the one at `index`, or behind all with `index` = count.
    public mutating func insert(_ bytes: Bytes, at index: Int, _ limits: CollectionLimits) {
        prepareToGrow(by: 1, bytes.count, limits)
        if let root {
            root.pointee.insert(Element(bytes), at: index)
        } else {
            beginPacked()
            packed.insert(Element(bytes), at: packed.offset(of: packedPlace(index)))
            packedCount += 1
        }
    }

    /// Removes up to `most` of the elements that have these bytes, beginning at an end. Returns how many.
    public mutating func removeMatches(
        of bytes: Bytes, from end: ListEnd, most: Int, _ limits: CollectionLimits
    ) -> Int {
        let element = Element(bytes)
        guard let root else { return packedRemoveMatches(of: element, from: end, most: most) }
        let removed = root.pointee.removeMatches(of: element, from: end, most: most)
        if removed > 0 { convertIfSmall(limits) }
        return removed
    }
}

// MARK: Looking

/// Elements that lie one behind the other, to be read with `Listpack` from either end.
public struct ListRun {
    /// Where the first lies; of a run that is walked backwards, it or something before it.
    public let start: UnsafeRawPointer
    /// Behind the last; of a run that is walked forwards, there or further on.
    public let end: UnsafeRawPointer
    /// How many elements are meant.
    public let count: Int
}

extension ListValue {
    /// How many runs `forEachRun` shows when it shows all elements.
    public var runCount: Int { root?.pointee.tree.leafCount ?? 1 }

    /// Shows `body` the element at `index` (0 ..< count).
    public func withElement<Result>(at index: Int, _ body: (Element) -> Result) -> Result? {
        guard index >= 0, index < count else { return nil }
        let place = root.map { $0.pointee.place(of: index) } ?? packedPlace(index)
        return place.map { body(Listpack.read($0).element) }
    }

    /// Shows `body` `count` elements, in runs as they lie in memory, from the one at `index` on until it returns false.
    public func forEachRun(from index: Int, _ count: Int, _ body: (ListRun) -> Bool) {
        if let root { return root.pointee.forEachRun(from: index, count, body) }
        guard count > 0 else { return }
        _ = body(ListRun(start: packedPlace(index), end: packed.end, count: count))
    }

    /// Shows `body` `count` elements, in runs as they lie in memory, from the one at `index` back until it returns false.
    public func forEachRunBackwards(from index: Int, _ count: Int, _ body: (ListRun) -> Bool) {
        if let root { return root.pointee.forEachRunBackwards(from: index, count, body) }
        guard count > 0 else { return }
        _ = body(ListRun(start: packedStart, end: packedPlace(index + 1), count: count))
    }

    /// Shows `body` every element, from head to tail.
    public func forEach(_ body: (Element) -> Void) { forEach(from: 0, count, body) }

    /// Shows `body` `count` elements, from the one at `index` on.
    public func forEach(from index: Int, _ count: Int, _ body: (Element) -> Void) {
        forEachRun(from: index, count) { run in
            var place = run.start
            for _ in 0..<run.count {
                let (element, next) = Listpack.read(place)
                body(element)
                place = next
            }
            return true
        }
    }

    /// Shows `body` the indices of the elements that equal one, beginning at an end and looking at no more than `most`,
    /// until it returns false.
    public func forEachMatch(
        of element: Element, from end: ListEnd = .head, most: Int = .max, _ body: (Int) -> Bool
    ) {
        let total = count
        let looked = min(most, total)
        var index = end == .head ? 0 : total - 1
        if end == .head {
            forEachRun(from: 0, looked) { run in run.matches(of: element, &index, body) }
        } else {
            forEachRunBackwards(from: total - 1, looked) { run in run.matchesBackwards(of: element, &index, body) }
        }
    }
}

extension ListRun {
    fileprivate func matches(of element: Element, _ index: inout Int, _ body: (Int) -> Bool) -> Bool {
        var place = start
        for _ in 0..<count {
            let (candidate, next) = Listpack.read(place)
            if candidate == element, !body(index) { return false }
            index += 1
            place = next
        }
        return true
    }

    fileprivate func matchesBackwards(of element: Element, _ index: inout Int, _ body: (Int) -> Bool) -> Bool {
        var place = end
        for _ in 0..<count {
            place = Listpack.previous(place)
            if Listpack.read(place).element == element, !body(index) { return false }
            index -= 1
        }
        return true
    }
}
