import CShims
import Glibc
import Primitives
import Synchronization

/// A thread of load: some clients, each with a connection to every node that it may need.
///
/// In a closed loop a client sends its next requests when the last ones are answered, and latency counts from then. With a
/// rate (an open loop) requests are due at times that no reply moves, and latency counts from when a request was due,
/// whether it could be sent then or not: so what a slow server holds up is measured too, and nothing is omitted.
final class LoadWorker: @unchecked Sendable {
    private let plan: LoadPlan
    private let map: LoadMap
    private let settings: ConnectionSettings
    private let number: Int
    /// Requests answered so far, for whoever shows how far it is.
    let answered = Atomic<Int>(0)
    /// Set when connections stand.
    let isReady = Atomic<Bool>(false)
    /// Set at the very end.
    let hasEnded = Atomic<Bool>(false)
    /// When to begin, in nanoseconds; 0 until known.
    let start = Atomic<UInt64>(0)
    /// What came of it, to be read when the thread has ended.
    private(set) var result = LoadResult()
    private(set) var failure: AdminFailure?

    private var connections: [LoadConnection] = []
    /// Places in `connections` by client and node.
    private var places: [[Int]] = []
    private var nodeOfSlot: [Int]
    private var nodes: [NodeAddress]
    private var templates: [RequestTemplate]
    private var keys: KeySource
    private var random: RandomSource
    /// Requests of each client without a reply.
    private var outstanding: [Int]
    private var (sentCount, answeredCount) = (0, 0)
    private var blocked = Set<Int>()
    private var poll: Int32 = -1
    private var thread = pthread_t()
    private var (measuresFrom, endsAt, quota): (UInt64, UInt64, Int) = (0, .max, .max)

    init(_ plan: LoadPlan, _ map: LoadMap, _ settings: ConnectionSettings, number: Int) {
        (self.plan, self.map, self.settings, self.number) = (plan, map, settings, number)
        (nodeOfSlot, nodes, templates) = (map.nodeOfSlot, map.nodes, plan.mix.templates)
        let seed = plan.seed &+ UInt64(number) &* 7919
        keys = KeySource(
            plan.keys, count: plan.keyCount, seed: seed, start: number, step: plan.threads)
        random = RandomSource(seed: seed &+ 1)
        let clients = (plan.clients + plan.threads - 1 - number) / plan.threads
        outstanding = Array(repeating: 0, count: clients)
    }

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: The thread

    func launch() {
        let me = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { pointer in
                Unmanaged<LoadWorker>.fromOpaque(pointer!).takeRetainedValue().main()
                return nil
            }, me)
    }

    func join() { pthread_join(thread, nil) }

    private func main() {
        do throws(AdminFailure) {
            try connect()
            isReady.store(true, ordering: .releasing)
            while start.load(ordering: .acquiring) == 0 { usleep(100) }
            try run(from: start.load(ordering: .acquiring))
        } catch {
            failure = error
        }
        isReady.store(true, ordering: .releasing)
        connections = []
        if poll >= 0 { close(poll) }
        hasEnded.store(true, ordering: .releasing)
    }

    private func connect() throws(AdminFailure) {
        poll = epoll_create1(0)
        for _ in outstanding.indices {
            var own: [Int] = []
            for node in nodes { own.append(try add(node)) }
            places.append(own)
        }
    }

    private func add(_ node: NodeAddress) throws(AdminFailure) -> Int {
        let connection = try LoadConnection(node, settings, speaksRESP3: plan.speaksRESP3)
        connections.append(connection)
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: UInt64(connections.count - 1)))
        guard epoll_ctl(poll, EPOLL_CTL_ADD, connection.descriptor, &event) == 0 else {
            throw AdminFailure("epoll: \(String(cString: strerror(errno)))")
        }
        return connections.count - 1
    }

    // MARK: The run

    private func run(from begin: UInt64) throws(AdminFailure) {
        measuresFrom = begin + UInt64(plan.warmUpSeconds * 1e9)
        if let requests = plan.requests {
            quota = (requests + plan.threads - 1 - number) / plan.threads
        } else {
            endsAt = measuresFrom + UInt64(plan.seconds * 1e9)
        }
        if plan.rate == nil { try runClosed() } else { try runOpen(from: begin) }
        result.nanoseconds = max(1, LoadWorker.now - measuresFrom)
    }

    private var isOver: Bool { result.latency.count >= quota || LoadWorker.now >= endsAt }

    private func runClosed() throws(AdminFailure) {
        for client in outstanding.indices { try sendBatch(client, due: LoadWorker.now) }
        while !isOver {
            let done = try turn(waiting: 10)
            let now = LoadWorker.now
            for client in done { try sendBatch(client, due: now) }
        }
    }

    private func runOpen(from begin: UInt64) throws(AdminFailure) {
        let share = plan.rate! / Double(plan.threads)
        let pause = Double(plan.pipeline) * 1e9 / share
        var (batch, client, planned) = (0, 0, 0)
        func due() -> UInt64 { begin + UInt64((Double(batch) + Double(number) / Double(plan.threads)) * pause) }
        while due() < endsAt, planned < quota {
            var burst = 0
            while due() <= LoadWorker.now, due() < endsAt, planned < quota, burst < LoadWorker.longestBurst {
                try sendBatch(client, due: due())
                if due() >= measuresFrom { planned += plan.pipeline }
                client = (client + 1) % outstanding.count
                batch += 1
                burst += 1
            }
            // A sleep of a millisecond would make requests late that are due before.
            let left = Int64(due()) - Int64(LoadWorker.now)
            _ = try turn(waiting: left > 2_000_000 ? 1 : 0)
            guard waiting < LoadWorker.mostWaiting else {
                throw AdminFailure("\(waiting) requests wait for replies: the rate is more than can be borne.")
            }
        }
        // What was due is waited for, or it would be left out of the figures just where it was slow.
        let patience = LoadWorker.now + 10_000_000_000
        while waiting > 0, LoadWorker.now < patience { _ = try turn(waiting: 10) }
        // Requests that never came back count as long as was waited for them.
        for _ in 0..<waiting { result.latency.record(10_000_000_000) }
    }

    /// So many batches are sent before replies are looked at.
    private static let longestBurst = 64
    private static let mostWaiting = 2_000_000

    /// Requests without a reply.
    private var waiting: Int { sentCount - answeredCount }

    /// Sends what a client sends at once.
    private func sendBatch(_ client: Int, due: UInt64) throws(AdminFailure) {
        var used = Set<Int>()
        for _ in 0..<plan.pipeline {
            let pick = plan.mix.pick(&random)
            templates[pick].set(keys.next())
            let node =
                nodes.count == 1
                ? 0 : templates[pick].slot.map { nodeOfSlot[$0] } ?? Int(random.next() % UInt64(nodes.count))
            let place = places[client][node]
            connections[place].append(templates[pick], due: due, client: client)
            used.insert(place)
        }
        outstanding[client] += plan.pipeline
        sentCount += plan.pipeline
        for place in used { try flush(place) }
    }

    private func flush(_ place: Int) throws(AdminFailure) {
        let connection = connections[place]
        try connection.flush()
        guard connection.isBlocked != blocked.contains(place) else { return }
        if connection.isBlocked { blocked.insert(place) } else { blocked.remove(place) }
        let events = connection.isBlocked ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        var event = epoll_event(events: events, data: epoll_data(u64: UInt64(place)))
        epoll_ctl(poll, EPOLL_CTL_MOD, connection.descriptor, &event)
    }

    /// Reads what has come. The clients that have all their replies.
    private func turn(waiting milliseconds: Int32) throws(AdminFailure) -> [Int] {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        let count = epoll_wait(poll, &events, 64, milliseconds)
        var done: [Int] = []
        var moved: [String] = []
        for event in events.prefix(max(0, Int(count))) {
            let place = Int(event.data.u64)
            if event.events & EPOLLOUT.rawValue != 0 { try flush(place) }
            guard event.events & ~EPOLLOUT.rawValue != 0 else { continue }
            let now = LoadWorker.now
            try connections[place].receive { due, client, error in
                outstanding[client] -= 1
                answeredCount += 1
                if outstanding[client] == 0 { done.append(client) }
                note(due, now, error)
                if let error, error.hasPrefix("MOVED ") { moved.append(error) }
            }
        }
        for error in moved { try follow(error) }
        return done
    }

    private func note(_ due: UInt64, _ now: UInt64, _ error: String?) {
        guard due >= measuresFrom else { return }
        result.latency.record(now > due ? now - due : 0)
        answered.store(result.latency.count, ordering: .relaxed)
        if let error { result.errors[String(error.prefix { $0 != " " }), default: 0] += 1 }
    }

    /// `MOVED slot host:port`: what comes next goes there.
    private func follow(_ error: String) throws(AdminFailure) {
        let words = error.split(separator: " ")
        guard map.isCluster, words.count == 3, let slot = Int(words[1]), (0..<slotCount).contains(slot),
            let address = NodeAddress(String(words[2]))
        else { return }
        if let known = nodes.firstIndex(of: address) {
            nodeOfSlot[slot] = known
            return
        }
        nodes.append(address)
        for client in places.indices { places[client].append(try add(address)) }
        nodeOfSlot[slot] = nodes.count - 1
    }
}

/// Where requests go.
struct LoadMap: Sendable {
    var nodes: [NodeAddress]
    /// Places in `nodes`.
    var nodeOfSlot: [Int]
    var isCluster: Bool

    /// One node for everything.
    init(_ address: NodeAddress) {
        (nodes, nodeOfSlot, isCluster) = ([address], Array(repeating: 0, count: slotCount), false)
    }

    /// Each slot's owner.
    init(_ view: ClusterView) {
        let owners = view.owners
        let places = Dictionary(uniqueKeysWithValues: owners.enumerated().map { ($0.element.id, $0.offset) })
        nodes = owners.map(\.address)
        nodeOfSlot = view.claims.map { $0.first.flatMap { places[$0] } ?? 0 }
        isCluster = true
    }
}
