import Primitives
import Structures

/// How far a stream is written.
///
///     entries ──▶ for each group: group ──▶ pending ──▶ for each consumer: consumer ──▶ owned ──▶ ownerless
///             ──▶ producers ──▶ for each producer: messages
enum StreamPlace {
    case entries
    case group(Int)
    /// What a group has not acknowledged, from an ID on.
    case pending(Int, StreamID)
    /// The consumers of a group that are left, by their numbers.
    case consumer(Int, ArraySlice<Int>)
    /// What the first of them has not acknowledged, from an ID on.
    case owned(Int, ArraySlice<Int>, StreamID)
    /// What no consumer has, from an ID on.
    case ownerless(Int, StreamID)
    case producers
    /// The messages of the producers that are left.
    case messages(ArraySlice<[UInt8]>)
    case end
}

extension ValueWriter {
    mutating func write(_ stream: StreamValue, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        let type = self.type
        repeat {
            switch streamPlace {
            case .entries: streamPlace = writeEntries(stream, to: &writer, limit)
            case .group(let group): streamPlace = writer.group(group, of: stream, type)
            case .pending(let group, let id): streamPlace = writer.pending(group, of: stream, from: id, limit)
            case .consumer(let group, let consumers): streamPlace = writer.consumer(group, consumers, of: stream, type)
            case .owned(let group, let consumers, let id):
                streamPlace = writer.owned(group, consumers, of: stream, from: id, limit)
            case .ownerless(let group, let id): streamPlace = writer.ownerless(group, of: stream, from: id, limit)
            case .producers: streamPlace = writer.producers(of: stream)
            case .messages(let producers): streamPlace = writer.messages(of: producers, stream)
            case .end: return true
            }
        } while writer.count < limit
        if case .end = streamPlace { return true }
        return false
    }

    private mutating func writeEntries(
        _ stream: StreamValue, to writer: inout RDBWriter, _ limit: Int
    ) -> StreamPlace {
        if begins() { writer.length(stream.blockCount) }
        let count = stream.count
        if position < count {
            stream.forEachBlock(from: position) { block in
                writer.block(block)
                position += block.count
                return writer.count < limit
            }
        }
        guard position == count else { return .entries }
        writer.history(of: stream)
        return .group(0)
    }
}

extension RDBWriter {
    /// An ID as two numbers.
    private mutating func id(_ id: StreamID) {
        number(id.milliseconds)
        number(id.sequence)
    }

    /// An ID as 16 bytes.
    private mutating func rawID(_ id: StreamID) {
        integer(id.milliseconds.byteSwapped)
        integer(id.sequence.byteSwapped)
    }

    fileprivate mutating func block(_ block: StreamBlock) {
        length(16)
        rawID(block.id)
        block.withListpack { elements, count in listpack(elements, count: count) }
    }

    /// What follows the entries.
    fileprivate mutating func history(of stream: StreamValue) {
        length(stream.count)
        id(stream.lastID)
        id(stream.firstID)
        id(stream.maxDeletedID)
        number(stream.entriesAdded)
        length(stream.groupCount)
    }

    fileprivate mutating func group(_ index: Int, of stream: StreamValue, _ type: RDBType) -> StreamPlace {
        guard index < stream.groupCount else { return type.hasProducers ? .producers : .end }
        let group = stream[group: index]
        group.name.withBytes { string($0) }
        id(group.lastDeliveredID)
        number(UInt64(bitPattern: group.entriesRead))
        length(group.pending.count)
        return .pending(index, .zero)
    }

    fileprivate mutating func pending(
        _ index: Int, of stream: StreamValue, from first: StreamID, _ limit: Int
    ) -> StreamPlace {
        let group = stream[group: index]
        var next: StreamID?
        group.pending.forEach(from: first) { entry in
            guard count < limit else {
                next = entry.id
                return false
            }
            rawID(entry.id)
            integer(entry.deliveredAt)
            number(UInt64(bitPattern: entry.deliveries))
            return true
        }
        if let next { return .pending(index, next) }
        let consumers = group.consumerNumbers
        length(consumers.count)
        return .consumer(index, consumers[...])
    }

    fileprivate mutating func consumer(
        _ index: Int, _ consumers: ArraySlice<Int>, of stream: StreamValue, _ type: RDBType
    ) -> StreamPlace {
        let group = stream[group: index]
        guard let number = consumers.first else {
            guard type == .streamListpacks5 else { return .group(index + 1) }
            length(group.ownerless.count)
            return .ownerless(index, .zero)
        }
        let consumer = group.consumer(number)
        consumer.name.withBytes { string($0) }
        integer(consumer.seenAt)
        if type.hasActiveTimes { integer(consumer.activeAt) }
        length(consumer.pending.count)
        return .owned(index, consumers, .zero)
    }

    fileprivate mutating func owned(
        _ index: Int, _ consumers: ArraySlice<Int>, of stream: StreamValue, from first: StreamID, _ limit: Int
    ) -> StreamPlace {
        var next: StreamID?
        stream[group: index].consumer(consumers[consumers.startIndex]).pending.forEach(from: first) { id in
            guard count < limit else {
                next = id
                return false
            }
            rawID(id)
            return true
        }
        return next.map { .owned(index, consumers, $0) } ?? .consumer(index, consumers.dropFirst())
    }

    fileprivate mutating func ownerless(
        _ index: Int, of stream: StreamValue, from first: StreamID, _ limit: Int
    ) -> StreamPlace {
        var next: StreamID?
        stream[group: index].ownerless.forEach(from: first) { id in
            guard count < limit else {
                next = id
                return false
            }
            rawID(id)
            return true
        }
        return next.map { .ownerless(index, $0) } ?? .group(index + 1)
    }

    // MARK: Producers

    /// For how long and how many messages are remembered, those of the reference where nothing else was said.
    fileprivate mutating func producers(of stream: StreamValue) -> StreamPlace {
        let usual = StreamLimits()
        let producers = stream.producers
        length(producers?.durationSeconds ?? usual.messageSeconds)
        length(producers?.mostMessages ?? usual.mostMessages)
        let names = producers?.names ?? []
        length(names.count)
        return .messages(names[...])
    }

    /// The messages of the first of some producers; in the end how many there ever were.
    fileprivate mutating func messages(of names: ArraySlice<[UInt8]>, _ stream: StreamValue) -> StreamPlace {
        guard let name = names.first, let producers = stream.producers else {
            number(UInt64(stream.producers?.added ?? 0))
            number(UInt64(stream.producers?.duplicates ?? 0))
            return .end
        }
        name.withBytes { string($0) }
        length(producers.messageCount(of: name))
        producers.forEachMessage(of: name) { message, entry in
            message.withBytes { string($0) }
            id(entry)
        }
        return .messages(names.dropFirst())
    }
}
