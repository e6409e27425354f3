import Gossip

/// Slots that this node wants from another: a machine, events in, actions out.
///
///     waiting ─▶ connecting ─▶ asking ◀─▶ expecting ─ the slots come ─▶ importing ─ they are taken ─▶ completed
///        ▲            │           │           │                             │
///        └─ a second ─┴───────────┴───────────┴─────────────────────────────┘ it comes to nothing
///
///     any that is not over ─ somebody wants it to end, or the slots have come otherwise ─▶ cancelled
///
/// The source does all that it does for MIGRATESLOTS. Each attempt has a name of its own, so that what has come to nothing
/// stays so for both ends; it is tried again until it is cancelled.
struct SlotRequest: Equatable {
    enum State: Equatable {
        /// The next attempt begins then, in monotonic milliseconds.
        case waiting(until: Int64)
        case connecting
        /// The source has been asked, and has not answered.
        case asking
        /// The source has agreed, and has not begun.
        case expecting
        case importing
        case completed
        case cancelled
    }

    enum Event: Equatable {
        /// An attempt of this name.
        case begin(Origin, name: NodeName)
        case connected
        /// The source has agreed.
        case answered
        case refused(String)
        /// The connection has ended.
        case ended(String)
        /// The source begins to send the slots.
        case begun
        /// They are this node's.
        case taken
        /// They were sent, and not taken.
        case failed(String)
        /// Time has passed.
        case tick
        /// Somebody wants it to end; or there is nothing more to wait for.
        case cancelled(String)
    }

    /// Where the slots would come from.
    enum Origin: Equatable {
        case node(NodeName)
        /// They are this node's.
        case here
        /// They cannot come, for a reason.
        case nowhere(String)
    }

    enum Action: Equatable {
        case connect
        /// Words to the source.
        case say([String])
        case disconnect
    }

    /// What clients know it by.
    let id: NodeName
    let slots: SlotSet
    let target: NodeName
    private(set) var state: State
    /// Whose the slots were when it was asked last, and the name of that attempt.
    private(set) var (source, name): (NodeName, NodeName)
    /// How many attempts have come to nothing, and why the last one has.
    private(set) var retries = 0
    private(set) var lastError = ""
    private var askedAt: Int64 = 0
    /// For how long the source may be silent, in milliseconds.
    private let longestSilence: Int64

    private static let retryMilliseconds: Int64 = 1000
    /// How soon the source is asked again whether it is still about to begin.
    private static let questionMilliseconds: Int64 = 1000

    /// A request that has not begun.
    init(
        _ id: NodeName, _ slots: SlotSet, from source: NodeName, to target: NodeName, longestSilence: Int64, now: Int64
    ) {
        (self.id, self.slots, self.source, self.target) = (id, slots, source, target)
        (name, state, self.longestSilence) = (id, .waiting(until: now), longestSilence)
    }

    /// As clients see it.
    var word: String {
        switch state {
        case .waiting: retries == 0 ? "none" : "failed"
        case .connecting: "connecting"
        case .asking: "syncslots-reply"
        case .expecting: "ready-to-stream"
        case .importing: "accumulate-buffer"
        case .completed: "completed"
        case .cancelled: "canceled"
        }
    }

    /// Whether nothing more happens.
    var isOver: Bool { state == .completed || state == .cancelled }

    /// Whether the source may begin.
    var expectsSlots: Bool { state == .asking || state == .expecting }

    /// - Parameter now: monotonic milliseconds.
    mutating func receive(_ event: Event, now: Int64) -> [Action] {
        switch event {
        case .begin(let origin, let name): return begin(origin, name, now)
        case .connected: return state == .connecting ? ask(now) : []
        case .answered:
            if state == .asking { state = .expecting }
            return []
        case .refused(let reason): return expectsSlots || state == .connecting ? retry(reason, now) : []
        case .ended(let reason):
            return expectsSlots || state == .connecting ? retry("Connection lost to source: \(reason)", now) : []
        case .begun:
            guard expectsSlots else { return [] }
            state = .importing
            return [.disconnect]
        case .taken:
            if state == .importing { state = .completed }
            return []
        case .failed(let reason): return state == .importing ? retry(reason, now) : []
        case .tick: return tick(now)
        case .cancelled(let reason):
            if isOver { return [] }
            (state, lastError) = (.cancelled, reason)
            return [.disconnect]
        }
    }

    private mutating func begin(_ origin: Origin, _ name: NodeName, _ now: Int64) -> [Action] {
        guard case .waiting = state else { return [] }
        switch origin {
        case .node(let source):
            (self.source, self.name, state, askedAt) = (source, name, .connecting, now)
            return [.connect]
        case .here: return receive(.cancelled("The slots are this node's already"), now: now)
        case .nowhere(let reason): return retry(reason, now)
        }
    }

    private mutating func ask(_ now: Int64) -> [Action] {
        (state, askedAt) = (.asking, now)
        return [
            .say(
                ["REQUEST", "TASK", id.text, "NAME", name.text, "TARGET", target.text, "SLOTSRANGE"] + slots.bounds)
        ]
    }

    private mutating func retry(_ reason: String, _ now: Int64) -> [Action] {
        (state, lastError) = (.waiting(until: now + SlotRequest.retryMilliseconds), reason)
        retries += 1
        return [.disconnect]
    }

    private mutating func tick(_ now: Int64) -> [Action] {
        switch state {
        case .connecting, .asking:
            return now - askedAt > longestSilence ? retry("Timed out after too long without interaction", now) : []
        case .expecting: return now - askedAt >= SlotRequest.questionMilliseconds ? ask(now) : []
        case .waiting, .importing, .completed, .cancelled: return []
        }
    }
}
