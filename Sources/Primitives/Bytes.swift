// Primitives: checksums, hashes, glob patterns, number text, random numbers, time. Imports nothing but CShims and the
// C library; everything above stands on it.
#if canImport(Glibc)
    import Glibc
#endif

/// A view of bytes that somebody else owns: a pointer and a length, two registers wide.
///
/// A view is valid as long as its owner says: arguments of a command until the command returns, the key of an entry
/// until the entry is changed. Whoever keeps the bytes longer copies them (`Array(bytes)`).
@frozen
public struct Bytes {
    /// The first byte; any address where `count` is 0.
    public let base: UnsafeRawPointer
    /// The number of bytes.
    public let count: Int

    /// A view of `count` bytes from `base` on.
    @inlinable @inline(__always)
    public init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    /// A view of a buffer.
    @inlinable
    public init(_ buffer: UnsafeRawBufferPointer) {
        self.init(base: buffer.baseAddress ?? Bytes.empty.base, count: buffer.count)
    }

    /// The bytes of a literal, which live as long as the process.
    @inlinable
    public init(_ literal: StaticString) {
        precondition(literal.hasPointerRepresentation, "a single-scalar literal has no bytes to point at")
        self.init(base: UnsafeRawPointer(literal.utf8Start), count: literal.utf8CodeUnitCount)
    }

    /// No bytes.
    @inlinable
    public static var empty: Bytes { Bytes(base: UnsafeRawPointer(bitPattern: 8)!, count: 0) }

    /// Whether there are no bytes.
    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// The byte at an index.
    @inlinable @inline(__always)
    public subscript(index: Int) -> UInt8 {
        assert(index >= 0 && index < count, "index out of bounds")
        return base.load(fromByteOffset: index, as: UInt8.self)
    }

    /// The bytes from `start` on.
    @inlinable
    public func dropFirst(_ start: Int) -> Bytes {
        precondition(start >= 0 && start <= count)
        return Bytes(base: base + start, count: count - start)
    }

    /// The bytes of `range`.
    @inlinable
    public subscript(range: Range<Int>) -> Bytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return Bytes(base: base + range.lowerBound, count: range.count)
    }

    /// The bytes as a buffer, for use with collection algorithms.
    @inlinable
    public var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Calls `body` with a view of a string's UTF-8.
    @inlinable
    public static func with<Result>(_ string: String, _ body: (Bytes) throws -> Result) rethrows -> Result {
        var copy = string
        return try copy.withUTF8 { try body(Bytes(UnsafeRawBufferPointer($0))) }
    }
}

extension Bytes: Equatable {
    /// Equal in every part.
    @inlinable @inline(__always)
    public static func == (left: Bytes, right: Bytes) -> Bool {
        left.count == right.count && memcmp(left.base, right.base, left.count) == 0
    }

    /// Whether these bytes are those of `literal`.
    @inlinable
    public static func == (left: Bytes, literal: StaticString) -> Bool {
        left.count == literal.utf8CodeUnitCount && memcmp(left.base, literal.utf8Start, left.count) == 0
    }

    /// Whether these bytes are those of `word`, which is given in lower case, in any mixture of cases (ASCII).
    @inlinable
    public func equals(ignoringCase word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where Bytes.lowercased(self[index]) != word.utf8Start[index] { return false }
        return true
    }

    /// The lower-case form of an ASCII letter; other bytes unchanged.
    @inlinable @inline(__always)
    public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 65 < 26 ? byte | 0x20 : byte
    }
}

extension Bytes: Comparable {
    /// The order of unsigned bytes, a prefix before what it begins.
    @inlinable
    public static func < (left: Bytes, right: Bytes) -> Bool {
        let order = memcmp(left.base, right.base, min(left.count, right.count))
        return order != 0 ? order < 0 : left.count < right.count
    }
}

extension Array where Element == UInt8 {
    /// A copy of viewed bytes.
    @inlinable
    public init(_ bytes: Bytes) { self.init(bytes.buffer) }

    /// Appends viewed bytes.
    @inlinable
    public mutating func append(_ bytes: Bytes) { append(contentsOf: bytes.buffer) }

    /// Appends the UTF-8 of `text`.
    @inlinable
    public mutating func append(text: String) { append(contentsOf: text.utf8) }

    /// Calls `body` with a view of the elements.
    @inlinable
    public func withBytes<Result>(_ body: (Bytes) throws -> Result) rethrows -> Result {
        try withUnsafeBytes { try body(Bytes($0)) }
    }
}

extension String {
    /// The bytes as text; what is not UTF-8 becomes replacement characters.
    @inlinable
    public init(_ bytes: Bytes) { self.init(decoding: bytes.buffer, as: UTF8.self) }
}
