import Primitives
import Storage
import Structures

/// A value on its way into a log as commands that make it anew, in pieces: a base that people can read.
///
///     var writer = CommandWriter(ValueWriter(entry))
///     while !writer.write(key, to: &bytes, most: 65_536) { … }
///
/// Collections are made by commands of at most 64 elements, so that replaying one takes no great buffer.
struct CommandWriter {
    private let source: ValueWriter
    /// How far it is written: bytes of a string, elements of a list or sorted set, the cursor in a set or hash.
    private var position = 0
    private var streamPlace = StreamCommandPlace.entries(.zero)

    fileprivate static let mostElements = 64
    /// How much of a long string makes a command, where it may be written in pieces, in bytes.
    private static let stringSize = 128 << 10

    /// - Parameter source: the value, of which nothing was written.
    init(_ source: ValueWriter) { self.source = source }

    /// Writes on, until about `most` more bytes are written or the value is. Returns whether it is.
    mutating func write(_ key: Bytes, to bytes: inout [UInt8], most: Int = .max) -> Bool {
        let (end, isEndless) = bytes.count.addingReportingOverflow(max(1, most))
        let limit = isEndless ? Int.max : end
        switch source.value {
        case .string(let entry): return write(entry, key, &bytes, limit)
        case .list(let list): return write(list, key, &bytes, limit)
        case .set(let set): return write(set, key, &bytes, limit)
        case .sortedSet(let set): return write(set, key, &bytes, limit)
        case .hash(let hash): return write(hash, key, &bytes, limit)
        case .stream(let stream): return write(stream, key, &bytes, limit)
        }
    }

    // MARK: Strings and collections

    /// The first part of a long string is set, and the others are appended to it.
    private mutating func write(_ entry: Entry, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int) -> Bool {
        entry.withString { text in
            repeat {
                let size = limit == .max ? text.count - position : min(text.count - position, CommandWriter.stringSize)
                var command = CommandGathering(position == 0 ? "SET" : "APPEND", key)
                command.add(text[position..<position + size])
                command.flush(into: &bytes)
                position += size
            } while position < text.count && bytes.count < limit
            return position == text.count
        }
    }

    private mutating func write(_ list: ListValue, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int) -> Bool {
        let count = list.count
        while position < count, bytes.count < limit {
            var command = CommandGathering("RPUSH", key)
            let end = min(count, position + CommandWriter.mostElements)
            list.forEach(from: position, end - position) { element in element.withBytes { command.add($0) } }
            command.flush(into: &bytes)
            position = end
        }
        return position == count
    }

    private mutating func write(_ set: SortedSetValue, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int) -> Bool {
        let count = set.count
        while position < count, bytes.count < limit {
            var command = CommandGathering("ZADD", key)
            let end = min(count, position + CommandWriter.mostElements)
            set.forEach(in: position..<end) { scored in
                NumberText.withSeventeenDigits(scored.score) { command.add($0) }
                command.add(scored.member)
            }
            command.flush(into: &bytes)
            position = end
        }
        return position == count
    }

    private mutating func write(_ set: SetValue, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int) -> Bool {
        repeat {
            var command = CommandGathering("SADD", key)
            let next = set.scan(from: UInt64(position), minimum: CommandWriter.mostElements) { member in
                member.withBytes { command.add($0) }
                command.endElement(into: &bytes)
            }
            position = Int(next)
            command.flush(into: &bytes)
        } while position != 0 && bytes.count < limit
        return position == 0
    }

    private mutating func write(_ hash: HashValue, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int) -> Bool {
        guard let root = hash.root else {
            write(packed: hash, key, &bytes)
            return true
        }
        repeat {
            var command = CommandGathering("HSET", key)
            var expiries: [UInt8] = []
            let next = root.pointee.scan(from: UInt64(position), minimum: CommandWriter.mostElements) {
                command.add($0)
                command.add($1)
                if let expiry = $2 { CommandWriter.expire($0, at: expiry, key, &expiries) }
                command.endElement(into: &bytes)
            }
            position = Int(next)
            command.flush(into: &bytes)
            bytes += expiries
        } while position != 0 && bytes.count < limit
        return position == 0
    }

    private func write(packed hash: HashValue, _ key: Bytes, _ bytes: inout [UInt8]) {
        var command = CommandGathering("HSET", key)
        hash.forEach { field, value in
            field.withBytes { command.add($0) }
            value.withBytes { command.add($0) }
            command.endElement(into: &bytes)
        }
        command.flush(into: &bytes)
    }

    private static func expire(_ field: Bytes, at time: Int64, _ key: Bytes, _ bytes: inout [UInt8]) {
        var command = CommandGathering("HPEXPIREAT", key)
        command.add(time)
        command.add("FIELDS")
        command.add(1)
        command.add(field)
        command.flush(into: &bytes)
    }
}

/// Gathers the arguments of commands of one name and key.
struct CommandGathering {
    private let name: StaticString
    private let key: Bytes
    private var arguments: [UInt8] = []
    private var (count, elements) = (0, 0)

    init(_ name: StaticString, _ key: Bytes) { (self.name, self.key) = (name, key) }

    mutating func add(_ argument: Bytes) {
        arguments.append(text: "$\(argument.count)\r\n")
        arguments.append(argument)
        arguments.append(text: "\r\n")
        count += 1
    }

    mutating func add(_ word: StaticString) { add(Bytes(word)) }

    mutating func add(_ number: Int64) { Bytes.with(String(number)) { add($0) } }

    mutating func add(_ id: StreamID) { Bytes.with(id.description) { add($0) } }

    /// One element is whole; many make a command.
    mutating func endElement(into bytes: inout [UInt8]) {
        elements += 1
        if elements == CommandWriter.mostElements { flush(into: &bytes) }
    }

    mutating func flush(into bytes: inout [UInt8]) {
        guard count > 0 else { return }
        bytes.append(text: "*\(count + 2)\r\n$\(name.utf8CodeUnitCount)\r\n\(name)\r\n$\(key.count)\r\n")
        bytes.append(key)
        bytes.append(text: "\r\n")
        bytes += arguments
        arguments.removeAll(keepingCapacity: true)
        (count, elements) = (0, 0)
    }
}

// MARK: Streams

/// How far a stream is written.
///
///     entries ──▶ history ──▶ for each group: group ──▶ pending
///             ──▶ for each producer: messages
private enum StreamCommandPlace {
    /// Its entries, from an ID on.
    case entries(StreamID)
    case history
    case group(Int)
    /// What a group has not acknowledged, from an ID on.
    case pending(Int, StreamID)
    /// The messages of the producers that are left.
    case messages(ArraySlice<[UInt8]>)
    case end
}

extension CommandWriter {
    private mutating func write(_ stream: StreamValue, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int) -> Bool {
        repeat {
            switch streamPlace {
            case .entries(let id): streamPlace = writeEntries(stream, from: id, key, &bytes, limit)
            case .history:
                writeHistory(stream, key, &bytes)
                streamPlace = .group(0)
            case .group(let index): streamPlace = writeGroup(index, of: stream, key, &bytes)
            case .pending(let index, let id):
                streamPlace = writePending(index, of: stream, from: id, key, &bytes, limit)
            case .messages(let producers): streamPlace = writeMessages(of: producers, stream, key, &bytes)
            case .end: return true
            }
        } while bytes.count < limit
        if case .end = streamPlace { return true }
        return false
    }

    private func writeEntries(
        _ stream: StreamValue, from first: StreamID, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int
    ) -> StreamCommandPlace {
        var entries = stream.entries(from: first)
        while let entry = entries.next() {
            if bytes.count >= limit { return .entries(entry.id) }
            var command = CommandGathering("XADD", key)
            command.add(entry.id)
            entry.forEachField { name, value in
                name.withBytes { command.add($0) }
                value.withBytes { command.add($0) }
            }
            command.flush(into: &bytes)
        }
        if stream.count == 0 { writeEmpty(stream, key, &bytes) }
        return .history
    }

    /// An entry that is trimmed at once leaves a stream without entries.
    private func writeEmpty(_ stream: StreamValue, _ key: Bytes, _ bytes: inout [UInt8]) {
        var command = CommandGathering("XADD", key)
        command.add("MAXLEN")
        command.add(0)
        command.add(max(stream.lastID, StreamID(0, 1)))
        command.add("x")
        command.add("y")
        command.flush(into: &bytes)
    }

    private func writeHistory(_ stream: StreamValue, _ key: Bytes, _ bytes: inout [UInt8]) {
        var command = CommandGathering("XSETID", key)
        command.add(stream.lastID)
        command.add("ENTRIESADDED")
        command.add(Int64(bitPattern: stream.entriesAdded))
        command.add("MAXDELETEDID")
        command.add(stream.maxDeletedID)
        command.flush(into: &bytes)
    }

    private func writeGroup(
        _ index: Int, of stream: StreamValue, _ key: Bytes, _ bytes: inout [UInt8]
    ) -> StreamCommandPlace {
        guard index < stream.groupCount else { return writeProducers(stream, key, &bytes) }
        let group = stream[group: index]
        var command = CommandGathering("CREATE", group, of: key)
        command.add(group.lastDeliveredID)
        command.add("ENTRIESREAD")
        command.add(group.entriesRead)
        command.flush(into: &bytes)
        for number in group.consumerNumbers {
            var command = CommandGathering("CREATECONSUMER", group, of: key)
            group.consumer(number).name.withBytes { command.add($0) }
            command.flush(into: &bytes)
        }
        return .pending(index, .zero)
    }

    private func writePending(
        _ index: Int, of stream: StreamValue, from first: StreamID, _ key: Bytes, _ bytes: inout [UInt8], _ limit: Int
    ) -> StreamCommandPlace {
        let group = stream[group: index]
        var next: StreamID?
        group.pending.forEach(from: first) { pending in
            guard bytes.count < limit else {
                next = pending.id
                return false
            }
            if let owner = pending.consumer {
                claim(pending, group.consumer(owner), group, key, &bytes)
            } else {
                release(pending, group, key, &bytes)
            }
            return true
        }
        return next.map { .pending(index, $0) } ?? .group(index + 1)
    }

    private func claim(
        _ pending: PendingEntry, _ owner: StreamConsumer, _ group: StreamGroup, _ key: Bytes, _ bytes: inout [UInt8]
    ) {
        var command = CommandGathering("XCLAIM", key)
        group.name.withBytes { command.add($0) }
        owner.name.withBytes { command.add($0) }
        command.add(0)
        command.add(pending.id)
        command.add("TIME")
        command.add(pending.deliveredAt)
        command.add("RETRYCOUNT")
        command.add(pending.deliveries)
        command.add("JUSTID")
        command.add("FORCE")
        command.flush(into: &bytes)
    }
}

extension CommandWriter {
    private func release(_ pending: PendingEntry, _ group: StreamGroup, _ key: Bytes, _ bytes: inout [UInt8]) {
        var command = CommandGathering("XNACK", key)
        group.name.withBytes { command.add($0) }
        command.add("SILENT")
        command.add("IDS")
        command.add(1)
        command.add(pending.id)
        command.add("RETRYCOUNT")
        command.add(pending.deliveries)
        command.add("FORCE")
        command.flush(into: &bytes)
    }

    private func writeProducers(
        _ stream: StreamValue, _ key: Bytes, _ bytes: inout [UInt8]
    ) -> StreamCommandPlace {
        guard let producers = stream.producers else { return .end }
        var command = CommandGathering("XCFGSET", key)
        command.add("IDMP-DURATION")
        command.add(Int64(producers.durationSeconds))
        command.add("IDMP-MAXSIZE")
        command.add(Int64(producers.mostMessages))
        command.flush(into: &bytes)
        return .messages(producers.names[...])
    }

    /// The messages of the first of some producers whose entries are still there.
    private func writeMessages(
        of names: ArraySlice<[UInt8]>, _ stream: StreamValue, _ key: Bytes, _ bytes: inout [UInt8]
    ) -> StreamCommandPlace {
        guard let name = names.first, let producers = stream.producers else { return .end }
        producers.forEachMessage(of: name) { message, id in
            guard stream.entry(id) != nil else { return }
            var command = CommandGathering("XIDMPRECORD", key)
            name.withBytes { command.add($0) }
            message.withBytes { command.add($0) }
            command.add(id)
            command.flush(into: &bytes)
        }
        return .messages(names.dropFirst())
    }
}

extension CommandGathering {
    /// A command on a group of a stream.
    fileprivate init(_ subcommand: StaticString, _ group: StreamGroup, of key: Bytes) {
        self.init("XGROUP", Bytes(subcommand))
        add(key)
        group.name.withBytes { add($0) }
    }
}
