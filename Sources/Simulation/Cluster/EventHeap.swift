/// Something that will happen: when, and numbers that whoever planned it understands.
struct PlannedEvent {
    /// What kind of event.
    enum Kind: UInt8 {
        /// A node's timer.
        case tick
        /// Something arrives at the end of a connection.
        case arrival
        /// One node reaches another again.
        case opening
        /// A process starts.
        case start
        /// The scenario wanted to be called.
        case alarm
    }

    let time: Int64
    let kind: Kind
    /// A node, or an alarm.
    let subject: Int32
    /// A process of the node, a parcel, or another node.
    let detail: Int32
    fileprivate var sequence: UInt64 = 0

    init(_ time: Int64, _ kind: Kind, _ subject: Int, _ detail: Int) {
        (self.time, self.kind) = (time, kind)
        (self.subject, self.detail) = (Int32(truncatingIfNeeded: subject), Int32(truncatingIfNeeded: detail))
    }

    fileprivate func isBefore(_ other: PlannedEvent) -> Bool {
        time != other.time ? time < other.time : sequence < other.sequence
    }
}

/// What is planned, the earliest first; of two at the same time the one that was planned first. A heap of four branches.
struct EventHeap {
    private var events: [PlannedEvent] = []
    private var planned: UInt64 = 0

    /// When the next event is; nil where nothing is planned.
    var nextTime: Int64? { events.first?.time }

    mutating func plan(_ event: PlannedEvent) {
        planned += 1
        var event = event
        event.sequence = planned
        events.append(event)
        events.withUnsafeMutableBufferPointer { EventHeap.rise($0, event) }
    }

    mutating func next() -> PlannedEvent {
        let last = events.removeLast()
        guard let first = events.first else { return last }
        events.withUnsafeMutableBufferPointer { EventHeap.sink($0, last) }
        return first
    }

    private static func rise(_ events: UnsafeMutableBufferPointer<PlannedEvent>, _ event: PlannedEvent) {
        var place = events.count - 1
        while place > 0 {
            let parent = (place - 1) / 4
            guard event.isBefore(events[parent]) else { break }
            events[place] = events[parent]
            place = parent
        }
        events[place] = event
    }

    private static func sink(_ events: UnsafeMutableBufferPointer<PlannedEvent>, _ event: PlannedEvent) {
        var place = 0
        while true {
            let first = place * 4 + 1
            guard first < events.count else { break }
            var least = first
            for child in first + 1..<max(first + 1, min(first + 4, events.count))
            where events[child].isBefore(events[least]) { least = child }
            guard events[least].isBefore(event) else { break }
            events[place] = events[least]
            place = least
        }
        events[place] = event
    }
}
