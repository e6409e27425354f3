import CShims
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// The type of a value, as `TYPE` names it.
@frozen
public enum ValueType: UInt8, Sendable, CaseIterable {
    case string = 0
    case list
    case set
    case sortedSet
    case hash
    case stream

    /// The name on the wire.
    public var name: StaticString {
        switch self {
        case .string: "string"
        case .list: "list"
        case .set: "set"
        case .sortedSet: "zset"
        case .hash: "hash"
        case .stream: "stream"
        }
    }
}

/// How a value is laid out in its entry.
@frozen
public enum Encoding: UInt8, Sendable {
    /// A string that is the canonical text of a 64-bit integer: the integer.
    case integer = 0
    /// A string, or a packed collection, inside the entry.
    case inline
    /// A string, or a packed collection, in memory of its own: address, length, capacity.
    case external
    /// A large collection: the address of its root.
    case tree
}

/// One key with its value: a view of a block in the database's heap.
///
///     0  kind     UInt8    type in the low half, encoding in the high half
///     1  flags    UInt8    has an expiry · is saved · was modified · long key · has fields that expire
///                          · is a stream with producers · is a stream with pending entries that nobody has
///     2  clock    UInt16 + UInt8   24 bits of last access (LRU: seconds; LFU: minutes and a counter)
///     5  key length   UInt8, 255 for a long key
///     6  value length UInt16, of an inline string
///     8  expiry   Int64    milliseconds since 1970, only with the flag
///     …  long key length   UInt32, only with the flag
///     …  key bytes
///     …  value: inline bytes | Int64 | address, length, capacity | address of a root (all unaligned)
///
/// 1. An entry never moves while it is in the table, except by `Database` exchanging the block.
/// 2. `kind`, lengths and flags that decide the layout change only together with the block.
@frozen
public struct Entry {
    /// The first byte of the block.
    public let base: UnsafeMutableRawPointer

    /// The entry at an address.
    @inlinable @inline(__always)
    public init(_ base: UnsafeMutableRawPointer) { self.base = base }

    /// The longest string that lives inside an entry, in bytes.
    @inlinable public static var longestInline: Int { 704 }
    /// The bytes of an external string's place: address, length, capacity.
    @inlinable static var externalSize: Int { 24 }

    @inlinable static var expiryFlag: UInt8 { 1 }
    @inlinable static var savedFlag: UInt8 { 2 }
    @inlinable static var modifiedFlag: UInt8 { 4 }
    @inlinable static var longKeyFlag: UInt8 { 8 }
    @inlinable static var fieldsFlag: UInt8 { 16 }
    @inlinable static var producersFlag: UInt8 { 32 }
    @inlinable static var ownerlessFlag: UInt8 { 64 }
    /// What the database keeps count of beside keys and expiries.
    @inlinable static var listedFlags: UInt8 { fieldsFlag | producersFlag | ownerlessFlag }

    @inlinable @inline(__always)
    var kind: UInt8 { base.load(as: UInt8.self) }
    @inlinable @inline(__always)
    var flags: UInt8 {
        get { base.load(fromByteOffset: 1, as: UInt8.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 1, as: UInt8.self) }
    }

    /// The type of the value.
    @inlinable @inline(__always)
    public var type: ValueType { ValueType(rawValue: kind & 15).unsafelyUnwrapped }
    /// How the value is laid out.
    @inlinable @inline(__always)
    public var encoding: Encoding { Encoding(rawValue: kind >> 4).unsafelyUnwrapped }
    /// Whether the value is a string.
    @inlinable @inline(__always)
    public var isString: Bool { kind & 15 == 0 }

    /// Whether the key expires.
    @inlinable @inline(__always)
    public var hasExpiry: Bool { flags & Entry.expiryFlag != 0 }
    /// Whether the value is a large hash with fields that expire.
    @inlinable @inline(__always)
    public var hasExpiringFields: Bool { flags & Entry.fieldsFlag != 0 }
    /// Whether the database counts the entry among hashes or streams of a kind.
    @inlinable @inline(__always)
    var isListed: Bool { flags & Entry.listedFlags != 0 }
    /// Whether the running snapshot has saved this entry.
    @inlinable
    public var isSaved: Bool {
        get { flags & Entry.savedFlag != 0 }
        nonmutating set { flags = newValue ? flags | Entry.savedFlag : flags & ~Entry.savedFlag }
    }
    /// Whether the string was changed in place (`APPEND`, `SETRANGE`, `SETBIT`), which `OBJECT ENCODING` calls raw.
    @inlinable
    public var isModified: Bool {
        get { flags & Entry.modifiedFlag != 0 }
        nonmutating set { flags = newValue ? flags | Entry.modifiedFlag : flags & ~Entry.modifiedFlag }
    }

    /// Last access, 24 bits.
    @inlinable @inline(__always)
    public var clock: UInt32 {
        get {
            UInt32(base.load(fromByteOffset: 2, as: UInt16.self))
                | UInt32(base.load(fromByteOffset: 4, as: UInt8.self)) << 16
        }
        nonmutating set {
            base.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 2, as: UInt16.self)
            base.storeBytes(of: UInt8(truncatingIfNeeded: newValue >> 16), toByteOffset: 4, as: UInt8.self)
        }
    }

    /// When the key expires, in milliseconds since 1970; only where `hasExpiry`.
    @inlinable @inline(__always)
    public var expiryMilliseconds: Int64 {
        get { base.load(fromByteOffset: 8, as: Int64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 8, as: Int64.self) }
    }

    /// When the key expires; nil for never.
    @inlinable
    public var expiry: Int64? { hasExpiry ? expiryMilliseconds : nil }

    @inlinable @inline(__always)
    var headerSize: Int {
        let flags = self.flags
        return 8 &+ Int(flags & Entry.expiryFlag) << 3 &+ Int(flags & Entry.longKeyFlag) >> 1
    }

    @inlinable @inline(__always)
    var keyCount: Int {
        let short = base.load(fromByteOffset: 5, as: UInt8.self)
        if _fastPath(short < 255) { return Int(short) }
        return Int(base.load(fromByteOffset: headerSize &- 4, as: UInt32.self))
    }

    /// The key; valid until the entry is changed.
    @inlinable @inline(__always)
    public var key: Bytes { Bytes(base: base + headerSize, count: keyCount) }

    @inlinable @inline(__always)
    var valueBase: UnsafeMutableRawPointer { base + headerSize + keyCount }

    @inlinable @inline(__always)
    var inlineCount: Int { Int(base.load(fromByteOffset: 6, as: UInt16.self)) }

    /// The bytes of the block.
    @inlinable @inline(__always)
    var size: Int {
        let fixed = headerSize &+ keyCount
        return switch encoding {
        case .inline: fixed &+ inlineCount
        case .integer, .tree: fixed &+ 8
        case .external: fixed &+ Entry.externalSize
        }
    }

    /// The integer; only of an integer string.
    @inlinable @inline(__always)
    public var integer: Int64 {
        get { valueBase.loadUnaligned(as: Int64.self) }
        nonmutating set { valueBase.storeBytes(of: newValue, as: Int64.self) }
    }

    /// The root of a large collection.
    @inlinable @inline(__always)
    public var root: UnsafeMutableRawPointer {
        get { valueBase.loadUnaligned(as: UnsafeMutableRawPointer.self) }
        nonmutating set { valueBase.storeBytes(of: newValue, as: UnsafeMutableRawPointer.self) }
    }

    /// The bytes of a string or a packed collection that is inline or external. Valid until the entry is changed.
    @inlinable
    public var text: Bytes {
        if encoding == .inline { return Bytes(base: valueBase, count: inlineCount) }
        return Bytes(base: external.base, count: external.count)
    }

    @frozen @usableFromInline
    struct External {
        @usableFromInline var base: UnsafeMutableRawPointer
        @usableFromInline var count: Int
        @usableFromInline var capacity: Int

        @inlinable
        init(base: UnsafeMutableRawPointer, count: Int, capacity: Int) {
            self.base = base
            self.count = count
            self.capacity = capacity
        }
    }

    @inlinable
    var external: External {
        get {
            External(
                base: valueBase.loadUnaligned(as: UnsafeMutableRawPointer.self),
                count: valueBase.loadUnaligned(fromByteOffset: 8, as: Int.self),
                capacity: valueBase.loadUnaligned(fromByteOffset: 16, as: Int.self))
        }
        nonmutating set {
            valueBase.storeBytes(of: newValue.base, as: UnsafeMutableRawPointer.self)
            valueBase.storeBytes(of: newValue.count, toByteOffset: 8, as: Int.self)
            valueBase.storeBytes(of: newValue.capacity, toByteOffset: 16, as: Int.self)
        }
    }

    /// The length of a string, in bytes, without reading the string itself.
    @inlinable
    public var stringCount: Int {
        switch encoding {
        case .inline: inlineCount
        case .external: external.count
        case .integer: integerTextCount
        case .tree: preconditionFailure("no string is a tree")
        }
    }

    @inlinable
    var integerTextCount: Int { NumberText.digitCount(integer.magnitude) + (integer < 0 ? 1 : 0) }

    /// Calls `body` with the string's bytes, whatever the encoding. Only of a string.
    @inlinable
    public func withString<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result
    {
        guard encoding == .integer else { return try body(text) }
        var scratch: (UInt64, UInt64, UInt64) = (0, 0, 0)
        let count = NumberText.write(integer, to: &scratch)
        return try body(Bytes(base: &scratch, count: count))
    }

    /// Has the processor fetch a string or packed collection that is going to be read, a few kilobytes of it at most.
    func prefetchValue() {
        guard encoding == .inline || encoding == .external else { return }
        let text = self.text
        for offset in stride(from: 0, to: min(text.count, Entry.mostPrefetched), by: 64) {
            apus_prefetch(text.base + offset)
        }
    }

    /// In bytes; from there on the processor has seen by itself where reading goes.
    private static var mostPrefetched: Int { 2048 }

    /// Whether this is the key.
    @inlinable @inline(__always)
    func hasKey(_ wanted: Bytes) -> Bool {
        let short = Int(base.load(fromByteOffset: 5, as: UInt8.self))
        if short != wanted.count, short != 255 || wanted.count < 255 { return false }
        let key = self.key
        return key.count == wanted.count && sameBytes(key.base, wanted.base, key.count)
    }
}

/// Whether two runs of `count` bytes are equal; short ones without a call.
@inlinable @inline(__always)
func sameBytes(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    if count >= 8 {
        if count > 32 { return memcmp(left, right, count) == 0 }
        var offset = 0
        while offset &+ 8 <= count {
            if left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            {
                return false
            }
            offset &+= 8
        }
        return left.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            == right.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }
    var offset = 0
    while offset < count {
        if left.load(fromByteOffset: offset, as: UInt8.self) != right.load(fromByteOffset: offset, as: UInt8.self) {
            return false
        }
        offset &+= 1
    }
    return true
}
