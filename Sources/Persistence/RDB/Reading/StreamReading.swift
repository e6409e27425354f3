import Primitives
import Structures

// Streams: listpacks with entries under the ID of the first, what is known of the past, groups.

extension RDBReader {
    mutating func stream(_ type: RDBType, _ limits: CollectionLimits) throws(RDBError) -> StreamValue {
        try filled(StreamValue(packed: Packed())) { (stream, reader) throws(RDBError) in
            var fields = StreamFieldBuffer()
            for _ in 0..<(try reader.count(atLeast: 18)) { try reader.addNode(to: stream, limits, &fields) }
            try reader.readHistory(of: stream, type)
            for _ in 0..<(try reader.count(atLeast: 5)) { try reader.addGroup(to: stream, type) }
            if type.hasProducers { try reader.addProducers(to: stream, limits) }
        }
    }

    private mutating func addNode(
        to stream: StreamValue, _ limits: CollectionLimits, _ fields: inout StreamFieldBuffer
    ) throws(RDBError) {
        let start = position
        let key = try string { (bytes) throws(RDBError) in
            guard bytes.count == 16 else { throw RDBError(offset: start, "a stream ID that has not 16 bytes") }
            return StreamID(bigEndian: bytes)
        }
        try packed(ListpackReader.self) { (source) throws(RDBError) in
            var node = try StreamNodeReader(source, key)
            let limits = StreamLimits(nodeEntries: limits.streamNodeMaxEntries, nodeBytes: limits.streamNodeMaxBytes)
            var beginsBlock = true
            while let entry = try node.next(&fields) {
                guard entry.id > stream.lastID else { throw source.error("stream entries out of order") }
                if entry.isDeleted {
                    stream.setHistory(lastID: entry.id, entriesAdded: nil, maxDeletedID: nil)
                } else {
                    stream.restore(entry.id, fields.texts, beginsBlock: beginsBlock, limits)
                    beginsBlock = false
                }
            }
        }
    }

    /// Reads how many entries there are, the last ID, and since version 10 more of the past.
    private mutating func readHistory(of stream: StreamValue, _ type: RDBType) throws(RDBError) {
        let start = position
        guard try number() == UInt64(stream.count) else {
            throw RDBError(offset: start, "a stream of more or fewer entries than it says")
        }
        let lastID = StreamID(try number(), try number())
        guard lastID >= stream.lastID else { throw RDBError(offset: start, "a stream with entries after its last ID") }
        if type == .streamListpacks {
            return stream.setHistory(
                lastID: lastID, entriesAdded: UInt64(stream.count), maxDeletedID: .zero)
        }
        // The first ID is that of the first entry.
        _ = (try number(), try number())
        let maxDeletedID = StreamID(try number(), try number())
        let entriesAdded = try number()
        guard entriesAdded <= UInt64(Int64.max) else { throw error("an impossible number of entries") }
        stream.setHistory(lastID: lastID, entriesAdded: entriesAdded, maxDeletedID: maxDeletedID)
    }
}

// MARK: Groups

extension RDBReader {
    private mutating func addGroup(to stream: StreamValue, _ type: RDBType) throws(RDBError) {
        let start = position
        let name = try ownString()
        let lastID = StreamID(try number(), try number())
        let read = type == .streamListpacks ? stream.entriesRead(through: lastID) : Int64(bitPattern: try number())
        guard read >= -1 else { throw error("an impossible number of entries") }
        let isNew = name.withBytes { stream.addGroup($0, lastDeliveredID: lastID, entriesRead: read) }
        guard isNew, let group = name.withBytes({ stream.group(named: $0) }) else {
            throw RDBError(offset: start, "a group comes twice")
        }
        try addPending(to: group, of: stream)
        var owned = 0
        for _ in 0..<(try count(atLeast: 10)) { owned += try addConsumer(to: group, of: stream, type) }
        if type == .streamListpacks5 { owned += try checkOwnerless(of: group, of: stream) }
        guard owned == stream[group: group].pending.count else {
            throw error("a pending entry that no consumer has")
        }
    }

    /// Adds what the group waits for; whose it is comes later.
    private mutating func addPending(to group: Int, of stream: StreamValue) throws(RDBError) {
        for _ in 0..<(try count(atLeast: 25)) {
            let id = StreamID(bigEndian: try take(16))
            guard stream[group: group].pending[id] == nil else { throw error("a pending entry comes twice") }
            let deliveredAt = try time()
            let deliveries = Int64(clamping: try number())
            stream.setPending(
                group, PendingEntry(id: id, deliveredAt: deliveredAt, deliveries: deliveries, consumer: nil))
        }
    }

    /// Adds a consumer. Returns how many of the pending entries are its.
    private mutating func addConsumer(
        to group: Int, of stream: StreamValue, _ type: RDBType
    ) throws(RDBError) -> Int {
        let start = position
        let name = try ownString()
        let seenAt = try time()
        let activeAt = type.hasActiveTimes ? try time(least: -1) : seenAt
        let isKnown = name.withBytes { stream[group: group].consumer(named: $0) != nil }
        guard !isKnown else { throw RDBError(offset: start, "a consumer comes twice") }
        let number = name.withBytes { stream.addConsumer(group, $0, seenAt: seenAt) }
        stream.setConsumerTimes(group, number, seenAt: seenAt, activeAt: activeAt)
        let owned = try count(atLeast: 16)
        for _ in 0..<owned {
            let id = StreamID(bigEndian: try take(16))
            guard var entry = stream[group: group].pending[id], entry.consumer == nil else {
                throw error("a consumer has an entry that is not pending, or another's")
            }
            entry.consumer = number
            stream.setPending(group, entry)
        }
        return owned
    }

    /// Reads which of the pending entries no consumer has. Returns how many they are.
    private mutating func checkOwnerless(of group: Int, of stream: StreamValue) throws(RDBError) -> Int {
        let count = try self.count(atLeast: 16)
        var seen: Set<StreamID> = []
        for _ in 0..<count {
            let id = StreamID(bigEndian: try take(16))
            guard let entry = stream[group: group].pending[id], entry.consumer == nil, seen.insert(id).inserted else {
                throw error("an entry without a consumer is not pending, or has one")
            }
        }
        return count
    }

    /// Milliseconds since 1970 in 8 bytes.
    private mutating func time(least: Int64 = 0) throws(RDBError) -> Int64 {
        let time = try integer(Int64.self)
        guard time >= least else { throw error("an impossible time") }
        return time
    }
}

// MARK: Producers

extension RDBReader {
    /// The longest time, and the most messages, that XCFGSET takes.
    private static let (longestDuration, mostMessages): (UInt64, UInt64) = (86400, 10000)

    /// Adds what is known of producers: for how long and how many of their messages are remembered, these by the producer with
    /// the entries that they became, how many there ever were, and how many came again.
    private mutating func addProducers(to stream: StreamValue, _ limits: CollectionLimits) throws(RDBError) {
        let usual = StreamLimits(nodeEntries: limits.streamNodeMaxEntries, nodeBytes: limits.streamNodeMaxBytes)
        let (seconds, most) = (try number(), try number())
        guard seconds <= RDBReader.longestDuration, most <= RDBReader.mostMessages else {
            throw error("impossible limits of a stream's producers")
        }
        let producers = try count(atLeast: 2)
        guard seconds > 0 && most > 0 || producers == 0 else { throw error("producers without limits") }
        func configure() { stream.configureProducers(seconds: Int(seconds), mostMessages: Int(most), usual) }
        if producers > 0 { configure() }
        try addMessages(ofProducers: producers, to: stream, most: Int(most), usual)
        let (added, duplicates) = (try number(), try number())
        guard added <= UInt64(Int64.max), duplicates <= UInt64(Int64.max) else {
            throw error("an impossible number of messages")
        }
        // Streams that have never had a producer have limits in the file too.
        guard seconds > 0, most > 0,
            added > 0 || duplicates > 0 || seconds != usual.messageSeconds || most != usual.mostMessages
        else { return }
        configure()
        stream.setMessageCounts(added: Int64(added), duplicates: Int64(duplicates))
    }

    private mutating func addMessages(
        ofProducers count: Int, to stream: StreamValue, most: Int, _ limits: StreamLimits
    ) throws(RDBError) {
        var names: Set<[UInt8]> = []
        for _ in 0..<count {
            let name = try ownString()
            guard names.insert(name).inserted else { throw error("a producer comes twice") }
            try addMessages(of: name, to: stream, most: most, limits)
        }
    }

    private mutating func addMessages(
        of producer: [UInt8], to stream: StreamValue, most: Int, _ limits: StreamLimits
    ) throws(RDBError) {
        let count = try self.count(atLeast: 3)
        guard count <= most else { throw error("more messages of a producer than are remembered") }
        var seen: Set<[UInt8]> = []
        for _ in 0..<count {
            let message = StreamMessage(producer: producer, id: try ownString())
            guard seen.insert(message.id).inserted else { throw error("a message comes twice") }
            let id = StreamID(try number(), try number())
            // A message is as old as the entry that it became.
            stream.remember(message, as: id, now: Int64(clamping: id.milliseconds), limits)
        }
    }
}

extension RDBType {
    /// Whether consumers of a stream have the time at which they were last active.
    var hasActiveTimes: Bool { self == .streamListpacks3 || hasProducers }
    /// Whether a stream has what is known of producers.
    var hasProducers: Bool { self == .streamListpacks4 || self == .streamListpacks5 }
}

extension StreamID {
    /// An ID in 16 bytes.
    fileprivate init(bigEndian bytes: Bytes) {
        self.init(
            UInt64(bigEndian: bytes.base.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: bytes.base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}
