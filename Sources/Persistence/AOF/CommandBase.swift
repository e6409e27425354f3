import Primitives
import Storage
import Structures

/// A data set as commands that make it anew: a base that people can read.
///
/// Collections are made by commands of at most 64 elements, so that replaying one takes no great buffer.
public struct CommandBase {
    /// What was written since it was last taken.
    public private(set) var bytes: [UInt8] = []
    private static let mostElements = 64

    /// Nothing yet.
    public init() {}

    /// Forgets what was written.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Writes the code of a library.
    public mutating func write(library code: Bytes) {
        append(3) { command in
            command.append("FUNCTION")
            command.append("LOAD")
            command.append(code)
        }
    }

    /// What follows belongs to a database.
    public mutating func select(_ database: Int) {
        append(2) {
            $0.append("SELECT")
            $0.append(Int64(database))
        }
    }

    /// Writes a key with its value and its expiry.
    public mutating func write(_ entry: Entry) {
        switch entry.type {
        case .string: writeString(entry)
        case .list: writeList(entry.view(as: ListValue.self), entry.key)
        case .set: writeSet(entry.view(as: SetValue.self), entry.key)
        case .sortedSet: writeScores(entry.view(as: SortedSetValue.self), entry.key)
        case .hash: writeFields(entry.view(as: HashValue.self), entry.key)
        case .stream: writeStream(entry.view(as: StreamValue.self), entry.key)
        }
        guard let expiry = entry.expiry else { return }
        append(3) {
            $0.append("PEXPIREAT")
            $0.append(entry.key)
            $0.append(expiry)
        }
    }

    private mutating func append(_ count: Int, _ write: (inout EffectArguments) -> Void) {
        EffectArguments.append(count, to: &bytes, write)
    }

    // MARK: Collections

    private mutating func writeString(_ entry: Entry) {
        append(3) { command in
            command.append("SET")
            command.append(entry.key)
            entry.withString { command.append($0) }
        }
    }

    /// Gathers the arguments of commands of one name and key.
    fileprivate struct Gathering {
        let name: StaticString
        let key: Bytes
        var arguments: [UInt8] = []
        var (count, elements) = (0, 0)

        init(_ name: StaticString, _ key: Bytes) { (self.name, self.key) = (name, key) }

        mutating func add(_ argument: Bytes) {
            arguments.append(text: "$\(argument.count)\r\n")
            arguments.append(argument)
            arguments.append(text: "\r\n")
            count += 1
        }

        /// One element is whole; many make a command.
        mutating func end(into bytes: inout [UInt8]) {
            elements += 1
            if elements == CommandBase.mostElements { flush(into: &bytes) }
        }

        mutating func flush(into bytes: inout [UInt8]) {
            guard count > 0 else { return }
            bytes.append(text: "*\(count + 2)\r\n$\(name.utf8CodeUnitCount)\r\n\(name)\r\n$\(key.count)\r\n")
            bytes.append(key)
            bytes.append(text: "\r\n")
            bytes += arguments
            self = Gathering(name, key)
        }
    }

    private mutating func writeList(_ list: ListValue, _ key: Bytes) {
        var gathering = Gathering("RPUSH", key)
        list.forEach { element in
            element.withBytes { gathering.add($0) }
            gathering.end(into: &bytes)
        }
        gathering.flush(into: &bytes)
    }

    private mutating func writeSet(_ set: SetValue, _ key: Bytes) {
        var gathering = Gathering("SADD", key)
        set.forEach { member in
            member.withBytes { gathering.add($0) }
            gathering.end(into: &bytes)
        }
        gathering.flush(into: &bytes)
    }

    private mutating func writeScores(_ set: SortedSetValue, _ key: Bytes) {
        var gathering = Gathering("ZADD", key)
        set.forEach { scored in
            NumberText.withSeventeenDigits(scored.score) { gathering.add($0) }
            gathering.add(scored.member)
            gathering.end(into: &bytes)
        }
        gathering.flush(into: &bytes)
    }

    private mutating func writeFields(_ hash: HashValue, _ key: Bytes) {
        var gathering = Gathering("HSET", key)
        var expiring: [(field: [UInt8], time: Int64)] = []
        hash.forEach { field, value in
            field.withBytes { name in
                gathering.add(name)
                if hash.earliestExpiry != .max, let time = hash.find(name)?.expiry {
                    expiring.append((Array(name), time))
                }
            }
            value.withBytes { gathering.add($0) }
            gathering.end(into: &bytes)
        }
        gathering.flush(into: &bytes)
        for (field, time) in expiring { writeExpiry(of: field, time, key) }
    }

    private mutating func writeExpiry(of field: [UInt8], _ time: Int64, _ key: Bytes) {
        append(6) { command in
            command.append("HPEXPIREAT")
            command.append(key)
            command.append(time)
            command.append("FIELDS")
            command.append(1)
            field.withBytes { command.append($0) }
        }
    }
}

// MARK: Streams

extension CommandBase {
    private mutating func writeStream(_ stream: StreamValue, _ key: Bytes) {
        var entries = stream.entries()
        while let entry = entries.next() {
            var gathering = Gathering("XADD", key)
            gathering.add(entry.id)
            entry.forEachField { name, value in
                name.withBytes { gathering.add($0) }
                value.withBytes { gathering.add($0) }
            }
            gathering.flush(into: &bytes)
        }
        if stream.count == 0 { writeEmptyStream(stream, key) }
        var history = Gathering("XSETID", key)
        history.add(stream.lastID)
        history.add("ENTRIESADDED")
        history.add(Int64(bitPattern: stream.entriesAdded))
        history.add("MAXDELETEDID")
        history.add(stream.maxDeletedID)
        history.flush(into: &bytes)
        for index in 0..<stream.groupCount { writeGroup(stream[group: index], key) }
    }

    /// An entry that is trimmed at once leaves a stream without entries.
    private mutating func writeEmptyStream(_ stream: StreamValue, _ key: Bytes) {
        var gathering = Gathering("XADD", key)
        gathering.add("MAXLEN")
        gathering.add(0)
        gathering.add(max(stream.lastID, StreamID(0, 1)))
        gathering.add("x")
        gathering.add("y")
        gathering.flush(into: &bytes)
    }

    private mutating func writeGroup(_ group: StreamGroup, _ key: Bytes) {
        append(7) { command in
            command.append("XGROUP")
            command.append("CREATE")
            command.append(key)
            group.name.withBytes { command.append($0) }
            Bytes.with(group.lastDeliveredID.description) { command.append($0) }
            command.append("ENTRIESREAD")
            command.append(group.entriesRead)
        }
        for number in group.consumerNumbers { writeConsumer(group.consumer(number), group, key) }
        group.pending.forEach { pending in
            if let owner = pending.consumer { writePending(pending, group.consumer(owner), group, key) }
            return true
        }
    }

    private mutating func writeConsumer(_ consumer: StreamConsumer, _ group: StreamGroup, _ key: Bytes) {
        append(5) { command in
            command.append("XGROUP")
            command.append("CREATECONSUMER")
            command.append(key)
            group.name.withBytes { command.append($0) }
            consumer.name.withBytes { command.append($0) }
        }
    }

    private mutating func writePending(
        _ pending: PendingEntry, _ owner: StreamConsumer, _ group: StreamGroup, _ key: Bytes
    ) {
        var gathering = Gathering("XCLAIM", key)
        group.name.withBytes { gathering.add($0) }
        owner.name.withBytes { gathering.add($0) }
        gathering.add(0)
        gathering.add(pending.id)
        gathering.add("TIME")
        gathering.add(pending.deliveredAt)
        gathering.add("RETRYCOUNT")
        gathering.add(pending.deliveries)
        gathering.add("JUSTID")
        gathering.add("FORCE")
        gathering.flush(into: &bytes)
    }
}

extension CommandBase.Gathering {
    fileprivate mutating func add(_ word: StaticString) {
        add(Bytes(base: UnsafeRawPointer(word.utf8Start), count: word.utf8CodeUnitCount))
    }

    fileprivate mutating func add(_ number: Int64) { Bytes.with(String(number)) { add($0) } }

    fileprivate mutating func add(_ id: StreamID) { Bytes.with(id.description) { add($0) } }
}
