import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// Integers in rising order, each in so many bytes: a view of a packed set of integers.
@usableFromInline
struct IntegerRun {
    let base: UnsafeRawPointer
    /// 2, 4 or 8 bytes each.
    let width: Int
    @usableFromInline let count: Int

    init(base: UnsafeRawPointer, width: Int, bytes: Int) {
        self.base = base
        self.width = width
        count = bytes / width
    }

    /// The smallest width that an integer fits.
    static func width(of value: Int64) -> Int {
        if Int64(Int16(truncatingIfNeeded: value)) == value { return 2 }
        return Int64(Int32(truncatingIfNeeded: value)) == value ? 4 : 8
    }

    @usableFromInline
    subscript(index: Int) -> Int64 {
        switch width {
        case 2: Int64(base.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self))
        case 4: Int64(base.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self))
        default: base.loadUnaligned(fromByteOffset: index &* 8, as: Int64.self)
        }
    }

    /// The index of a value, or the one before which it belongs.
    func search(_ value: Int64) -> (index: Int, isFound: Bool) {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            if self[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        return (low, low < count && self[low] == value)
    }

    /// Writes a value in `width` bytes.
    static func write(_ value: Int64, width: Int, to place: UnsafeMutableRawPointer) {
        withUnsafeBytes(of: value.littleEndian) { _ = memcpy(place, $0.baseAddress!, width) }
    }
}
