import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A piece of memory that journal bytes are written into, one after the other; what is written stays where it is.
///
///     base ─▶ │ written: the journal from `start` on, `count` bytes │ being gathered │ room │
public final class JournalBlock {
    /// The first byte.
    public let base: UnsafeMutableRawPointer
    /// Bytes that there is memory for.
    public let capacity: Int
    /// The offset of the journal at which the first byte stands.
    public let start: Int64
    /// Bytes written.
    public internal(set) var count = 0

    /// The offset of the journal behind the last byte.
    public var end: Int64 { start + Int64(count) }

    init(capacity: Int, start: Int64) {
        guard let base = malloc(capacity) else { fatalError("no memory for the journal") }
        self.base = base
        self.capacity = capacity
        self.start = start
    }

    /// Takes memory over that has come from `malloc`.
    init(taking memory: EffectMemory, start: Int64) {
        (base, capacity) = (memory.base, memory.capacity)
        self.start = start
    }

    deinit { free(base) }

    /// What is written from an offset of the journal on, which lies in the block or at its end.
    public func bytes(from offset: Int64) -> Bytes {
        let position = Int(offset - start)
        precondition(position >= 0 && position <= count, "the block does not hold this part of the journal")
        return Bytes(base: base + position, count: count - position)
    }

    /// Room behind what is written, to be replaced by at least so many bytes where it is too small.
    func room(orElse blockSize: Int) -> EffectMemory {
        EffectMemory(base: base + count, capacity: capacity - count, leastReplacement: blockSize)
    }
}

/// Somebody who keeps what was written, block by block, so that readers who are behind find it.
public protocol JournalKeeper: AnyObject {
    /// From here on the journal is written into this block. Where it begins at another offset than the last one ends, what
    /// was kept is of another history.
    func keep(_ block: JournalBlock)
    /// Bytes that a new block has room for.
    var blockSize: Int { get }
}
