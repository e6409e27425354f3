import Primitives
import Structures

/// How far a stream is written.
///
///     entries ──▶ for each group: group ──▶ pending ──▶ for each consumer: consumer ──▶ owned
enum StreamPlace {
    case entries
    case group(Int)
    /// What a group has not acknowledged, from an ID on.
    case pending(Int, StreamID)
    /// The consumers of a group that are left.
    case consumer(Int, ArraySlice<WrittenConsumer>)
    /// What the first of them has not acknowledged, from an ID on.
    case owned(Int, ArraySlice<WrittenConsumer>, StreamID)
    case end
}

extension ValueWriter {
    mutating func write(_ stream: StreamValue, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        repeat {
            switch streamPlace {
            case .entries: streamPlace = writeEntries(stream, to: &writer, limit)
            case .group(let group): streamPlace = writer.group(group, of: stream)
            case .pending(let group, let id): streamPlace = writer.pending(group, of: stream, from: id, limit)
            case .consumer(let group, let consumers): streamPlace = writer.consumer(group, consumers)
            case .owned(let group, let consumers, let id):
                streamPlace = writer.owned(group, consumers, of: stream, from: id, limit)
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

    fileprivate mutating func group(_ index: Int, of stream: StreamValue) -> StreamPlace {
        guard index < stream.groupCount else { return .end }
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
        let consumers = group.writtenConsumers
        length(consumers.count)
        return .consumer(index, consumers[...])
    }

    fileprivate mutating func consumer(
        _ group: Int, _ consumers: ArraySlice<WrittenConsumer>
    ) -> StreamPlace {
        guard let consumer = consumers.first else { return .group(group + 1) }
        consumer.name.withBytes { string($0) }
        integer(consumer.seenAt)
        length(consumer.pendingCount)
        return .owned(group, consumers, .zero)
    }

    fileprivate mutating func owned(
        _ group: Int, _ consumers: ArraySlice<WrittenConsumer>, of stream: StreamValue, from first: StreamID,
        _ limit: Int
    ) -> StreamPlace {
        var next: StreamID?
        stream[group: group].forEachPending(of: consumers[consumers.startIndex], from: first) { id in
            guard count < limit else {
                next = id
                return false
            }
            rawID(id)
            return true
        }
        return next.map { .owned(group, consumers, $0) } ?? .consumer(group, consumers.dropFirst())
    }
}

/// A consumer as it is written. Entries that were given back to their group have none, which the format cannot say: they go
/// to a consumer without a name.
struct WrittenConsumer {
    let name: [UInt8]
    let seenAt: Int64
    let pendingCount: Int
    /// Its number; nil for one that there is not.
    let number: Int?

    /// Whether entries without a consumer are written as its own.
    fileprivate var takesUnowned: Bool { name.isEmpty }
}

extension StreamGroup {
    fileprivate var writtenConsumers: [WrittenConsumer] {
        let numbers = consumerNumbers
        let unowned = numbers.reduce(pending.count) { $0 - consumer($1).pending.count }
        var written = numbers.map { number in
            let consumer = consumer(number)
            return WrittenConsumer(
                name: consumer.name, seenAt: consumer.seenAt,
                pendingCount: consumer.pending.count + (consumer.name.isEmpty ? unowned : 0), number: number)
        }
        if unowned > 0, written.first?.takesUnowned != true {
            written.insert(WrittenConsumer(name: [], seenAt: 0, pendingCount: unowned, number: nil), at: 0)
        }
        return written
    }

    /// Calls `body` with what a consumer as it is written has to acknowledge, from an ID on, until it returns false.
    fileprivate func forEachPending(of written: WrittenConsumer, from id: StreamID, _ body: (StreamID) -> Bool) {
        if let number = written.number, !written.takesUnowned {
            return consumer(number).pending.forEach(from: id, body)
        }
        pending.forEach(from: id) { entry in
            entry.consumer == nil || entry.consumer == written.number ? body(entry.id) : true
        }
    }
}
