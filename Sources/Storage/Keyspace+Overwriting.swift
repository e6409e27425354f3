import Primitives

extension Keyspace {
    /// The bytes of a packed collection, some of which are overwritten at once, without changing their number.
    @inlinable @inline(__always)
    public func overwritableBytes(of entry: Entry, _ database: Int) -> UnsafeMutableRawPointer {
        willChange(entry, database)
        return UnsafeMutableRawPointer(mutating: entry.text.base)
    }
}
