import Gossip

/// The source's end of a migration of slots: a machine, events in, actions out.
///
///     waiting ─ begin ─▶ connecting ─▶ establishing ─▶ queued ─ walk begun ─▶ snapshotting ─ walked ─▶ streaming
///
///     streaming ─ the target is close behind ─▶ pausing ─ it has all ─▶ granted ─ the map shows it ─▶ succeeded
///         ▲                                       │                      │ link breaks
///         └──────── 40 ms have gone by ───────────┘                      ▼
///                                                                    doubtful ─ asks again and again ─┬─▶ succeeded
///                                           a process that starts, a promoted replica ─▶ ┘            └─▶ failed
///
/// 1. Before the grant the source owns the slots, whatever happens to the link: it fails, and serves.
/// 2. From the grant on nothing of these slots is served, until the map shows that they are another's, or the target says
///    that it has not taken them and will not, or the map proves that its claim is lost. Time alone proves nothing.
/// 3. So that this holds after a start and after an election too, what may be granted is recorded before: on the disk, and by
///    replicas.
/// 4. Writes rest only while the target has little left to take in, for 40 ms at most.
struct SlotExport: Equatable {
    enum State: Equatable {
        case waiting
        case connecting
        case establishing
        /// Another walk is under way.
        case queued
        case snapshotting
        case streaming
        /// Writes have rested since then.
        case pausing(since: Int64)
        case granted
        /// Granted, and the link is gone.
        case doubtful
        case succeeded
        case failed
        case cancelled
    }

    enum Event: Equatable {
        /// It may begin.
        case begin
        case connected
        /// The target has answered: without `+`, or an error without `-`.
        case answered(String)
        case refused(String)
        /// The connection has ended.
        case ended(String)
        /// The walk has begun.
        case cut
        /// All keys that there were at the cut are written.
        case walked
        /// That the slots may be given away is recorded.
        case recorded
        /// Time has passed; so many bytes have not left yet.
        case tick(waitingBytes: Int)
        /// Somebody wants it to end.
        case cancelled
        /// It cannot go on, since something has happened here.
        case broken(String)
        /// The map: whether the slots are another's now, and whether it proves that the target has lost its claim to them.
        case owned(Ownership)
    }

    /// Whose the slots are as far as this node knows.
    enum Ownership: Equatable {
        case mine
        case targets
        case others
        /// The map says nothing of some of them.
        case unknown
        /// This node's, and the target has a newer epoch without them.
        case mineForSure
    }

    enum Action: Equatable {
        case connect
        /// Words to the target, after all that was written before.
        case say([String])
        /// Record that the slots may be given away.
        case record
        /// Begin the walk as soon as there is no other.
        case walk
        /// Writes rest, and effects are held; or both go on.
        case pause, resume
        /// Not even reads are served, and the target may take the slots.
        case grant
        /// The claim is made anew, above any that the target may have made.
        case reclaim
        case disconnect
        /// It is over, and everything of these slots goes on, here or elsewhere.
        case end(message: String)
    }

    let job: SlotJob
    private(set) var state = State.waiting
    /// Numbers the questions to the target; the answer names the last.
    private var question = 0
    private var askedAt: Int64 = 0
    private var isAsking = false
    private var connectsAt: Int64 = 0
    private var recording = Recording.none

    private enum Recording { case none, underWay, done }

    private var isCancelling = false
    /// For how long writes rested the last time, in milliseconds.
    private(set) var lastPause: Int64 = 0
    /// When the target last answered.
    private(set) var answeredAt: Int64

    private let patience: Patience

    /// How fast the other end has to be, in milliseconds.
    struct Patience: Equatable {
        /// For how long writes may rest.
        var longestPause: Int64 = 40
        /// How soon the target has to answer for a pause to be tried.
        var close: Int64 = 15
    }

    /// How little may wait to be sent for a pause to be tried.
    static let closeBytes = 256 << 10
    private static let retryMilliseconds: Int64 = 500
    /// For how long a target may leave the question unanswered what has become of a grant.
    private static let patienceMilliseconds: Int64 = 2000
    private static let questionMilliseconds: Int64 = 1000
    /// How long questions are apart where the target is behind.
    private static let restMilliseconds: Int64 = 5

    /// A job that has not begun.
    init(_ job: SlotJob, _ patience: Patience = Patience(), now: Int64) {
        (self.job, self.patience, answeredAt) = (job, patience, now)
    }

    /// A job that somebody has granted whose place this node has taken.
    init(granted job: SlotJob, now: Int64) {
        self.init(job, now: now)
        (state, recording) = (.doubtful, .done)
    }

    /// As clients see it.
    var word: String {
        switch state {
        case .waiting: "waiting-to-start"
        case .connecting: "connecting"
        case .establishing: "read-establish-response"
        case .queued: "waiting-to-snapshot"
        case .snapshotting: "snapshotting"
        case .streaming: "waiting-to-pause"
        case .pausing: "failover-paused"
        case .granted, .doubtful: "failover-granted"
        case .succeeded: "success"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }

    /// Whether nothing more happens.
    var isOver: Bool {
        switch state {
        case .succeeded, .failed, .cancelled: true
        case .waiting, .connecting, .establishing, .queued, .snapshotting, .streaming, .pausing, .granted, .doubtful:
            false
        }
    }

    /// Whether the slots may be another's already.
    var isGranted: Bool { state == .granted || state == .doubtful }

    /// Whether what happens to the keys is told to the target.
    var isStreaming: Bool {
        switch state {
        case .snapshotting, .streaming, .pausing: true
        case .waiting, .connecting, .establishing, .queued, .granted, .doubtful, .succeeded, .failed, .cancelled: false
        }
    }

    /// When `tick` is needed at the latest, in monotonic milliseconds; nil for whenever.
    var nextDeadline: Int64? {
        switch state {
        case .pausing(let since): since + patience.longestPause
        case .streaming: isAsking || recording == .underWay ? nil : askedAt + SlotExport.restMilliseconds
        case .waiting, .connecting, .establishing, .queued, .snapshotting, .granted, .doubtful, .succeeded, .failed,
            .cancelled:
            nil
        }
    }

    // MARK: Events

    /// - Parameter now: monotonic milliseconds.
    mutating func receive(_ event: Event, now: Int64) -> [Action] {
        switch event {
        case .begin: return begin()
        case .connected: return didConnect()
        case .answered(let text): return hear(text, now)
        case .refused(let text): return hearRefusal(text, now)
        case .ended(let reason): return didEnd(reason, now)
        case .cut: return didCut()
        case .walked: return didWalk(now)
        case .recorded:
            recording = .done
            return []
        case .tick(let waitingBytes): return tick(waitingBytes, now)
        case .cancelled: return cancel()
        case .broken(let reason): return breakOff(reason)
        case .owned(let ownership): return look(at: ownership)
        }
    }

    private mutating func begin() -> [Action] {
        guard state == .waiting else { return [] }
        state = .connecting
        return [.connect]
    }

    private mutating func didConnect() -> [Action] {
        switch state {
        case .connecting:
            state = .establishing
            return [.say(establish)]
        case .doubtful: return [.say(["CANCEL", job.name.text, "SLOTSRANGE"] + job.slots.bounds)]
        case .waiting, .establishing, .queued, .snapshotting, .streaming, .pausing, .granted, .succeeded, .failed,
            .cancelled:
            return []
        }
    }

    private var establish: [String] {
        ["ESTABLISH", "SOURCE", job.source.text, "TARGET", job.target.text, "NAME", job.name.text, "SLOTSRANGE"]
            + job.slots.bounds
    }

    private mutating func didCut() -> [Action] {
        if state == .queued { state = .snapshotting }
        return []
    }

    private mutating func didWalk(_ now: Int64) -> [Action] {
        guard state == .snapshotting else { return [] }
        state = .streaming
        return ask("SNAPSHOT-EOF", now)
    }

    private mutating func ask(_ word: String, _ now: Int64) -> [Action] {
        question += 1
        (askedAt, isAsking) = (now, true)
        return [.say([word, "\(question)"])]
    }

    // MARK: Answers

    private mutating func hear(_ text: String, _ now: Int64) -> [Action] {
        answeredAt = now
        switch state {
        case .establishing:
            state = .queued
            return [.walk]
        case .snapshotting, .streaming:
            if text == "ACK \(question)" || text == "READY \(question)" { isAsking = false }
            return []
        case .pausing(let since):
            guard text == "READY \(question)" else { return [] }
            isAsking = false
            lastPause = now - since
            guard lastPause < patience.longestPause else { return resume() }
            state = .granted
            return [.grant]
        case .doubtful:
            connectsAt = now + SlotExport.patienceMilliseconds
            return text == "CANCELLED" ? takeBack("The target has not taken the slots") : []
        case .waiting, .connecting, .queued, .granted, .succeeded, .failed, .cancelled: return []
        }
    }

    private mutating func hearRefusal(_ text: String, _ now: Int64) -> [Action] {
        switch state {
        case .establishing, .queued, .snapshotting, .streaming, .pausing: return end(.failed, text)
        case .granted: return takeBack("The target has refused to take over: \(text)")
        case .doubtful:
            connectsAt = now + SlotExport.retryMilliseconds
            return [.disconnect]
        case .connecting, .waiting, .succeeded, .failed, .cancelled: return []
        }
    }

    private mutating func didEnd(_ reason: String, _ now: Int64) -> [Action] {
        switch state {
        case .connecting, .establishing, .queued, .snapshotting, .streaming, .pausing:
            return end(.failed, "Connection lost to target: \(reason)")
        case .granted, .doubtful:
            state = .doubtful
            connectsAt = now + SlotExport.retryMilliseconds
            return []
        case .waiting, .succeeded, .failed, .cancelled: return []
        }
    }

    // MARK: Time

    private mutating func tick(_ waitingBytes: Int, _ now: Int64) -> [Action] {
        switch state {
        case .streaming: return approach(waitingBytes, now)
        case .pausing(let since): return now - since >= patience.longestPause ? resume() : []
        case .snapshotting: return !isAsking && now - askedAt >= SlotExport.questionMilliseconds ? ask("ACK", now) : []
        case .doubtful:
            guard now >= connectsAt else { return [] }
            connectsAt = now + SlotExport.patienceMilliseconds
            return [.disconnect, .connect]
        case .waiting, .connecting, .establishing, .queued, .granted, .succeeded, .failed, .cancelled: return []
        }
    }

    /// Asks how close the target is, and pauses where it is close enough.
    private mutating func approach(_ waitingBytes: Int, _ now: Int64) -> [Action] {
        guard !isAsking else { return [] }
        let isClose = answeredAt - askedAt <= patience.close && waitingBytes <= SlotExport.closeBytes
        guard isClose, now - askedAt < SlotExport.questionMilliseconds else {
            return now - askedAt >= SlotExport.restMilliseconds ? ask("ACK", now) : []
        }
        guard recording == .done else { return record() }
        state = .pausing(since: now)
        return [.pause] + ask("PAUSED", now)
    }

    private mutating func record() -> [Action] {
        defer { recording = .underWay }
        return recording == .none ? [.record] : []
    }

    private mutating func resume() -> [Action] {
        state = .streaming
        return [.resume]
    }

    // MARK: The end

    private mutating func cancel() -> [Action] {
        switch state {
        case .waiting, .connecting, .establishing, .queued, .snapshotting, .streaming, .pausing:
            return end(.cancelled, "Cancelled")
        // What was given away is not taken back.
        case .granted, .doubtful, .succeeded, .failed, .cancelled: return []
        }
    }

    private mutating func breakOff(_ reason: String) -> [Action] {
        switch state {
        case .waiting, .connecting, .establishing, .queued, .snapshotting, .streaming, .pausing:
            return end(.failed, reason)
        case .granted, .doubtful, .succeeded, .failed, .cancelled: return []
        }
    }

    private mutating func look(at ownership: Ownership) -> [Action] {
        switch (state, ownership) {
        case (.granted, .targets), (.doubtful, .targets): return end(.succeeded, "")
        case (.granted, .others), (.doubtful, .others): return end(.failed, "Another node has taken the slots")
        case (.doubtful, .mineForSure): return takeBack("The target has lost its claim")
        case (.succeeded, _), (.failed, _), (.cancelled, _), (_, .mine), (_, .unknown), (_, .mineForSure):
            return []
        case (_, .targets), (_, .others): return end(.failed, "Slots are no longer owned by this node")
        }
    }

    private mutating func takeBack(_ message: String) -> [Action] {
        [.reclaim] + end(.failed, message)
    }

    private mutating func end(_ outcome: State, _ message: String) -> [Action] {
        state = outcome
        return [.disconnect, .end(message: message)]
    }
}
