import Primitives
import Structures

extension DataDigest {
    /// Adds a stream: each entry's ID, as `milliseconds.sequence`, then its fields. Groups do not count.
    mutating func mix(_ stream: StreamValue) {
        var entries = stream.entries()
        while let entry = entries.next() {
            mix(entry.id)
            entry.forEachField { name, value in
                name.withBytes { mix($0) }
                value.withBytes { mix($0) }
            }
        }
    }

    private mutating func mix(_ id: StreamID) {
        withUnsafeTemporaryAllocation(byteCount: StreamID.longestText, alignment: 8) { scratch in
            let count = id.write(to: scratch.baseAddress!, separator: UInt8(ascii: "."))
            mix(Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: count))
        }
    }
}
