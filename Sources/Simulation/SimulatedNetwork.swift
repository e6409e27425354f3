import Primitives

/// The clock that all share, and the ways between nodes.
final class SimulatedNetwork {
    let hands = ManualClock()
    private let start: Int64
    private var random: RandomSource
    /// Every connection that one of its ends still knows.
    private(set) var links: [SimulatedLink] = []
    /// Whoever listens, by number.
    var listeners: [Int: SimulatedNode] = [:]
    /// What a connection holds before it takes no more, in bytes.
    var capacity = 64 << 10
    /// Pairs of nodes that do not reach each other.
    private var parted: Set<[Int]> = []

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
        start = hands.nanoseconds
    }

    /// Milliseconds since the beginning.
    var now: Int64 { (hands.nanoseconds - start) / 1_000_000 }

    /// When what is sent now arrives: mostly soon.
    func arrival() -> Int64 {
        let isLate = Int.random(in: 0..<50, using: &random) == 0
        return now + Int64.random(in: 0...(isLate ? 400 : 5), using: &random)
    }

    static func port(_ number: Int) -> Int { 7000 + number }
    static func number(ofPort port: Int) -> Int { port - 7000 }

    // MARK: Connections

    func connect(_ replica: Int, to primary: Int) -> SimulatedLink {
        let link = SimulatedLink(from: replica, to: primary, connectedAt: arrival())
        link.toReplica.capacity = capacity
        if let listener = listeners[primary], !parted.contains([replica, primary].sorted()) {
            listener.accept(link)
            links.append(link)
        } else {
            link.endAtReplica = arrival()
        }
        return link
    }

    /// Breaks connections: both ends hear of it, each in its time.
    func cut(_ isMeant: (SimulatedLink) -> Bool) {
        for link in links where isMeant(link) {
            link.endAtReplica = link.endAtReplica ?? arrival()
            link.endAtPrimary = link.endAtPrimary ?? arrival()
        }
        links.removeAll { $0.endAtReplica != nil && $0.endAtPrimary != nil }
    }

    /// Has nothing come through in one direction, or both, for a while; nobody hears of it.
    func stall(_ a: Int, _ b: Int, for milliseconds: Int64, bothWays: Bool) {
        for link in links where [link.replica, link.primary].sorted() == [a, b].sorted() {
            if bothWays || link.primary == a { link.toReplica.stalledUntil = now + milliseconds }
            if bothWays || link.replica == a { link.toPrimary.stalledUntil = now + milliseconds }
        }
    }

    func part(_ a: Int, _ b: Int) { parted.insert([a, b].sorted()) }

    /// Two nodes reach each other again.
    func join(_ a: Int, _ b: Int) { parted.remove([a, b].sorted()) }

    /// All reach each other.
    func heal() {
        parted = []
        for link in links { (link.toPrimary.stalledUntil, link.toReplica.stalledUntil) = (0, 0) }
    }
}
