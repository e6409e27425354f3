import Primitives

/// Bytes in some place that can become longer and shorter.
public protocol GrowableBytes: ~Copyable {
    /// The bytes as they are now.
    var bytes: UnsafeMutableRawBufferPointer { get }
    /// Gives them another length: they are cut off, or filled up with zeros.
    mutating func resize(to count: Int)
    /// Puts others in their place.
    mutating func replace(by value: Bytes)
}

extension GrowableBytes where Self: ~Copyable {
    /// The bytes as they are now, for reading.
    @inlinable
    public var view: Bytes { Bytes(UnsafeRawBufferPointer(bytes)) }
}
