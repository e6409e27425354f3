import Glibc
import Synchronization

/// What a client has seen who sends a GET every millisecond.
struct ProbeSample: Sendable {
    var histogram = Histogram()
    /// In nanoseconds.
    var longest: UInt64 = 0
    /// Those of more than `SnapshotProbe.limitNanoseconds`.
    var slow = 0
    /// The most resident memory the server had.
    var residentBytes = 0

    mutating func add(_ other: ProbeSample) {
        histogram.add(other.histogram)
        longest = max(longest, other.longest)
        slow += other.slow
        residentBytes = max(residentBytes, other.residentBytes)
    }

    mutating func add(_ nanoseconds: UInt64) {
        histogram.add(nanoseconds)
        longest = max(longest, nanoseconds)
        if nanoseconds > SnapshotProbe.limitNanoseconds { slow += 1 }
    }
}

/// A thread that watches a server from the outside: how long a GET takes, how much memory there is, whether it saves.
final class SnapshotProbe: @unchecked Sendable {
    static let limitNanoseconds: UInt64 = 2_000_000
    private static let interval = 0.001
    /// After so many probes it looks at the memory, and whether the server saves.
    private static let glance = 10

    private struct State {
        var sample = ProbeSample()
        var isSaving = false
        var wantsSave = false
        var (began, ended): (UInt64, UInt64) = (0, 0)
        var isStopped = false
        var failure: BenchmarkFailure?
    }

    private let state = Mutex(State())
    private let port: UInt16
    private let server: ServerProcess

    init(_ server: ServerProcess) throws(BenchmarkFailure) {
        port = server.port
        self.server = server
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<SnapshotProbe>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    /// Begins a sample.
    func begin() { state.withLock { $0.sample = ProbeSample() } }

    /// What was seen since.
    func end() -> ProbeSample { state.withLock { $0.sample } }

    /// Has the server save in the background.
    func save() throws(BenchmarkFailure) {
        let failure = state.withLock { state in
            state.wantsSave = true
            state.isSaving = true
            return state.failure
        }
        if let failure { throw failure }
    }

    /// Whether it does.
    var isSaving: Bool { state.withLock { $0.isSaving && $0.failure == nil } }

    /// How long it did.
    var savingSeconds: Double { state.withLock { Double($0.ended - $0.began) / 1e9 } }

    /// Has the server begin anew with what `holdUps` tells.
    func forgetHoldUps() throws(BenchmarkFailure) { try ControlConnection(port: port).call("CONFIG", "RESETSTAT") }

    /// How long snapshots have held the server up since then, or where it forks, how long the latest fork took.
    func holdUps() throws(BenchmarkFailure) -> HoldUps {
        let control = try ControlConnection(port: port)
        let persistence = try control.call("INFO", "persistence")
        guard persistence.contains("apus_snapshot_longest_slice_usec:") else {
            return HoldUps(slice: field("latest_fork_usec", of: try control.call("INFO", "stats")))
        }
        return HoldUps(
            slice: field("apus_snapshot_longest_slice_usec", of: persistence),
            wait: field("apus_snapshot_longest_wait_usec", of: persistence))
    }

    /// What a child that saved had to copy; what a server has itself is part of its resident memory.
    func copiedBytes() throws(BenchmarkFailure) -> Int {
        let control = try ControlConnection(port: port)
        let isForked = try !control.call("INFO", "server").contains("apus_version:")
        return isForked ? field("rdb_last_cow_size", of: try control.call("INFO", "persistence")) : 0
    }

    func stop() { state.withLock { $0.isStopped = true } }

    // MARK: The thread

    private func run() {
        SnapshotProbe.takePrecedence()
        do throws(BenchmarkFailure) {
            try watch()
        } catch {
            state.withLock { $0.failure = error }
        }
    }

    private func watch() throws(BenchmarkFailure) {
        let control = try ControlConnection(port: port)
        var count = 0
        while !state.withLock({ $0.isStopped }) {
            if state.withLock({ $0.wantsSave }) { try beginSave(control) }
            let start = Clock.now()
            try control.call("GET", "key:000000000007")
            let time = Clock.now() - start
            state.withLock { $0.sample.add(time) }
            count += 1
            if count % SnapshotProbe.glance == 0 { try glance(control) }
            Clock.sleep(seconds: SnapshotProbe.interval)
        }
    }

    private func beginSave(_ control: ControlConnection) throws(BenchmarkFailure) {
        let start = Clock.now()
        try control.call("BGSAVE")
        let time = Clock.now() - start
        state.withLock { state in
            state.wantsSave = false
            state.began = start
            // A server that forks answers when it has forked.
            state.sample.add(time)
        }
    }

    private func glance(_ control: ControlConnection) throws(BenchmarkFailure) {
        let isSaving = field("rdb_bgsave_in_progress", of: try control.call("INFO", "persistence")) != 0
        let resident = server.residentBytes
        state.withLock { state in
            state.sample.residentBytes = max(state.sample.residentBytes, resident)
            if state.isSaving, !isSaving, !state.wantsSave { (state.isSaving, state.ended) = (false, Clock.now()) }
        }
    }

    /// Whoever watches does not stand in line with those who are watched, where the system allows that.
    static func takePrecedence() {
        var parameters = sched_param()
        parameters.sched_priority = 1
        sched_setscheduler(0, SCHED_FIFO, &parameters)
    }
}
