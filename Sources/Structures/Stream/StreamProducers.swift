import Primitives

/// A producer's message, as the producer names it.
public struct StreamMessage: Equatable, Sendable {
    /// The producer's name.
    public let producer: [UInt8]
    /// The message's ID among those of the producer.
    public let id: [UInt8]

    /// A message.
    public init(producer: [UInt8], id: [UInt8]) {
        self.producer = producer
        self.id = id
    }
}

/// Those who add entries with an ID of their own for each message, so that a message which is sent again is not added again.
///
///     producer ─▶ messages by their ID, the oldest first ─▶ ID of the entry, when it was added
///
/// 1. A producer has at most `mostMessages` of them; a further one drives the oldest out.
/// 2. A message is forgotten `durationSeconds` after it was added.
public struct StreamProducers {
    /// How long a message is remembered.
    public private(set) var durationSeconds: Int
    /// How many messages of a producer are remembered.
    public private(set) var mostMessages: Int
    /// Messages that were ever added.
    public internal(set) var added: Int64 = 0
    /// Messages that were sent again.
    public internal(set) var duplicates: Int64 = 0
    /// Messages that are remembered.
    public private(set) var messageCount = 0
    private var producers: [[UInt8]: Producer] = [:]
    private var messageBytes = 0

    private struct Producer {
        var entries: [[UInt8]: (id: StreamID, time: Int64)] = [:]
        /// The messages in the order in which they came, from `start` on.
        var order: [[UInt8]] = []
        var start = 0
    }

    /// What a message takes beside its bytes, which are there twice: in the order and as a key.
    private static var messageOverhead: Int { 160 }

    init(_ limits: StreamLimits) {
        durationSeconds = limits.messageSeconds
        mostMessages = limits.mostMessages
    }

    var bytes: Int { MemoryLayout<StreamProducers>.size + messageBytes + producers.count * 128 }
    /// Producers with messages that are remembered.
    public var producerCount: Int { producers.count }

    /// The names of the producers whose messages are remembered, in no order.
    public var names: [[UInt8]] { Array(producers.keys) }

    /// Calls `body` with the messages of a producer that are remembered, the oldest first, and the entries that they became.
    public func forEachMessage(of producer: [UInt8], _ body: (_ message: [UInt8], _ entry: StreamID) -> Void) {
        guard let state = producers[producer] else { return }
        for message in state.order[state.start...] {
            if let entry = state.entries[message] { body(message, entry.id) }
        }
    }

    /// How many messages of a producer are remembered.
    public func messageCount(of producer: [UInt8]) -> Int { producers[producer]?.entries.count ?? 0 }

    /// Sets the limits, which clears everything if they are others than before.
    mutating func configure(durationSeconds: Int, mostMessages: Int) {
        guard durationSeconds != self.durationSeconds || mostMessages != self.mostMessages else { return }
        self.durationSeconds = durationSeconds
        self.mostMessages = mostMessages
        producers = [:]
        messageBytes = 0
        messageCount = 0
    }

    /// The ID of the entry that a producer's message became; nil if it is not remembered at a time in milliseconds.
    func entry(of message: StreamMessage, now: Int64) -> StreamID? {
        guard let entry = producers[message.producer]?.entries[message.id], !isOver(entry.time, now) else { return nil }
        return entry.id
    }

    private func isOver(_ time: Int64, _ now: Int64) -> Bool { now - time >= Int64(durationSeconds) * 1000 }

    /// Remembers that a message became an entry.
    mutating func add(_ message: StreamMessage, as id: StreamID, now: Int64) {
        var state = producers.removeValue(forKey: message.producer) ?? Producer()
        forget(&state, now: now)
        if state.entries[message.id] != nil { remove(message.id, &state) }
        while state.entries.count >= mostMessages { dropFirst(&state) }
        state.entries[message.id] = (id, now)
        state.order.append(message.id)
        messageBytes += message.id.count + StreamProducers.messageOverhead
        messageCount += 1
        added += 1
        producers[message.producer] = state
    }

    private mutating func forget(_ state: inout Producer, now: Int64) {
        while state.start < state.order.count, let entry = state.entries[state.order[state.start]],
            isOver(entry.time, now)
        {
            dropFirst(&state)
        }
    }

    private mutating func dropFirst(_ state: inout Producer) {
        let message = state.order[state.start]
        state.entries[message] = nil
        state.start += 1
        if state.start > 32, state.start * 2 > state.order.count {
            state.order.removeFirst(state.start)
            state.start = 0
        }
        noteRemoval(of: message)
    }

    private mutating func remove(_ message: [UInt8], _ state: inout Producer) {
        state.entries[message] = nil
        if let place = state.order[state.start...].firstIndex(of: message) { state.order.remove(at: place) }
        noteRemoval(of: message)
    }

    private mutating func noteRemoval(of message: [UInt8]) {
        messageBytes -= message.count + StreamProducers.messageOverhead
        messageCount -= 1
    }
}

extension StreamValue {
    /// What is known of producers; nil where there was never one.
    public var producers: StreamProducers? { pointer.pointee.producers }

    /// Sets for how long, and how many, messages of a producer are remembered; nil for no change.
    public func configureProducers(seconds: Int?, mostMessages: Int?, _ limits: StreamLimits) {
        changeProducers(limits) {
            $0.configure(
                durationSeconds: seconds ?? $0.durationSeconds, mostMessages: mostMessages ?? $0.mostMessages)
        }
    }

    /// The entry that a message became; nil if that is not remembered at a time in milliseconds since 1970.
    public func entry(of message: StreamMessage, now: Int64) -> StreamID? {
        pointer.pointee.producers?.entry(of: message, now: now)
    }

    /// Remembers that a message became an entry, at a time in milliseconds since 1970.
    public func remember(_ message: StreamMessage, as id: StreamID, now: Int64, _ limits: StreamLimits) {
        changeProducers(limits) { $0.add(message, as: id, now: now) }
    }

    /// Counts a message that was sent again.
    public func noteDuplicate() { pointer.pointee.producers?.duplicates += 1 }

    private func changeProducers(_ limits: StreamLimits, _ change: (inout StreamProducers) -> Void) {
        if pointer.pointee.producers == nil { pointer.pointee.producers = StreamProducers(limits) }
        change(&pointer.pointee.producers!)
        updateBytes()
    }
}
