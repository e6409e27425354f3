import Clustering
import Gossip
import Primitives
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The thread of the cluster's bus: one in the process, for all of its nodes. What a node is busy with delays no heartbeat
/// and no vote.
final class BusThread: Sendable {
    /// Raised when there is an order, or a node that has come.
    let arrival = WakeUp(isBlocking: false)
    private let arrivals = Locked<[BusPlan]>([])
    private let state = Atomic<Bool>(false)
    private let ended = WakeUp(isBlocking: true)
    /// The CPU time that it has used.
    let clock = ThreadClock()

    init() {
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                let thread = Unmanaged<BusThread>.fromOpaque(context!).takeRetainedValue()
                thread.clock.follow()
                BusLoop(thread, DiskHelper()).run()
                thread.ended.raise()
                return nil
            }, context)
        pthread_detach(thread)
    }

    /// Takes a node in.
    func host(_ plan: BusPlan) {
        arrivals.withLock { $0.append(plan) }
        arrival.raise()
    }

    /// Has it look at what nodes have ordered.
    func wake() { arrival.raise() }

    /// Ends all connections, and waits until they are closed.
    func end() {
        state.store(true, ordering: .releasing)
        arrival.raise()
        ended.take()
    }

    var isEnding: Bool { state.load(ordering: .acquiring) }

    /// Nodes that have come since this was last asked.
    func takeArrivals() -> [BusPlan] {
        arrival.take()
        return arrivals.withLock { plans in
            defer { plans = [] }
            return plans
        }
    }
}

/// A node as the bus's thread takes it in.
struct BusPlan: Sendable {
    let post: BusPost
    /// Sockets that wait for other nodes.
    let listeners: [Int32]
    let place: NodesPlace
    let usesTLS: Bool
    let log: Log
}
