/// References to keys, first in, first out, each of eight bytes, in chunks that come and go: so that no step copies more
/// than one of them, however many there are.
///
/// A key may go while a reference to it waits. Whoever takes it out then finds no key, or another that looks like it.
struct KeyReferences: ~Copyable {
    /// What leads to a key again.
    struct Reference: Equatable {
        /// Position 32 bits · low bits of the hash 16 · slot 16.
        let bits: UInt64

        init(bits: UInt64) { self.bits = bits }

        init(_ key: Key) { bits = UInt64(key.position) << 32 | (key.hash & 0xFFFF) << 16 | UInt64(key.slot) }

        var position: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
        var fingerprint: UInt8 { Key.fingerprint(bits >> 16 & 0xFFFF) }
        var slot: Int { Int(bits & 0xFFFF) }
    }

    private struct Chunk {
        static let capacity = 510
        var next: UnsafeMutablePointer<Chunk>?
        var references = InlineArray<510, UInt64>(repeating: 0)
    }

    private var first: UnsafeMutablePointer<Chunk>?
    private var last: UnsafeMutablePointer<Chunk>?
    /// Where in the first chunk the first one lies, and in the last the end.
    private var start = 0
    private var end = 0
    private var chunks = 0
    private(set) var count = 0

    /// Bytes in use.
    var bytes: Int { chunks * MemoryLayout<Chunk>.stride }

    deinit {
        var chunk = first
        while let old = chunk {
            chunk = old.pointee.next
            old.deallocate()
        }
    }

    /// Adds one at the end.
    mutating func append(_ reference: Reference) {
        if last == nil || end == Chunk.capacity { addChunk() }
        last!.pointee.references[end] = reference.bits
        end += 1
        count += 1
    }

    /// Takes the first one out.
    mutating func popFirst() -> Reference? {
        guard count > 0 else { return nil }
        let reference = Reference(bits: first!.pointee.references[start])
        start += 1
        count -= 1
        if start == Chunk.capacity || count == 0 { removeChunk() }
        return reference
    }

    private mutating func addChunk() {
        let chunk = UnsafeMutablePointer<Chunk>.allocate(capacity: 1)
        chunk.initialize(to: Chunk(next: nil))
        if last == nil { first = chunk } else { last!.pointee.next = chunk }
        last = chunk
        (end, chunks) = (0, chunks + 1)
    }

    private mutating func removeChunk() {
        let old = first!
        first = old.pointee.next
        if first == nil { last = nil }
        old.deallocate()
        (start, chunks) = (0, chunks - 1)
    }
}
