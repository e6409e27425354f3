/// What all clients take of memory, and who takes much: kept while there is a limit for them (`maxmemory-clients`).
///
///     bucket 0: below 32 KiB │ 1: below 64 KiB │ … │ 18: from 4 GiB on
///
/// 1. Every client is counted in `total` with what it took when it was last looked at: after it has run, was sent
///    something, or was pushed something.
/// 2. Those that may be ended stand in the bucket of their size; each knows its place, so that leaving is cheap.
final class ClientMemory {
    /// Clients of about one size.
    struct Bucket {
        // A session is forgotten before it is freed.
        fileprivate(set) var sessions: [Unmanaged<Session>] = []
        /// Bytes that they take together.
        fileprivate(set) var bytes = 0
    }

    /// What is known of a client.
    struct Entry {
        fileprivate(set) var bytes = 0
        fileprivate var bucket = -1
        fileprivate var place = 0
    }

    /// Below so many bytes, as a power of two, clients are small; each bucket reaches to twice as much.
    static let smallest = 15
    static let bucketCount = 19

    private(set) var buckets = [Bucket](repeating: Bucket(), count: bucketCount)
    /// Bytes that all clients take.
    private(set) var total = 0

    /// Looks at what a client takes now.
    func note(_ session: Session) {
        let bytes = session.memoryBytes
        let bucket = session.isProtectedFromEviction || session.isReplica ? -1 : ClientMemory.bucket(bytes)
        let known = session.memoryEntry
        if known.bytes == bytes, known.bucket == bucket { return }
        total += bytes - known.bytes
        session.memoryEntry.bytes = bytes
        if known.bucket == bucket {
            if bucket >= 0 { buckets[bucket].bytes += bytes - known.bytes }
        } else {
            leave(session, known)
            enter(session, bucket)
        }
    }

    /// Forgets a client that ends.
    func forget(_ session: Session) {
        total -= session.memoryEntry.bytes
        leave(session, session.memoryEntry)
        session.memoryEntry = Entry()
        session.memory = nil
    }

    /// One of those that take most, among those that may be ended.
    var largest: Session? {
        buckets.last { !$0.sessions.isEmpty }?.sessions.first?.takeUnretainedValue()
    }

    private func enter(_ session: Session, _ bucket: Int) {
        session.memoryEntry.bucket = bucket
        guard bucket >= 0 else { return }
        session.memoryEntry.place = buckets[bucket].sessions.count
        buckets[bucket].sessions.append(.passUnretained(session))
        buckets[bucket].bytes += session.memoryEntry.bytes
    }

    private func leave(_ session: Session, _ known: Entry) {
        guard known.bucket >= 0 else { return }
        buckets[known.bucket].bytes -= known.bytes
        let last = buckets[known.bucket].sessions.removeLast()
        guard last.toOpaque() != Unmanaged.passUnretained(session).toOpaque() else { return }
        buckets[known.bucket].sessions[known.place] = last
        last._withUnsafeGuaranteedRef { $0.memoryEntry.place = known.place }
    }

    private static func bucket(_ bytes: Int) -> Int {
        let bits = Int.bitWidth - bytes.leadingZeroBitCount
        return min(max(bits - smallest, 0), bucketCount - 1)
    }
}

extension Session {
    /// Bytes of the objects that make a session up, roughly.
    static let ownBytes = 1024
    /// Bytes of a name in one of its tables, roughly.
    private static let nameBytes = 96

    /// Bytes that the client takes: its buffers, what it has queued, watches, listens to and follows.
    var memoryBytes: Int {
        Session.ownBytes + max(inputCount, inputCapacity) + output.pointee.capacity
            + (transaction?.heldBytes ?? 0) + tableBytes
    }

    private var tableBytes: Int {
        var names = watch.keyCount
        var bytes = 0
        if !subscriptions.isEmpty { names += subscriptions.count }
        if let prefixes = tracking?.prefixes, !prefixes.isEmpty {
            names += prefixes.count
            bytes += prefixes.reduce(0) { $0 + $1.count }
        }
        return bytes + names * Session.nameBytes
    }

    /// Has what the client takes looked at again, where anybody wants to know.
    @inline(__always)
    func noteMemory() { if let memory { memory.note(self) } }
}

// MARK: Ending clients

extension Node {
    /// So many clients are ended at once; if that is not enough, more are in the next turn.
    private static let mostEvictedAtOnce = 64
    /// No lower limit is heeded, since nobody could talk to the server.
    private static let leastClientMemory = 128 << 10

    /// Bytes that all clients may take; nil for no limit.
    var clientMemoryLimit: Int? {
        switch settings.maxmemoryClients {
        case .bytes(0): nil
        case .bytes(let bytes): max(bytes, Node.leastClientMemory)
        case .percent(let percent):
            settings.maxmemory == 0
                ? .max : max(Int(Double(settings.maxmemory) * Double(percent) / 100), Node.leastClientMemory)
        }
    }

    /// Begins or ends looking at what clients take.
    func adoptClientMemoryLimit() {
        let isWanted = clientMemoryLimit != nil
        guard isWanted != (clientMemory != nil) else { return }
        if isWanted {
            let known = ClientMemory()
            clientMemory = known
            for session in sessions.values { follow(session, known) }
        } else {
            for session in sessions.values { clientMemory?.forget(session) }
            clientMemory = nil
        }
    }

    /// Counts a client from here on.
    func follow(_ session: Session, _ known: ClientMemory) {
        session.memory = known
        known.note(session)
    }

    /// Ends clients, the largest first, until the others take less than they may.
    func evictClients() {
        guard let known = clientMemory, let limit = clientMemoryLimit else { return }
        var rest = Node.mostEvictedAtOnce
        while known.total >= limit, rest > 0 {
            guard let session = known.largest else { return warnOfProtectedClients() }
            rest -= 1
            log(.notice, "Evicting client: \(line(of: session))")
            statistics.evictedClients += 1
            known.forget(session)
            close(session, afterReply: false)
        }
        if known.total < limit { hasWarnedOfClients = false }
    }

    private func warnOfProtectedClients() {
        if !hasWarnedOfClients { log(.warning, "Over client maxmemory after evicting all evictable clients") }
        hasWarnedOfClients = true
    }
}
