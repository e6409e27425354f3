import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A hash: fields with values, some of which may expire.
///
///     packed   field value field value …     listpack elements, in the order in which the fields came
///     large    a root with records by field, and the times of those that expire
///
/// It becomes large when it has many fields, or a long field or value, or a field that expires, and it stays large.
@frozen
public struct HashValue: CollectionValue {
    /// The packed form; without meaning where there is a root.
    public var packed: Packed
    /// The large form.
    public var root: UnsafeMutablePointer<HashRoot>?
    /// Fields whose time came then or before are not seen by those who read: milliseconds since 1970.
    public var horizon = Int64.min

    /// A packed hash.
    @inlinable @inline(__always)
    public init(packed: Packed) {
        self.packed = packed
        root = nil
    }

    /// A large hash.
    @inlinable @inline(__always)
    public init(root: UnsafeMutablePointer<HashRoot>) {
        packed = Packed(viewing: .empty)
        self.root = root
    }

    /// The reference's name for the form.
    public var encodingName: StaticString { root == nil ? "listpack" : "hashtable" }

    /// When the first field expires, in milliseconds since 1970; the greatest number where none does.
    @inlinable @inline(__always)
    public var earliestExpiry: Int64 { root?.pointee.earliestExpiry ?? .max }
}

// MARK: Looking

extension HashValue {
    /// The number of fields.
    public var count: Int {
        if let root { return root.pointee.count(after: horizon) }
        return packed.pairCount
    }

    /// Whether there are no fields.
    @inlinable @inline(__always)
    public var isEmpty: Bool { root == nil ? packed.count == 0 : count == 0 }

    /// A field.
    @inlinable @inline(__always)
    public func find(_ field: Bytes) -> HashField? {
        if let root { return root.pointee.find(field, after: horizon) }
        guard let place = packed.findPair(Element(field)).pair else { return nil }
        return HashField(Listpack.read(place.value).element)
    }

    /// Calls `body` with each field and its value. They are valid until the hash changes.
    @inlinable @inline(__always)
    public func forEach(_ body: (_ field: Element, _ value: Element) -> Void) {
        if let root { return root.pointee.forEach(after: horizon, body) }
        packed.forEachPair { body(Listpack.read($0.field).element, Listpack.read($0.value).element) }
    }

    /// Calls `body` with fields and values from a cursor on: all of a packed hash, about `minimum` of a large one. Returns
    /// the cursor to go on from, 0 at the end.
    public func scan(from cursor: UInt64, minimum: Int, _ body: (Element, Element) -> Void) -> UInt64 {
        if let root { return root.pointee.scan(from: cursor, minimum: minimum, after: horizon, body) }
        forEach(body)
        return 0
    }
}

// MARK: Changing

extension HashValue {
    /// Gives a field a value; it does not expire any more unless `keepsExpiry`. Returns whether the field is new.
    @discardableResult
    public mutating func set(
        _ field: Bytes, _ value: Bytes, keepsExpiry: Bool = false, _ limits: CollectionLimits
    ) -> Bool {
        if root == nil, max(field.count, value.count) > limits.hashMaxListpackValue { makeLarge(limits) }
        if let root { return root.pointee.set(field, value, keepsExpiry: keepsExpiry) }
        return set(field, value, at: packedPlace(of: field), limits)
    }

    /// As `set`, of a packed hash in which the field has been looked for.
    public mutating func set(
        _ field: Bytes, _ value: Bytes, at place: PackedPlace, _ limits: CollectionLimits
    ) -> Bool {
        if max(field.count, value.count) > limits.hashMaxListpackValue { return set(field, value, limits) }
        if let offset = place.valueOffset {
            packed.replace(at: offset, with: Element(value))
            if isTooLong(limits) { makeLarge(limits) }
            return false
        }
        packed.append(Element(field))
        packed.append(Element(value))
        if place.pairCount >= limits.hashMaxListpackEntries { makeLarge(limits) }
        return true
    }

    /// Removes a field. Returns whether it was there.
    @discardableResult
    public mutating func remove(_ field: Bytes) -> Bool {
        if let root { return root.pointee.remove(field) }
        guard let place = packed.findPair(Element(field)).pair else { return false }
        packed.remove(at: packed.offset(of: place.field), Listpack.next(place.value) - place.field)
        return true
    }

    /// Sets when a field that is there expires, in milliseconds since 1970, or that it never does.
    public mutating func setExpiry(_ field: Bytes, _ expiry: Int64?, _ limits: CollectionLimits) {
        if root == nil {
            if expiry == nil { return }
            makeLarge(limits)
        }
        root?.pointee.setExpiry(field, expiry)
    }

    /// Puts a packed hash into the large form.
    public mutating func makeLarge(_ limits: CollectionLimits) {
        guard root == nil else { return }
        let large = UnsafeMutablePointer<HashRoot>.allocate(capacity: 1)
        large.initialize(to: HashRoot(hash: limits.hash))
        packed.forEachPair { pair in
            Listpack.read(pair.field).element.withBytes { field in
                Listpack.read(pair.value).element.withBytes { value in
                    _ = large.pointee.set(field, value, keepsExpiry: false)
                }
            }
        }
        packed.free()
        self = HashValue(root: large)
    }
}

// MARK: Overwriting

extension HashValue {
    /// Looks for a field in a packed hash.
    public func packedPlace(of field: Bytes) -> PackedPlace {
        let (pair, count) = packed.findPair(Element(field))
        return PackedPlace(valueOffset: pair.map { packed.offset(of: $0.value) }, pairCount: count)
    }

    /// Whether a value in a packed hash can be written over by one that takes as many bytes and stays packed.
    public func isOverwritable(at offset: Int, with value: Element, _ limits: CollectionLimits) -> Bool {
        let old = UnsafeRawPointer(packed.base + offset)
        return value.count <= limits.hashMaxListpackValue && Listpack.next(old) - old == Listpack.size(value)
            && !isTooLong(limits)
    }

    /// Whether there are more fields than a packed hash may have. Counting takes a walk, so it is done only where it can be.
    private func isTooLong(_ limits: CollectionLimits) -> Bool {
        limits.hashesMayBeLonger && packed.pairCount > limits.hashMaxListpackEntries
    }
}

// MARK: The packed form

/// Where a field of a packed hash is, or that it is not there.
public struct PackedPlace {
    /// Where its value begins, counted from the first byte; nil where there is no such field.
    public let valueOffset: Int?
    /// The pairs before it; without it, all.
    let pairCount: Int
}

/// Where a field and its value begin.
@frozen @usableFromInline
struct PackedPair {
    @usableFromInline let field: UnsafeRawPointer
    @usableFromInline let value: UnsafeRawPointer

    @inlinable @inline(__always)
    init(field: UnsafeRawPointer, value: UnsafeRawPointer) {
        self.field = field
        self.value = value
    }
}

extension Packed {
    /// The pair whose field is `field`. Without it, how many pairs there are.
    @usableFromInline
    func findPair(_ field: Element) -> (pair: PackedPair?, count: Int) {
        let sought = SoughtElement(field)
        var count = 0
        var place = UnsafeRawPointer(base)
        let end = self.end
        while place < end {
            let (element, value) = Listpack.read(place)
            if sought.matches(element) { return (PackedPair(field: place, value: value), count) }
            place = Listpack.next(value)
            count &+= 1
        }
        return (nil, count)
    }

    @inlinable @inline(__always)
    func forEachPair(_ body: (PackedPair) -> Void) {
        var place = UnsafeRawPointer(base)
        let end = self.end
        while place < end {
            let value = Listpack.next(place)
            body(PackedPair(field: place, value: value))
            place = Listpack.next(value)
        }
    }

    @usableFromInline
    var pairCount: Int {
        var count = 0
        forEachPair { _ in count &+= 1 }
        return count
    }
}
