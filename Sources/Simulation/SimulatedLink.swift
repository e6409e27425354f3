import Primitives

/// One direction of a connection: bytes arrive in order, after a while, in pieces of any size.
struct Pipe {
    private var parts: [(arrival: Int64, bytes: [UInt8])] = []
    private var lastArrival: Int64 = 0
    /// Bytes that were sent and have not been read.
    private(set) var count = 0
    /// Nothing arrives before, in milliseconds; whatever a network loses, a connection sends again.
    var stalledUntil: Int64 = 0

    /// What it holds before it takes no more, in bytes.
    var capacity = 64 << 10

    var room: Int { max(0, capacity - count) }

    mutating func send(_ bytes: [UInt8], arrival: Int64) {
        guard !bytes.isEmpty else { return }
        lastArrival = max(lastArrival, arrival)
        parts.append((lastArrival, bytes))
        count += bytes.count
    }

    /// The next bytes that have arrived, at most so many; nil where there are none.
    mutating func receive(now: Int64, most: Int) -> [UInt8]? {
        guard now >= stalledUntil, let first = parts.first, first.arrival <= now else { return nil }
        let taken = min(most, first.bytes.count)
        if taken == first.bytes.count {
            parts.removeFirst()
        } else {
            parts[0].bytes.removeFirst(taken)
        }
        count -= taken
        return Array(first.bytes.prefix(taken))
    }
}

/// A connection of a replica to its primary.
final class SimulatedLink {
    /// Numbers of the nodes.
    let (replica, primary): (Int, Int)
    var toPrimary = Pipe()
    var toReplica = Pipe()
    /// When each end hears that there is no connection any more; nil as long as there is.
    var (endAtReplica, endAtPrimary): (Int64?, Int64?) = (nil, nil)
    /// When the replica hears that there is a connection; nil after it has.
    var connectedAt: Int64?

    init(from replica: Int, to primary: Int, connectedAt: Int64) {
        (self.replica, self.primary, self.connectedAt) = (replica, primary, connectedAt)
    }
}
