import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// Compresses strings on their way into a file.
///
/// Strings that cannot be compressed come in crowds: after some of them only one in several is tried, until one can be. Those
/// that are not tried are written as they are, which every reader takes.
struct StringPacker: ~Copyable {
    private var scratch = RDBWriter(capacity: 16 << 10)
    /// Bytes of strings that were tried in vain since one became shorter.
    private var vainBytes = 0
    private var skipped = 0

    /// Bytes that have to be tried in vain before strings are passed over.
    private static let patience = 32 << 10
    /// How many are passed over for each that is tried.
    private static let stride = 15
    /// Trying a long string costs little for each of its bytes, since it is given up early.
    private static let longestSkipped = 16 << 10

    /// The compressed form of a string; nil where there is none that is shorter.
    mutating func compressed(_ bytes: Bytes) -> Bytes? {
        guard isWorthTrying(bytes.count) else { return nil }
        scratch.removeAll()
        let room = scratch.room(bytes.count)
        guard let count = LZF.compress(bytes, to: room, capacity: RDBWriter.mostCompressed(of: bytes.count)) else {
            vainBytes += bytes.count
            return nil
        }
        vainBytes = 0
        return scratch.bytes[0..<count]
    }

    private mutating func isWorthTrying(_ size: Int) -> Bool {
        if vainBytes < StringPacker.patience || size > StringPacker.longestSkipped { return true }
        skipped = skipped == StringPacker.stride ? 0 : skipped + 1
        return skipped == 0
    }
}

extension RDBWriter {
    /// Compresses the strings that were noted for that, in place: nothing becomes longer by it.
    mutating func packStrings(_ packer: inout StringPacker) {
        var (done, written) = (0, 0)
        for string in unpacked {
            let text = bytes[string.offset..<string.offset + string.count]
            guard let packed = packer.compressed(text) else { continue }
            move(done..<string.offset - string.lengthSize, to: &written)
            written += RDBWriter.store(packed, of: string.count, at: base + written)
            done = string.offset + string.count
        }
        if done > 0 { move(done..<count, to: &written) }
        endPacking(count: done > 0 ? written : count)
    }

    /// Moves bytes to the front.
    private func move(_ range: Range<Int>, to written: inout Int) {
        memmove(base + written, base + range.lowerBound, range.count)
        written += range.count
    }

    /// Puts a string somewhere that was compressed. Returns how many bytes it takes.
    static func store(_ packed: Bytes, of length: Int, at place: UnsafeMutableRawPointer) -> Int {
        place.storeBytes(of: 0xC3, as: UInt8.self)
        var count = 1 + store(UInt64(packed.count), at: place + 1)
        count += store(UInt64(length), at: place + count)
        memcpy(place + count, packed.base, packed.count)
        return count + packed.count
    }
}
