import Primitives

// MARK: Inserting

extension HashTree {
    /// Adds a member. Returns where its payload of `payloadSize` bytes is to be written, or nil if the member is there.
    @discardableResult
    public mutating func insert(
        _ member: Bytes, payloadSize: Int = 0, flag: Bool = false
    ) -> UnsafeMutableRawPointer? {
        let hash = hash(of: member)
        var place = HashPlace(path: nil, index: 0, hash: hash, isFound: false)
        if let root = tree.root, let (page, count, range) = leaf(for: hash) {
            // The way is noted only for a member that is not there: noting it takes longer than looking.
            let (index, isFound) = page.search(member, hash, range, count: count, format)
            if isFound { return nil }
            place = HashPlace(path: TreePath(from: root, toHash: hash), index: index, hash: hash, isFound: false)
        }
        return insert(member, at: &place, payloadSize: payloadSize, flag: flag)
    }

    /// Adds a member at the place where it was not found, which is its place then. Returns where its payload is to be
    /// written.
    @discardableResult
    public mutating func insert(
        _ member: Bytes, at place: inout HashPlace, payloadSize: Int = 0, flag: Bool = false
    ) -> UnsafeMutableRawPointer {
        let size = format.size(member: member.count, payload: payloadSize)
        guard place.path != nil else { return begin(member, &place, payloadSize: payloadSize, flag: flag) }
        var page = HashPage(tree.exclusiveLeaf(&place.path!))
        let isTidied = page.free < page.room(size) + HashPage.slotSize
        if isTidied { page = makeRoom(size + HashPage.slotSize, &place) }
        let base = page.insert(at: place.index, place.hash, size: size, flag: flag)
        let payload = format.write(member, payload: payloadSize, to: base)
        tree.addCount(1, place.path!)
        place.isFound = true
        if isTidied, HashTree.isCrowded(page) { return divide(&place, at: member) }
        return payload
    }

    private mutating func begin(
        _ member: Bytes, _ place: inout HashPlace, payloadSize: Int, flag: Bool
    ) -> UnsafeMutableRawPointer {
        let size = format.size(member: member.count, payload: payloadSize)
        let page = HashPage.make(contents: size + HashPage.slotSize, count: 1)
        let payload = format.write(
            member, payload: payloadSize, to: page.insert(at: 0, place.hash, size: size, flag: flag))
        tree.begin(with: page.page)
        place.path = tree.firstLeaf()
        place.isFound = true
        return payload
    }

    /// Makes room for so many bytes in the exclusive page of a place: in a larger page, or without the garbage.
    private mutating func makeRoom(_ more: Int, _ place: inout HashPlace) -> HashPage {
        let page = HashPage(place.path!.leaf)
        let needed = Page.headerSize + page.contents + page.page.first + more
        if page.page.first < Page.step, needed <= Page.largest {
            let before = page.page.capacity
            let larger = HashPage(tree.resizeLeaf(&place.path!, capacity: Page.fittingCapacity(needed)))
            larger.moveRecords(from: before)
            return larger
        }
        let rebuilt = page.rebuilt(0..<page.count, more: more, format)
        tree.replaceLeaf(&place.path!, with: rebuilt.page)
        return rebuilt
    }

    /// Whether a page is too large, or so full that its garbage would have to be cleared away again and again.
    private static func isCrowded(_ page: HashPage) -> Bool {
        page.page.capacity > Page.largest || page.free < Page.step / 2 && page.page.capacity == Page.largest
    }

    /// Divides the page of a place, and returns where the payload of `member`, which is there, has gone.
    private mutating func divide(_ place: inout HashPlace, at member: Bytes) -> UnsafeMutableRawPointer {
        divide(&place.path!)
        place = locate(member, hash: place.hash)
        return UnsafeMutableRawPointer(mutating: record(at: place).payload.base)
    }

    /// Divides the exclusive page of a path, unless all of it has one hash, until its parts are no larger than pages
    /// should be. The path is not valid any more then.
    private mutating func divide(_ path: inout TreePath) {
        let page = HashPage(path.leaf)
        guard let middle = page.middle(format) else { return }
        let left = page.rebuilt(0..<middle, format)
        let right = page.rebuilt(middle..<page.count, format)
        tree.replaceLeaf(&path, with: left.page)
        tree.addCount(-right.count, path)
        tree.insertLeaf(right.page, key: UInt64(right.hash(0)), after: path)
        for half in [left, right] where half.page.capacity > Page.largest {
            var path = TreePath(from: tree.root!, toHash: half.hash(0))
            divide(&path)
        }
    }
}

// MARK: Changing

extension HashTree {
    /// The payload at a place where there is a record, to be changed without changing its size.
    @inline(__always)
    public mutating func payload(at place: inout HashPlace) -> UnsafeMutableRawPointer {
        let page = HashPage(tree.exclusiveLeaf(&place.path!))
        return UnsafeMutableRawPointer(mutating: page.record(place.index, format).payload.base)
    }

    /// Sets or clears the flag of the record at a place.
    public mutating func setFlag(_ flag: Bool, at place: inout HashPlace) {
        HashPage(tree.exclusiveLeaf(&place.path!)).setFlag(place.index, flag)
    }

    /// Gives the record at a place a payload of another size. Returns where it is to be written; what was there is
    /// lost.
    public mutating func replacePayload(
        at place: inout HashPlace, size payload: Int, flag: Bool
    ) -> UnsafeMutableRawPointer {
        let page = HashPage(tree.exclusiveLeaf(&place.path!))
        page.setFlag(place.index, flag)
        let base = page.base(place.index)
        let member = page.record(place.index, format).member
        let before = format.size(at: base)
        let size = format.size(member: member.count, payload: payload)
        if size > before {
            if page.room(size) > page.free { return rebuild(changing: &place, payload: payload) }
            let target = page.move(place.index, from: before, to: size, flag: flag)
            return format.write(member, payload: payload, to: target)
        }
        page.page.first += page.room(before) - page.room(size)
        let target = format.write(member, payload: payload, to: base)
        return HashTree.isWasteful(page) ? rebuild(changing: &place, payload: payload) : target
    }

    private mutating func rebuild(changing place: inout HashPlace, payload: Int) -> UnsafeMutableRawPointer {
        let old = HashPage(place.path!.leaf)
        let page = old.rebuilt(changing: place.index, payload: payload, format)
        tree.replaceLeaf(&place.path!, with: page.page)
        let record = page.record(place.index, format)
        guard HashTree.isCrowded(page), page.count > 1 else {
            return UnsafeMutableRawPointer(mutating: record.payload.base)
        }
        return divide(&place, keeping: record.member)
    }

    /// As `divide(_:at:)`, of a member whose bytes are in the page itself.
    private mutating func divide(_ place: inout HashPlace, keeping member: Bytes) -> UnsafeMutableRawPointer {
        let copy = Array(member)
        return copy.withBytes { divide(&place, at: $0) }
    }
}

// MARK: Removing

extension HashTree {
    /// Removes a member. Returns whether it was there.
    public mutating func remove(_ member: Bytes) -> Bool {
        var place = locate(member)
        guard place.isFound else { return false }
        remove(at: &place)
        return true
    }

    /// Removes the record at a place, which is not valid any more then.
    public mutating func remove(at place: inout HashPlace) {
        let page = HashPage(tree.exclusiveLeaf(&place.path!))
        guard page.count > 1 else { return tree.removeLeaf(place.path!) }
        let before = page.contents
        page.remove(at: place.index, size: format.size(at: page.base(place.index)))
        tree.addCount(-1, place.path!)
        // To look at the neighbour costs; once in a while is enough.
        if before / Page.step != page.contents / Page.step { tidy(&place.path!) }
    }

    /// Joins the exclusive page of a path with its neighbour, or gives back what it does not need.
    private mutating func tidy(_ path: inout TreePath) {
        let page = HashPage(path.leaf)
        if page.contents < Page.largest / 2, let next = path.nextSibling.map(HashPage.init),
            page.contents + next.contents < Page.largest * 3 / 4
        {
            let joined = page.rebuilt(0..<page.count, more: next.contents, format)
            joined.append(next, 0..<next.count, format)
            tree.replaceLeaf(&path, with: joined.page)
            tree.absorbNextSibling(path)
        } else if HashTree.isWasteful(page) {
            tree.replaceLeaf(&path, with: page.rebuilt(0..<page.count, format).page)
        }
    }

    /// Whether so much of a page is unused that a smaller one should take its place.
    private static func isWasteful(_ page: HashPage) -> Bool {
        page.page.capacity - Page.headerSize - page.contents >= max(2 * Page.step, page.page.capacity / 4)
    }
}
