import Primitives

#if canImport(Glibc)
    import Glibc
#endif

// Which form a set has follows the reference: integers while all members are and their number is within its limit; a
// listpack while number and lengths are within theirs; a table of hashes beyond. A set never goes back.

extension SetValue {
    /// An empty set that begins with integers, whatever the first member will be.
    public static func ofIntegers() -> SetValue {
        var set = SetValue(packed: Packed())
        set.packed.append(1).storeBytes(of: 2, as: UInt8.self)
        return set
    }

    /// An empty set that begins as a listpack, even if the first member is an integer.
    public static func ofAnything() -> SetValue {
        var set = SetValue(packed: Packed())
        set.packed.append(1).storeBytes(of: 0, as: UInt8.self)
        return set
    }

    /// Whether the members are kept as integers in rising order.
    public var holdsIntegers: Bool {
        guard root == nil, case .integers = form else { return false }
        return true
    }

    /// Gets ready for `count` members to be added, of which `first` comes first: with so many the set may become large
    /// before any is added, even if they turn out to be there.
    public mutating func prepare(for count: Int, first: Bytes, _ limits: CollectionLimits) {
        if root != nil { return }
        let limit: Int
        switch form {
        case .undecided: return begin(first: Element(first), expecting: count, limits)
        case .listpack: limit = limits.setMaxListpackEntries
        case .integers: limit = limits.setMaxIntsetEntries
        }
        if count > limit { enlarge(limits) }
    }

    private mutating func begin(first: Element, expecting count: Int, _ limits: CollectionLimits) {
        if case .integer = first, count <= limits.setMaxIntsetEntries {
            packed.append(1).storeBytes(of: 2, as: UInt8.self)
        } else if count <= limits.setMaxListpackEntries {
            packed.append(1).storeBytes(of: 0, as: UInt8.self)
        } else {
            enlarge(limits)
        }
    }

    /// Adds a member. Returns whether it is new.
    @discardableResult
    public mutating func add(_ member: Bytes, _ limits: CollectionLimits) -> Bool {
        if let root { return root.pointee.tree.insert(member) != nil }
        return addPacked(Element(member), limits)
    }

    /// Adds a member that another set has given. Returns whether it is new.
    @discardableResult
    public mutating func add(_ member: Element, _ limits: CollectionLimits) -> Bool {
        if let root { return member.withBytes { root.pointee.tree.insert($0) != nil } }
        return addPacked(member.canonical, limits)
    }

    private mutating func addPacked(_ member: Element, _ limits: CollectionLimits) -> Bool {
        switch form {
        case .undecided:
            begin(first: member, expecting: 1, limits)
            return add(member, limits)
        case .listpack: return addToListpack(member, limits)
        case .integers(let width):
            guard case .integer(let value) = member else { return addToIntegers(member, width, limits) }
            let (index, isFound) = run(width).search(value)
            if isFound { return false }
            insert(value, at: index, width)
            if count > limits.setMaxIntsetEntries { enlarge(limits) }
            return true
        }
    }

    private mutating func addToListpack(_ member: Element, _ limits: CollectionLimits) -> Bool {
        let (place, count) = findPacked(member)
        if place != nil { return false }
        if count < limits.setMaxListpackEntries, member.count <= limits.setMaxListpackValue {
            packed.append(member)
            return true
        }
        enlarge(limits)
        return add(member, limits)
    }

    /// Adds what is no integer to a set of integers, which changes its form by that.
    private mutating func addToIntegers(_ member: Element, _ width: Int, _ limits: CollectionLimits) -> Bool {
        let run = run(width)
        let longest = run.count == 0 ? 0 : max(Element.integer(run[0]).count, Element.integer(run[run.count - 1]).count)
        if run.count < limits.setMaxListpackEntries, max(member.count, longest) <= limits.setMaxListpackValue {
            becomeListpack()
            packed.append(member)
            return true
        }
        enlarge(limits)
        return add(member, limits)
    }

    private mutating func insert(_ value: Int64, at index: Int, _ width: Int) {
        let needed = IntegerRun.width(of: value)
        if needed > width { widen(to: needed) }
        let width = max(needed, width)
        // A value that needs more room than all others is the smallest or the greatest, so the index holds still.
        IntegerRun.write(value, width: width, to: packed.replace(at: 1 + index * width, 0, with: width))
    }

    private mutating func widen(to width: Int) {
        let old = Int(packed.bytes[0])
        let count = (packed.count - 1) / old
        packed.append(count * (width - old))
        let run = IntegerRun(base: UnsafeRawPointer(packed.base) + 1, width: old, bytes: count * old)
        for index in (0..<count).reversed() {
            IntegerRun.write(run[index], width: width, to: packed.base + (1 + index * width))
        }
        packed.base.storeBytes(of: UInt8(width), as: UInt8.self)
    }

    private mutating func becomeListpack() {
        var fresh = SetValue.ofAnything()
        forEach { fresh.packed.append($0) }
        packed.free()
        packed = fresh.packed
    }

    private mutating func enlarge(_ limits: CollectionLimits) {
        var tree = HashTree(.members, hash: limits.hash)
        forEach { member in member.withBytes { _ = tree.insert($0) } }
        packed.free()
        packed = Packed(viewing: .empty)
        let root = UnsafeMutablePointer<SetRoot>.allocate(capacity: 1)
        root.initialize(to: SetRoot(tree: tree))
        self.root = root
    }

    /// Makes it a set of integers again if all members are and there are not too many: for results, not for sets that
    /// clients add to.
    public mutating func becomeIntegers(_ limits: CollectionLimits) {
        if holdsIntegers || count > limits.setMaxIntsetEntries { return }
        var fresh = SetValue.ofIntegers()
        var isIntegers = true
        walk { member in
            guard case .integer(let value) = member.canonical else {
                isIntegers = false
                return false
            }
            fresh.add(.integer(value), limits)
            return true
        }
        guard isIntegers else { return fresh.free() }
        free()
        self = fresh
    }
}

// MARK: Removing

extension SetValue {
    /// Removes a member. Returns whether it was there.
    public mutating func remove(_ member: Bytes) -> Bool {
        if let root { return root.pointee.tree.remove(member) }
        return removePacked(Element(member))
    }

    /// Removes a member that another set has given. Returns whether it was there.
    @discardableResult
    public mutating func remove(_ member: Element) -> Bool {
        if let root { return member.withBytes { root.pointee.tree.remove($0) } }
        return removePacked(member.canonical)
    }

    private mutating func removePacked(_ member: Element) -> Bool {
        switch form {
        case .undecided: return false
        case .integers(let width):
            guard case .integer(let value) = member else { return false }
            let (index, isFound) = run(width).search(value)
            if isFound { packed.remove(at: 1 + index * width, width) }
            return isFound
        case .listpack:
            guard let place = findPacked(member).place else { return false }
            packed.remove(at: packed.offset(of: place), Listpack.next(place) - place)
            return true
        }
    }
}
