import Primitives

/// The place of an entry in a stream: milliseconds since 1970, and a number among those of the same millisecond.
@frozen
public struct StreamID: Hashable, Sendable {
    /// Milliseconds since 1970, as its producer saw them.
    public var milliseconds: UInt64
    /// A number among the entries of the same millisecond.
    public var sequence: UInt64

    /// An ID from its parts.
    @inlinable @inline(__always)
    public init(_ milliseconds: UInt64, _ sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// The least ID, which no entry has.
    @inlinable public static var zero: StreamID { StreamID(0, 0) }
    /// The greatest ID.
    @inlinable public static var greatest: StreamID { StreamID(.max, .max) }

    /// The ID that follows; nil after the greatest.
    @inlinable
    public var next: StreamID? {
        if sequence != .max { return StreamID(milliseconds, sequence + 1) }
        return milliseconds != .max ? StreamID(milliseconds + 1, 0) : nil
    }

    /// The ID before; nil before the least.
    @inlinable
    public var previous: StreamID? {
        if sequence != 0 { return StreamID(milliseconds, sequence - 1) }
        return milliseconds != 0 ? StreamID(milliseconds - 1, .max) : nil
    }

    /// The longest text of an ID, in bytes.
    @inlinable public static var longestText: Int { 41 }

    /// Writes `milliseconds-sequence` to `target`, which has room for `longestText` bytes, and returns its length.
    @inlinable
    public func write(to target: UnsafeMutableRawPointer, separator: UInt8 = 0x2D) -> Int {
        let length = NumberText.write(milliseconds, to: target)
        target.storeBytes(of: separator, toByteOffset: length, as: UInt8.self)
        return length + 1 + NumberText.write(sequence, to: target + length + 1)
    }
}

extension StreamID: Comparable {
    /// By milliseconds, then by sequence.
    @inlinable @inline(__always)
    public static func < (left: StreamID, right: StreamID) -> Bool {
        left.milliseconds != right.milliseconds
            ? left.milliseconds < right.milliseconds : left.sequence < right.sequence
    }
}

extension StreamID: CustomStringConvertible {
    /// `milliseconds-sequence`.
    public var description: String { "\(milliseconds)-\(sequence)" }
}
