import Primitives

/// An element of a packed collection, or a string: bytes, or an integer whose canonical text they would be.
@frozen
public enum Element {
    case bytes(Bytes)
    case integer(Int64)

    /// The element that a client's bytes are.
    @inlinable @inline(__always)
    public init(_ bytes: Bytes) {
        // Only a digit or a minus sign can begin an integer; most are seen not to be one by their first byte.
        if bytes.count <= 20, bytes.count > 0, bytes[0] &- 0x2D <= 12, let integer = bytes.integer {
            self = .integer(integer)
        } else {
            self = .bytes(bytes)
        }
    }

    /// Calls `body` with the element's bytes, whatever it is.
    @inlinable
    public func withBytes<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result {
        switch self {
        case .bytes(let bytes): return try body(bytes)
        case .integer(let integer):
            var scratch: (UInt64, UInt64, UInt64) = (0, 0, 0)
            let count = NumberText.write(integer, to: &scratch)
            return try body(Bytes(base: &scratch, count: count))
        }
    }

    /// The length of the element's bytes.
    @inlinable
    public var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .integer(let integer): NumberText.digitCount(integer.magnitude) + (integer < 0 ? 1 : 0)
        }
    }
}

/// An element that is looked for among many: those of the same length are told apart by their last bytes, without a call.
@frozen
public struct SoughtElement {
    private let element: Element
    private let tail: UInt64

    /// An element to look for.
    @inline(__always)
    public init(_ element: Element) {
        self.element = element
        if case .bytes(let bytes) = element { tail = bytes.tail } else { tail = 0 }
    }

    /// Whether another element is the one.
    @inline(__always)
    public func matches(_ other: Element) -> Bool {
        switch (element, other) {
        case (.bytes(let sought), .bytes(let bytes)):
            guard sought.count == bytes.count, tail == bytes.tail else { return false }
            return sought.count <= 8 || sought == bytes
        case (.integer(let sought), .integer(let integer)): return sought == integer
        default: return false
        }
    }
}

extension Bytes {
    /// The last eight bytes; of fewer, all of them. Equal for strings of equal length up to eight only if they are equal.
    @inline(__always)
    fileprivate var tail: UInt64 {
        if count >= 8 { return base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self) }
        if count >= 4 {
            let low = UInt64(base.loadUnaligned(as: UInt32.self))
            return low | UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)) << 32
        }
        guard count > 0 else { return 0 }
        return UInt64(self[0]) | UInt64(self[count >> 1]) << 8 | UInt64(self[count &- 1]) << 16
    }
}

extension Element: Equatable {
    /// Whether both have the same bytes. Both must have been made from a client's bytes, or read from a listpack.
    @inlinable @inline(__always)
    public static func == (left: Element, right: Element) -> Bool {
        switch (left, right) {
        case (.bytes(let left), .bytes(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        default: false
        }
    }
}
