import Primitives

/// Commands of late that stood out: slow ones, or ones with a large request or reply.
struct SlowLog {
    struct Record {
        let id: Int
        /// Seconds since 1970.
        let time: Int64
        /// Microseconds the command took, or bytes of its request or reply.
        let magnitude: Int64
        let arguments: [[UInt8]]
        let client: String
        let clientName: [UInt8]
    }

    /// Oldest first, from `start` on; what stands before it has been dropped.
    private var kept: [Record] = []
    private var start = 0
    private var nextID = 0
    /// How many records are kept. A smaller number takes effect with the next record, as in the reference.
    var capacity = 128

    /// How many arguments a record keeps, and how many bytes of each.
    var mostArguments = 32
    var longestArgument = 128

    var count: Int { kept.count - start }

    /// The latest records, newest first.
    func latest(_ most: Int) -> [Record] { kept[max(start, kept.count - min(most, kept.count))...].reversed() }

    mutating func append(
        _ arguments: Arguments, of session: Session, time: Int64, magnitude: Int64, hiding redaction: Redaction
    ) {
        kept.append(
            Record(
                id: nextID, time: time, magnitude: magnitude, arguments: abridged(arguments, redaction),
                client: session.peerAddress, clientName: session.name))
        nextID += 1
        trim()
    }

    mutating func removeAll() {
        kept.removeAll()
        start = 0
    }

    /// Drops the oldest; the others move up only when as many have been dropped as are left.
    private mutating func trim() {
        start = max(start, kept.count - capacity)
        guard start >= max(64, kept.count - start) else { return }
        kept.removeFirst(start)
        start = 0
    }

    /// The arguments, long ones and too many of them cut short with a remark.
    private func abridged(_ arguments: Arguments, _ redaction: Redaction) -> [[UInt8]] {
        var result: [[UInt8]] = []
        let shown = arguments.count > mostArguments ? mostArguments - 1 : arguments.count
        for index in 0..<shown {
            let argument = arguments[index]
            if redaction.hides(index) {
                result.append(Array(Redaction.text.utf8))
                continue
            }
            guard argument.count > longestArgument else {
                result.append(Array(argument))
                continue
            }
            let rest = argument.count - longestArgument
            result.append(Array(argument[0..<longestArgument]) + Array("... (\(rest) more bytes)".utf8))
        }
        if shown < arguments.count { result.append(Array("... (\(arguments.count - shown) more arguments)".utf8)) }
        return result
    }
}

/// What the slow log has taken up of one command, though it may have dropped it since.
struct SlowFigures {
    private(set) var count = 0
    private(set) var microseconds = 0
    private(set) var worst = 0

    mutating func add(_ duration: Int) {
        count += 1
        microseconds += duration
        worst = max(worst, duration)
    }
}

/// Spikes of latency by event: the worst of each second, 160 of them.
struct LatencyMonitor {
    struct Sample: Equatable {
        /// Seconds since 1970.
        var time: Int64
        var milliseconds: Int64
    }

    struct Event {
        var samples: [Sample] = []
        var worst: Int64 = 0
    }

    private(set) var events: [String: Event] = [:]
    /// Milliseconds from which on an event is recorded; 0 for never.
    var threshold: Int64 = 0

    mutating func record(_ event: String, milliseconds: Int64, now: Int64) {
        guard threshold > 0, milliseconds >= threshold else { return }
        var record = events[event] ?? Event()
        record.worst = max(record.worst, milliseconds)
        if record.samples.last?.time == now {
            let last = record.samples.count - 1
            record.samples[last].milliseconds = max(record.samples[last].milliseconds, milliseconds)
        } else {
            record.samples.append(Sample(time: now, milliseconds: milliseconds))
            if record.samples.count > 160 { record.samples.removeFirst() }
        }
        events[event] = record
    }

    /// Forgets events, all with an empty list; returns how many there were.
    mutating func reset(_ names: [String]) -> Int {
        if names.isEmpty {
            defer { events.removeAll() }
            return events.count
        }
        return names.filter { events.removeValue(forKey: $0) != nil }.count
    }
}

extension Node {
    /// Whether the latency monitor listens.
    public var monitorsLatency: Bool { latency.threshold > 0 }

    /// Tells the latency monitor how long something took that is no command.
    public func noteLatency(_ event: String, milliseconds: Int64) {
        latency.record(event, milliseconds: milliseconds, now: keyspace.now / 1000)
    }

    /// Records a command that took long.
    @inline(never)
    func noteSlow(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ elapsed: UInt64
    ) {
        // A script is slow as a whole.
        if session.isScript { return }
        let flags = record.pointee.flags
        let microseconds = Int64(Double(elapsed) * tick / 1000)
        if latency.threshold > 0 {
            let isServed = session.waiter != nil
            let event = isServed ? "command-unblocking" : flags.contains(.fast) ? "fast-command" : "command"
            latency.record(event, milliseconds: microseconds / 1000, now: keyspace.now / 1000)
        }
        guard limits.slowMicroseconds >= 0, microseconds >= limits.slowMicroseconds, !flags.contains(.skipSlowlog)
        else {
            return
        }
        slowLog.append(
            arguments, of: session, time: keyspace.now / 1000, magnitude: microseconds,
            hiding: redaction(arguments, record))
        slowCommands[record.pointee.index, default: SlowFigures()].add(Int(microseconds))
        statistics.slowCommands += 1
        statistics.slowMicroseconds += Int(microseconds)
        statistics.slowestMicroseconds = max(statistics.slowestMicroseconds, Int(microseconds))
    }

    /// Records a command whose request or reply was large.
    @inline(never)
    func noteLarge(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>?, request: Int,
        reply: Int
    ) {
        guard let record, !record.pointee.flags.contains(.skipSlowlog) else { return }
        let now = keyspace.now / 1000
        let hidden = redaction(arguments, record)
        if request >= limits.largeRequest {
            largeRequestLog.append(arguments, of: session, time: now, magnitude: Int64(request), hiding: hidden)
        }
        if reply >= limits.largeReply {
            largeReplyLog.append(arguments, of: session, time: now, magnitude: Int64(reply), hiding: hidden)
        }
    }
}
