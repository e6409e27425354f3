import Primitives
import Storage
import Structures

extension ValueWriter {
    /// The longest string that is compressed where it could be written in pieces, in bytes: compressing takes one go.
    private static let longestCompressed = 1 << 20

    mutating func write(_ string: Entry, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        if string.encoding == .integer {
            writer.string(string.integer)
            return true
        }
        let text = string.text
        if limit == .max || text.count <= ValueWriter.longestCompressed {
            writer.string(text)
            return true
        }
        if begins() { writer.length(text.count) }
        let size = min(text.count - position, max(1, limit - writer.count))
        writer.raw(text[position..<position + size])
        position += size
        return position == text.count
    }

    /// A node for each run of the list.
    mutating func write(_ list: ListValue, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        let count = list.count
        if begins() { writer.length(list.runCount) }
        list.forEachRun(from: position, count - position) { run in
            writer.node(run)
            position += run.count
            return writer.count < limit
        }
        return position == count
    }

    mutating func write(_ set: SetValue, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        if let integers = set.integers {
            writer.intset(integers.bytes, width: integers.width)
            return true
        }
        if begins() { writer.length(set.count) }
        return scan(until: limit, &writer) { cursor, writer in
            set.scan(from: cursor, minimum: ValueWriter.step) { writer.string($0) }
        }
    }

    mutating func write(_ set: SortedSetValue, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        if set.root == nil {
            writer.listpack(set.packed.bytes, count: 2 * set.count)
            return true
        }
        if begins() {
            position = set.count
            writer.length(position)
        }
        // From the greatest down: whoever reads adds each before all others.
        while position > 0, writer.count < limit {
            let first = max(0, position - ValueWriter.step)
            set.forEach(in: first..<position, reversed: true) { member in
                writer.string(member.member)
                writer.double(member.score)
            }
            position = first
        }
        return position == 0
    }

    mutating func write(_ hash: HashValue, to writer: inout RDBWriter, _ limit: Int) -> Bool {
        guard let root = hash.root else {
            writer.listpack(hash.packed.bytes, count: 2 * hash.count)
            return true
        }
        let earliest = hash.earliestExpiry
        if begins() {
            if earliest != .max { writer.integer(earliest) }
            writer.length(root.pointee.count)
        }
        return scan(until: limit, &writer) { cursor, writer in
            root.pointee.scan(from: cursor, minimum: ValueWriter.step) { field, value, expiry in
                if earliest != .max { writer.number(expiry.map { UInt64($0 - earliest) + 1 } ?? 0) }
                writer.string(field)
                writer.string(value)
            }
        }
    }

    /// Goes on with a scan, from cursor to cursor. Returns whether it is at its end.
    private mutating func scan(
        until limit: Int, _ writer: inout RDBWriter, _ next: (UInt64, inout RDBWriter) -> UInt64
    ) -> Bool {
        repeat {
            position = Int(next(UInt64(position), &writer))
            if position == 0 { return true }
        } while writer.count < limit
        return false
    }
}

extension RDBWriter {
    /// Elements that take more than this get a node without listpack, in bytes.
    private static let largestPacked = 8192

    /// A node of a list: a listpack, or one large element as it is.
    fileprivate mutating func node(_ run: ListRun) {
        if run.count == 1, case .bytes(let bytes) = Listpack.read(run.start).element,
            bytes.count > RDBWriter.largestPacked
        {
            number(1)
            string(bytes)
        } else {
            number(2)
            listpack(Bytes(base: run.start, count: run.end - run.start), count: run.count)
        }
    }

    /// Integers in rising order, of `width` bytes each.
    fileprivate mutating func intset(_ run: Bytes, width: Int) {
        withUnsafeTemporaryAllocation(byteCount: run.count + 8, alignment: 8) { room in
            room.storeBytes(of: UInt32(width).littleEndian, as: UInt32.self)
            room.storeBytes(of: UInt32(run.count / width).littleEndian, toByteOffset: 4, as: UInt32.self)
            (room.baseAddress! + 8).copyMemory(from: run.base, byteCount: run.count)
            string(Bytes(UnsafeRawBufferPointer(room)))
        }
    }
}
