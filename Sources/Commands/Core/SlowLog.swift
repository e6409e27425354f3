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

    /// Newest first.
    private(set) var records: [Record] = []
    private var nextID = 0
    var capacity = 128 {
        didSet { trim() }
    }

    /// How many arguments a record keeps, and how many bytes of each.
    var mostArguments = 32
    var longestArgument = 128

    mutating func append(_ arguments: Arguments, of session: Session, time: Int64, magnitude: Int64) {
        guard capacity > 0 else { return }
        records.insert(
            Record(
                id: nextID, time: time, magnitude: magnitude, arguments: abridged(arguments),
                client: session.peerAddress, clientName: session.name), at: 0)
        nextID += 1
        trim()
    }

    mutating func removeAll() { records.removeAll() }

    private mutating func trim() {
        if records.count > capacity { records.removeLast(records.count - capacity) }
    }

    /// The arguments, long ones and too many of them cut short with a remark.
    private func abridged(_ arguments: Arguments) -> [[UInt8]] {
        var result: [[UInt8]] = []
        let shown = arguments.count > mostArguments ? mostArguments - 1 : arguments.count
        for index in 0..<shown {
            let argument = arguments[index]
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
    /// Records a command that took long.
    @inline(never)
    func noteSlow(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ elapsed: UInt64
    ) {
        let flags = record.pointee.flags
        let microseconds = Int64(Double(elapsed) * tick / 1000)
        if latency.threshold > 0 {
            let event = flags.contains(.fast) ? "fast-command" : "command"
            latency.record(event, milliseconds: microseconds / 1000, now: keyspace.now / 1000)
        }
        guard limits.slowMicroseconds >= 0, microseconds >= limits.slowMicroseconds, !flags.contains(.skipSlowlog)
        else {
            return
        }
        slowLog.append(arguments, of: session, time: keyspace.now / 1000, magnitude: microseconds)
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
        if request >= limits.largeRequest {
            largeRequestLog.append(arguments, of: session, time: now, magnitude: Int64(request))
        }
        if reply >= limits.largeReply {
            largeReplyLog.append(arguments, of: session, time: now, magnitude: Int64(reply))
        }
    }
}
