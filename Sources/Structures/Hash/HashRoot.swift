import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A large hash: its records found by field, and those that expire in the order of their times.
///
///     payload of a record = value
///                         = time when it expires, Int64 milliseconds since 1970 │ value          with the flag
///
/// 1. A record has the flag if, and only if, its time and field are in `expiries`.
/// 2. `earliestExpiry` is the first of those times.
public struct HashRoot: CollectionRoot {
    /// Fields with their values.
    public internal(set) var fields: HashTree
    private var expiries = OrderTree()
    /// When the first field expires, in milliseconds since 1970; the greatest number where none does.
    public private(set) var earliestExpiry = Int64.max

    /// No fields.
    public init(hash: KeyHash) { fields = HashTree(.varying, hash: hash) }

    /// Bytes of all pages.
    public var bytes: Int { fields.bytes + expiries.bytes }

    /// Fields, those whose time has come included.
    public var count: Int { fields.count }

    /// The same fields once more, without copying them.
    public func shared() -> HashRoot {
        var copy = self
        copy.fields = fields.shared()
        copy.expiries = expiries.shared()
        return copy
    }

    /// Lets go of all pages.
    public mutating func free() {
        fields.free()
        expiries.free()
    }
}

/// A field of a hash as it was found: a view that is valid until the hash changes.
@frozen
public struct HashField {
    /// What it holds.
    public let value: Element
    /// When it expires, in milliseconds since 1970; nil for never.
    public let expiry: Int64?

    @inlinable @inline(__always)
    init(_ value: Element, expiry: Int64? = nil) {
        self.value = value
        self.expiry = expiry
    }
}

extension HashRecord {
    /// Bytes of the time before the value.
    static var timeSize: Int { 8 }

    @inline(__always)
    fileprivate var expiry: Int64? { isFlagged ? payload.base.loadUnaligned(as: Int64.self) : nil }

    @inline(__always)
    fileprivate var value: Bytes { isFlagged ? payload.dropFirst(HashRecord.timeSize) : payload }

    /// Whether the record's time comes after `horizon`.
    @inline(__always)
    fileprivate func isVisible(after horizon: Int64) -> Bool {
        guard let expiry else { return true }
        return expiry > horizon
    }
}

// MARK: Looking

extension HashRoot {
    /// The number of fields whose time comes after `horizon`, or never.
    func count(after horizon: Int64) -> Int {
        if _fastPath(earliestExpiry > horizon) { return fields.count }
        return fields.count - expiries.rank(afterLast: UInt64(clamping: horizon))
    }

    /// A field, unless its time came at `horizon` or before.
    @usableFromInline
    func find(_ field: Bytes, after horizon: Int64) -> HashField? {
        guard let record = fields.find(field), record.isVisible(after: horizon) else { return nil }
        return HashField(.bytes(record.value), expiry: record.expiry)
    }

    /// Where the look-up of a field is going to read.
    public func forecast(_ field: Bytes) -> HashForecast? { fields.forecast(field) }

    /// Calls `body` with fields and values in the order of hashes.
    @usableFromInline
    func forEach(after horizon: Int64, _ body: (Element, Element) -> Void) {
        fields.forEach { record in
            if record.isVisible(after: horizon) { body(.bytes(record.member), .bytes(record.value)) }
        }
    }

    /// As `HashTree.scan`.
    func scan(from cursor: UInt64, minimum: Int, after horizon: Int64, _ body: (Element, Element) -> Void) -> UInt64 {
        fields.scan(from: cursor, minimum: minimum) { record in
            if record.isVisible(after: horizon) { body(.bytes(record.member), .bytes(record.value)) }
        }
    }

    /// As `HashTree.scan`, with the time at which each field expires, whether or not it has come.
    public func scan(
        from cursor: UInt64, minimum: Int, _ body: (_ field: Bytes, _ value: Bytes, _ expiry: Int64?) -> Void
    ) -> UInt64 {
        fields.scan(from: cursor, minimum: minimum) { body($0.member, $0.value, $0.expiry) }
    }

    /// The field with a number, in the order of hashes, whether or not its time has come.
    func pair(at index: Int) -> (field: Element, value: Element, expiry: Int64?)? {
        guard let place = fields.place(at: index) else { return nil }
        let record = fields.record(at: place)
        return (.bytes(record.member), .bytes(record.value), record.expiry)
    }
}

// MARK: Changing

extension HashRoot {
    /// Gives a field a value. Returns whether the field is new.
    mutating func set(_ field: Bytes, _ value: Bytes, keepsExpiry: Bool) -> Bool {
        var place = fields.locate(field)
        guard place.isFound else {
            let target = fields.insert(field, at: &place, payloadSize: value.count)
            memcpy(target, value.base, value.count)
            return true
        }
        let record = fields.record(at: place)
        if let expiry = record.expiry {
            if !keepsExpiry { forgetExpiry(expiry, field) }
            replace(&place, value, expiry: keepsExpiry ? expiry : nil)
        } else if record.payload.count == value.count {
            memcpy(fields.payload(at: &place), value.base, value.count)
        } else {
            replace(&place, value, expiry: nil)
        }
        return false
    }

    private mutating func replace(_ place: inout HashPlace, _ value: Bytes, expiry: Int64?) {
        let before = expiry == nil ? 0 : HashRecord.timeSize
        let target = fields.replacePayload(at: &place, size: before + value.count, flag: expiry != nil)
        if let expiry { target.storeBytes(of: expiry, as: Int64.self) }
        memcpy(target + before, value.base, value.count)
    }

    /// Removes a field. Returns whether it was there.
    mutating func remove(_ field: Bytes) -> Bool {
        var place = fields.locate(field)
        guard place.isFound else { return false }
        if let expiry = fields.record(at: place).expiry { forgetExpiry(expiry, field) }
        fields.remove(at: &place)
        return true
    }

    /// Sets when a field that is there expires, in milliseconds since 1970, or that it never does.
    mutating func setExpiry(_ field: Bytes, _ expiry: Int64?) {
        var place = fields.locate(field)
        guard place.isFound else { return }
        let record = fields.record(at: place)
        guard record.expiry != expiry else { return }
        if let old = record.expiry { forgetExpiry(old, field) }
        if let expiry { noteExpiry(expiry, field) }
        if record.isFlagged, let expiry {
            fields.payload(at: &place).storeBytes(of: expiry, as: Int64.self)
        } else {
            Array(record.value).withBytes { replace(&place, $0, expiry: expiry) }
        }
    }

    private mutating func noteExpiry(_ expiry: Int64, _ field: Bytes) {
        expiries.insert(OrderElement(key: UInt64(clamping: expiry), member: field))
        earliestExpiry = min(earliestExpiry, expiry)
    }

    private mutating func forgetExpiry(_ expiry: Int64, _ field: Bytes) {
        expiries.remove(UInt64(clamping: expiry), field)
        if expiry == earliestExpiry { earliestExpiry = expiries.first.map { Int64($0.key) } ?? .max }
    }

    /// Removes up to `most` fields whose time came at `now` or before, the earliest first, and returns them.
    public mutating func removeDue(_ now: Int64, most: Int) -> [[UInt8]] {
        var removed: [[UInt8]] = []
        while earliestExpiry <= now, removed.count < most, let first = expiries.first {
            let field = Array(first.member)
            _ = field.withBytes { remove($0) }
            removed.append(field)
        }
        return removed
    }
}
