import Encryption
import Gossip
import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// The loop of the bus's thread, for all nodes of the process.
///
///     wait ─▶ sockets, results of the disk, orders ─▶ ticks ─▶ send ─▶ wait …
final class BusLoop {
    /// Whose a descriptor is.
    enum Owner {
        case listener(BusHost)
        case link(BusHost, BusLink)
    }

    let poller = Poller()
    let engine = SecureEngine()
    /// Where sockets are read into.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
    /// Milliseconds since 1970, as of this turn.
    private(set) var wallTime: Int64 = 0
    private let clock = Clock.system
    private unowned let thread: BusThread
    private let disk: DiskHelper
    private var owners: [Int32: Owner] = [:]
    private var hosts: [BusHost] = []
    private var nextTick: Int64 = 0
    /// The names of the hosts' nodes, as these know them.
    private var names: Set<NodeName> = []
    /// Links that have something to send.
    private var queued: [(BusHost, BusLink)] = []

    /// Bytes of broadcasts that are sent in a turn.
    private static let broadcastsInATurn = 1 << 20
    private static let tickMilliseconds: Int64 = 100
    /// What the disk does for one file: the last of these tells that all is done.
    private static let stepsOfSaving = 6

    init(_ thread: BusThread, _ disk: DiskHelper) {
        (self.thread, self.disk) = (thread, disk)
        poller.add(thread.arrival.descriptor)
        poller.add(disk.descriptor)
    }

    deinit { room.deallocate() }

    /// Runs until the thread is told to end.
    func run() {
        while !thread.isEnding { turn() }
        for host in hosts { host.endAll() }
    }

    private func turn() {
        let count = poller.wait(milliseconds: waitingTime())
        let now = clock.monotonicMilliseconds
        wallTime = clock.wallMilliseconds
        for host in hosts { host.lookAtPulse(now: now) }
        for index in 0..<count { handle(poller.event(index)) }
        if now >= nextTick {
            nextTick = now + BusLoop.tickMilliseconds
            introduceNeighbours()
            for host in hosts { host.tick() }
        }
        sendAll()
    }

    private func waitingTime() -> Int32 {
        if !queued.isEmpty { return 0 }
        return Int32(clamping: max(0, nextTick - clock.monotonicMilliseconds))
    }

    private func handle(_ event: Poller.Event) {
        if event.descriptor == thread.arrival.descriptor { return attend() }
        if event.descriptor == disk.descriptor { return takeResults() }
        switch owners[event.descriptor] {
        case .listener(let host): host.accept(at: event.descriptor)
        case .link(let host, let link): host.handle(link, event)
        case nil: return
        }
    }

    /// Somebody has given an order, or a node has come.
    private func attend() {
        for plan in thread.takeArrivals() { hosts.append(BusHost(plan, number: hosts.count, self)) }
        introduceNeighbours()
        for host in hosts { host.catchUp() }
    }

    /// Tells the nodes of each other when one has come, or has another name.
    private func introduceNeighbours() {
        let names = Set(hosts.map { $0.post.bus.access { $0.name } })
        guard names != self.names else { return }
        self.names = names
        for host in hosts { host.meet(names) }
    }

    // MARK: Descriptors

    func watch(_ descriptor: Int32, _ owner: Owner) {
        owners[descriptor] = owner
        poller.add(descriptor)
    }

    func forget(_ descriptor: Int32) {
        owners[descriptor] = nil
        poller.remove(descriptor)
    }

    // MARK: Sending

    /// Has a link send at the end of the turn.
    func queue(_ host: BusHost, _ link: BusLink) {
        guard !link.isQueued else { return }
        link.isQueued = true
        queued.append((host, link))
    }

    private func sendAll() {
        var budget = BusLoop.broadcastsInATurn
        let links = queued
        queued.removeAll(keepingCapacity: true)
        for (host, link) in links {
            link.isQueued = false
            host.flush(link, &budget)
            if link.hasReadyBroadcasts { queue(host, link) }
        }
    }

    // MARK: The disk

    /// Has a file of a host written.
    func save(_ actions: [DiskAction], _ host: Int) {
        precondition(actions.count == BusLoop.stepsOfSaving)
        disk.submit(
            actions.enumerated().map { step, action in
                DiskRequest(ticket: host * BusLoop.stepsOfSaving + step, action: action)
            })
    }

    private var failures: [Int: Int32] = [:]

    private func takeResults() {
        for result in disk.takeResults() {
            let (host, step) = result.ticket.quotientAndRemainder(dividingBy: BusLoop.stepsOfSaving)
            if result.error != 0, failures[host] == nil { failures[host] = result.error }
            guard step == BusLoop.stepsOfSaving - 1 else { continue }
            hosts[host].didSave(failures.removeValue(forKey: host) ?? 0)
        }
    }
}
