import Primitives
import Structures

// Streams with what only newer files can hold: a snapshot has to know of them before it writes its first byte.
//
// 1. The flags stand at the entries of streams that know of producers, or have pending entries that no consumer has.
// 2. A database counts the entries of its table that have them.

extension Entry {
    private static var streamMask: UInt8 { producersFlag | ownerlessFlag }

    /// The flags of a stream.
    var streamFlags: UInt8 {
        get { flags & Entry.streamMask }
        nonmutating set { flags = flags & ~Entry.streamMask | newValue }
    }

    /// The flags that a stream should have as it is.
    var neededStreamFlags: UInt8 {
        let stream = StreamValue(root: root.assumingMemoryBound(to: StreamRoot.self))
        return (stream.hasProducers ? Entry.producersFlag : 0) | (stream.hasOwnerless ? Entry.ownerlessFlag : 0)
    }
}

extension Keyspace {
    /// Looks whether a stream that was changed has other flags from here on.
    @usableFromInline
    func noteStream(_ entry: Entry, _ database: Int) {
        let needed = entry.neededStreamFlags
        guard needed != entry.streamFlags else { return }
        let target = self.database(database)
        target.count(entry, by: -1)
        entry.streamFlags = needed
        target.count(entry, by: 1)
    }

    /// Whether any stream knows of producers.
    public var hasProducerStreams: Bool {
        (0..<databaseCount).contains { (databases[$0]?.producerStreamCount ?? 0) > 0 }
    }
    /// Whether any stream has pending entries that no consumer has.
    public var hasOwnerlessStreams: Bool {
        (0..<databaseCount).contains { (databases[$0]?.ownerlessStreamCount ?? 0) > 0 }
    }
}

extension Database {
    /// Adds a stream to the counts of what its flags say, or takes it from there.
    func count(_ entry: Entry, by change: Int) {
        if entry.flags & Entry.producersFlag != 0 { producerStreamCount += change }
        if entry.flags & Entry.ownerlessFlag != 0 { ownerlessStreamCount += change }
    }
}
