import Primitives

/// A set of members without order.
///
/// Packed, the first byte says what follows:
///
///     0         members in the order in which they came, as a listpack without head and end
///     2, 4, 8   integers in rising order, of so many bytes each
///
/// Large, it is a `HashTree`. A set that has become large stays so.
public struct SetValue: CollectionValue {
    /// The packed form; without meaning where there is a root.
    public internal(set) var packed: Packed
    /// The large form.
    public internal(set) var root: UnsafeMutablePointer<SetRoot>?

    /// A packed set, empty for a new one.
    public init(packed: Packed) { self.packed = packed }

    /// A large set.
    public init(root: UnsafeMutablePointer<SetRoot>) {
        self.root = root
        packed = Packed(viewing: .empty)
    }
}

/// The members of a large set.
public struct SetRoot: CollectionRoot {
    /// The members.
    public internal(set) var tree: HashTree

    /// Bytes of all members.
    public var bytes: Int { tree.bytes }

    /// The same members once more, without copying them.
    public func shared() -> SetRoot { SetRoot(tree: tree.shared()) }

    /// Frees all members. Any thread may do it.
    public mutating func free() { tree.free() }

    /// As `HashTree.forecast`.
    public func forecast(_ member: Bytes) -> HashForecast? { tree.forecast(member) }
}

extension SetValue {
    /// The first byte of a packed set.
    enum Form {
        case undecided
        case listpack
        /// Integers of a width.
        case integers(Int)
    }

    var form: Form {
        if packed.count == 0 { return .undecided }
        let first = Int(packed.bytes[0])
        return first == 0 ? .listpack : .integers(first)
    }

    /// The packed integers, of a set that has such.
    func run(_ width: Int) -> IntegerRun {
        IntegerRun(base: UnsafeRawPointer(packed.base) + 1, width: width, bytes: packed.count - 1)
    }

    /// The reference's name for how the set is kept.
    public var encodingName: StaticString {
        if root != nil { return "hashtable" }
        if case .listpack = form { return "listpack" }
        return "intset"
    }

    /// The members of a packed set of integers as they lie in memory, in rising order, and how many bytes each has; nil of
    /// any other set.
    public var integers: (width: Int, bytes: Bytes)? {
        guard root == nil, case .integers(let width) = form else { return nil }
        return (width, packed.bytes.dropFirst(1))
    }

    /// Whether there are no members.
    public var isEmpty: Bool { root.map { $0.pointee.tree.count == 0 } ?? (packed.count <= 1) }

    /// The number of members.
    public var count: Int {
        if let root { return root.pointee.tree.count }
        switch form {
        case .undecided: return 0
        case .integers(let width): return run(width).count
        case .listpack: return listpackCount
        }
    }

    private var listpackCount: Int {
        var count = 0
        var place = UnsafeRawPointer(packed.base) + 1
        while place < packed.end {
            place = Listpack.next(place)
            count &+= 1
        }
        return count
    }

    /// Whether a member is in the set.
    public func contains(_ member: Bytes) -> Bool {
        if let root { return root.pointee.tree.contains(member) }
        return containsPacked(Element(member))
    }

    /// Whether a member that another set has given is in this one.
    public func contains(_ member: Element) -> Bool {
        if let root { return member.withBytes { root.pointee.tree.contains($0) } }
        return containsPacked(member.canonical)
    }

    private func containsPacked(_ member: Element) -> Bool {
        switch form {
        case .undecided: return false
        case .listpack: return findPacked(member).place != nil
        case .integers(let width):
            guard case .integer(let value) = member else { return false }
            return run(width).search(value).isFound
        }
    }

    /// Where a member is in a listpack. Without it, how many members there are.
    func findPacked(_ member: Element) -> (place: UnsafeRawPointer?, count: Int) {
        let sought = SoughtElement(member)
        var count = 0
        var place = UnsafeRawPointer(packed.base) + 1
        let end = packed.end
        while place < end {
            let (element, next) = Listpack.read(place)
            if sought.matches(element) { return (place, count) }
            place = next
            count &+= 1
        }
        return (nil, count)
    }
}

extension Element {
    /// The same element, an integer if its bytes are the text of one.
    @inlinable
    var canonical: Element {
        guard case .bytes(let bytes) = self else { return self }
        return Element(bytes)
    }
}

// MARK: Walking

extension SetValue {
    /// Calls `body` with each member.
    @inlinable
    public func forEach(_ body: (Element) -> Void) {
        if let root { return root.pointee.tree.forEach { body(.bytes($0.member)) } }
        walkPacked {
            body($0)
            return true
        }
    }

    /// Calls `body` with one member after the other as long as it returns true.
    @inlinable
    public func walk(while body: (Element) -> Bool) {
        if let root { return root.pointee.tree.walk { body(.bytes($0.member)) } }
        walkPacked(while: body)
    }

    @usableFromInline
    func walkPacked(while body: (Element) -> Bool) {
        switch form {
        case .undecided: return
        case .integers(let width):
            let run = run(width)
            var index = 0
            while index < run.count, body(.integer(run[index])) { index &+= 1 }
        case .listpack:
            var place = UnsafeRawPointer(packed.base) + 1
            while place < packed.end {
                let (element, next) = Listpack.read(place)
                guard body(element) else { return }
                place = next
            }
        }
    }

    /// Calls `body` with members from a cursor on, at least `minimum` if there are so many; a packed set gives all at
    /// once. Returns the cursor to go on from, 0 at the end.
    public func scan(from cursor: UInt64, minimum: Int, _ body: (Element) -> Void) -> UInt64 {
        if let root { return root.pointee.tree.scan(from: cursor, minimum: minimum) { body(.bytes($0.member)) } }
        forEach(body)
        return 0
    }

    /// The member with that number in a packed set, and the bytes it takes.
    func packedMember(_ index: Int) -> (member: Element, offset: Int, size: Int) {
        switch form {
        case .undecided: preconditionFailure("an empty set")
        case .integers(let width): return (.integer(run(width)[index]), 1 + index * width, width)
        case .listpack:
            var place = UnsafeRawPointer(packed.base) + 1
            for _ in 0..<index { place = Listpack.next(place) }
            let (element, next) = Listpack.read(place)
            return (element, packed.offset(of: place), next - place)
        }
    }
}
