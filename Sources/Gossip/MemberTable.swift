import Primitives

/// A node as the machine keeps it: what `Member` shows, closely packed, since each of thousands of nodes keeps all the others.
struct Peer: Sendable {
    var name: NodeName
    var flags: MemberFlags
    /// Nobody lives at this index.
    var isVacant = false
    /// It knows of terms (`Succession`).
    var knowsTerms = false
    /// It has said itself that it has failed (`HandOver`).
    var givesWay = false
    /// The connection that this node has opened stands.
    var isConnected = false
    var (port, tlsPort, busPort): (UInt16, UInt16, UInt16)
    /// The index of its primary; `MemberTable.nobody` for none.
    var primary = MemberTable.nobody
    /// The connections: that which this node has opened, and that which it has opened; 0 for none.
    var (outbound, inbound): (UInt64, UInt64) = (0, 0)
    /// When `outbound` was opened.
    var linkedAt: Int64 = 0
    var (pingSentAt, pongReceivedAt, dataReceivedAt): (Int64, Int64, Int64) = (0, 0, 0)
    var host: String
    var shard: NodeName
    var slots = SlotSet()
    var configEpoch: UInt64 = 0
    /// The highest epoch that it has told: a message with a lower one has been overtaken.
    var toldEpoch: UInt64 = 0
    /// How much of its shard's history it has, and when it said so.
    var (offset, offsetAt): (Int64, Int64) = (0, 0)
    var createdAt: Int64
    /// When it was heard to have won its slots in a later epoch.
    var ledAt: Int64 = 0
    var (failedAt, votedAt, orphanedAt): (Int64, Int64, Int64) = (0, 0, 0)
    /// The index of the replica that was voted for when this primary had failed.
    var votedFor = MemberTable.nobody
    /// The number of the last ping whose gossip told of it.
    var gossipRound: UInt32 = 0
    /// Who thinks that it has failed, by index.
    var reports: [FailureReport] = []
    /// The indices of its replicas.
    var replicas: [Int32] = []

    init(_ name: NodeName, _ flags: MemberFlags, _ address: NodeAddress, shard: NodeName, createdAt: Int64) {
        (self.name, self.flags, self.shard, self.createdAt, host) = (name, flags, shard, createdAt, "")
        (port, tlsPort, busPort) = (0, 0, 0)
        self.address = address
    }

    var address: NodeAddress {
        get { NodeAddress(host: host, port: Int(port), tlsPort: Int(tlsPort), busPort: Int(busPort)) }
        set {
            host = newValue.host
            port = UInt16(clamping: newValue.port)
            tlsPort = UInt16(clamping: newValue.tlsPort)
            busPort = UInt16(clamping: newValue.busPort)
        }
    }

    /// No time is later than now; what others have said of it may come again.
    mutating func limitTimes(to now: Int64) {
        (pingSentAt, pongReceivedAt) = (min(pingSentAt, now), min(pongReceivedAt, now))
        (dataReceivedAt, linkedAt) = (min(dataReceivedAt, now), min(linkedAt, now))
        (createdAt, offsetAt, ledAt) = (min(createdAt, now), min(offsetAt, now), min(ledAt, now))
        (failedAt, votedAt, orphanedAt) = (min(failedAt, now), min(votedAt, now), min(orphanedAt, now))
        reports = []
    }

    var isPrimary: Bool { flags.contains(.primary) }
    var isReplica: Bool { flags.contains(.replica) }
    var isFailed: Bool { flags.contains(.failed) }
    var isDown: Bool { !flags.isDisjoint(with: [.suspected, .failed]) }
    /// Whether it has a say in votes.
    var isVoter: Bool { isPrimary && !slots.isEmpty }
}

/// Somebody thinks that a node has failed.
struct FailureReport: Equatable, Sendable {
    /// The index of the one who thinks so.
    var reporter: UInt32
    /// When it last said so, in tenths of a second.
    var tenths: UInt32

    init(_ reporter: Int, at milliseconds: Int64) {
        self.reporter = UInt32(reporter)
        tenths = FailureReport.tenths(milliseconds)
    }

    static func tenths(_ milliseconds: Int64) -> UInt32 { UInt32(truncatingIfNeeded: milliseconds / 100) }
}

/// The members, each at an index that it keeps while it is there, and found by name.
///
///     buckets: [ 3 | – | 0 | – ]   open addressing by the bits of the name; the values are indices
///     peers:   [ a | b | (vacant) | d ]
struct MemberTable: Sendable {
    /// No member.
    static let nobody: Int32 = -1

    private var peers: [Peer] = []
    private var vacant: [Int] = []
    private var buckets = [Int32](repeating: nobody, count: 16)

    /// How many members there are.
    var count: Int { peers.count - vacant.count }
    /// The indices in use, and perhaps some that are vacant.
    var indices: Range<Int> { 0..<peers.count }

    /// The member at an index.
    subscript(index: Int) -> Peer {
        _read { yield peers[index] }
        _modify { yield &peers[index] }
    }

    /// The index of the member with a name.
    func find(_ name: NodeName) -> Int? {
        var position = home(of: name)
        while buckets[position] != MemberTable.nobody {
            let index = Int(buckets[position])
            if peers[index].name == name { return index }
            position = (position + 1) & (buckets.count - 1)
        }
        return nil
    }

    /// Adds a member whose name is not there.
    mutating func add(_ peer: Peer) -> Int {
        let index: Int
        if let place = vacant.popLast() {
            index = place
            peers[place] = peer
        } else {
            index = peers.count
            peers.append(peer)
        }
        if count * 2 > buckets.count { grow() } else { enter(index) }
        return index
    }

    /// Takes a member away.
    mutating func remove(_ index: Int) {
        leave(index)
        peers[index] = Peer(
            peers[index].name, [], NodeAddress(host: "", port: 0, busPort: 0), shard: peers[index].shard, createdAt: 0)
        peers[index].isVacant = true
        vacant.append(index)
    }

    /// Gives a member another name, which nobody has.
    mutating func rename(_ index: Int, _ name: NodeName) {
        leave(index)
        peers[index].name = name
        enter(index)
    }

    private func home(of name: NodeName) -> Int { Int(truncatingIfNeeded: name.bits) & (buckets.count - 1) }

    private mutating func enter(_ index: Int) {
        var position = home(of: peers[index].name)
        while buckets[position] != MemberTable.nobody { position = (position + 1) & (buckets.count - 1) }
        buckets[position] = Int32(index)
    }

    private mutating func grow() {
        buckets = [Int32](repeating: MemberTable.nobody, count: buckets.count * 2)
        for index in peers.indices where !peers[index].isVacant { enter(index) }
    }

    /// Empties a member's bucket and moves those behind it that may stand nearer to their homes.
    private mutating func leave(_ index: Int) {
        let mask = buckets.count - 1
        var hole = home(of: peers[index].name)
        while buckets[hole] != Int32(index) { hole = (hole + 1) & mask }
        var next = (hole + 1) & mask
        while buckets[next] != MemberTable.nobody {
            let start = home(of: peers[Int(buckets[next])].name)
            if (next - start) & mask >= (next - hole) & mask {
                buckets[hole] = buckets[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        buckets[hole] = MemberTable.nobody
    }
}
