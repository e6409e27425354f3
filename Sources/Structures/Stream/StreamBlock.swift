import Primitives

/// Some entries of a stream that follow each other: the format of a leaf in its tree.
///
///     page header: count = entries that are alive, used = end, first = master fields, second = first live entry
///     24  milliseconds   UInt64   ID of the first entry, the base of the others
///     32  sequence       UInt64
///     40  appended       UInt32   entries, deleted ones included
///     44  listpack size  UInt32   bytes that the reference would need, for the same limits
///     48  start          UInt32   offset of the first entry
///     52  master fields  names of the first entry's fields, as texts
///     …   entries
///
///     entry  flags     UInt8      1 deleted · 2 has the master fields · 4 its sequence is 0
///            time      variable   milliseconds since the base
///            sequence  variable   unless flagged: since the base's in the same millisecond, else as it is
///            values               as texts; without the master fields: their number, and name and value of each
///            length    backwards  of all before
///
/// 1. IDs rise.
/// 2. A deleted entry stays where it is; `count` of the page tells how many are alive, at least one as long as the block is in
///    a tree.
/// 3. All before `second` are deleted, the entry there is not.
@frozen
public struct StreamBlock {
    @usableFromInline let page: Page

    @inlinable @inline(__always)
    init(_ page: Page) { self.page = page }

    @usableFromInline static var fieldsOffset: Int { 52 }
    @usableFromInline static let deletedFlag: UInt8 = 1
    @usableFromInline static let masterFieldsFlag: UInt8 = 2
    @usableFromInline static let noSequenceFlag: UInt8 = 4
    /// The most entries of a block, whatever the directive says.
    static let mostEntries = 65535

    @inlinable @inline(__always)
    var base: UnsafeMutableRawPointer { page.base }

    /// The ID of the first entry, which may be deleted.
    @inlinable @inline(__always)
    var firstID: StreamID {
        StreamID(base.load(fromByteOffset: 24, as: UInt64.self), base.load(fromByteOffset: 32, as: UInt64.self))
    }
    /// Entries, deleted ones included.
    var appended: Int {
        get { Int(base.load(fromByteOffset: 40, as: UInt32.self)) }
        nonmutating set { base.storeBytes(of: UInt32(newValue), toByteOffset: 40, as: UInt32.self) }
    }
    /// The reference's bytes, without the two counts of its master entry.
    private(set) var listpackSize: Int {
        get { Int(base.load(fromByteOffset: 44, as: UInt32.self)) }
        nonmutating set { base.storeBytes(of: UInt32(newValue), toByteOffset: 44, as: UInt32.self) }
    }
    /// The offset of the first entry.
    @inlinable @inline(__always)
    var start: Int { Int(base.load(fromByteOffset: 48, as: UInt32.self)) }
    /// The offset after the last entry.
    @inlinable @inline(__always)
    var end: Int { page.used }
    /// The offset of the first entry that is alive; `end` if none is.
    @inlinable @inline(__always)
    var firstLive: Int { page.second }

    /// The bytes that the reference's listpack would have.
    var fullListpackSize: Int {
        listpackSize + StreamCoding.listpackSize(Int64(page.count))
            + StreamCoding.listpackSize(Int64(appended - page.count))
    }
}

// MARK: Appending

/// Field names and values in turn, to become an entry.
public typealias StreamFields = UnsafeBufferPointer<Bytes>

extension StreamBlock {
    /// A new block with one entry.
    /// - Parameter capacity: the bytes that the page gets at least.
    static func make(_ id: StreamID, _ fields: StreamFields, capacity: Int = 0) -> Page {
        var size = fieldsOffset
        for index in stride(from: 0, to: fields.count, by: 2) { size += StreamCoding.largestSize(fields[index].count) }
        size += largestEntry(fields)
        let page = Page.allocate(capacity: max(capacity, Page.fittingCapacity(size)))
        let block = StreamBlock(page)
        page.base.storeBytes(of: id.milliseconds, toByteOffset: 24, as: UInt64.self)
        page.base.storeBytes(of: id.sequence, toByteOffset: 32, as: UInt64.self)
        page.base.storeBytes(of: UInt32(0), toByteOffset: 40, as: UInt32.self)
        block.writeMaster(fields)
        block.append(id, fields)
        return page
    }

    private func writeMaster(_ fields: StreamFields) {
        var target = base + StreamBlock.fieldsOffset
        // A listpack has a header, its end, the number of fields and a zero after them.
        var size = 6 + 1 + StreamCoding.listpackSize(Int64(fields.count / 2)) + 2
        for index in stride(from: 0, to: fields.count, by: 2) {
            target = StreamCoding.write(fields[index], to: target)
            size += StreamCoding.listpackSize(fields[index])
        }
        page.first = fields.count / 2
        page.used = target - base
        page.second = page.used
        base.storeBytes(of: UInt32(page.used), toByteOffset: 48, as: UInt32.self)
        listpackSize = size
    }

    /// The most bytes that an entry can take.
    static func largestEntry(_ fields: StreamFields) -> Int {
        var size = 1 + 10 + 10 + 10 + 10
        for text in fields { size += StreamCoding.largestSize(text.count) }
        return size
    }

    /// Appends an entry with a higher ID than all others. The page has room for it.
    func append(_ id: StreamID, _ fields: StreamFields) {
        let start = base + page.used
        let isSame = hasMasterFields(fields)
        var target = writeHead(id, isSame, to: start)
        if isSame {
            for index in stride(from: 1, to: fields.count, by: 2) {
                target = StreamCoding.write(fields[index], to: target)
            }
        } else {
            target = StreamCoding.writeVariable(UInt64(fields.count / 2), to: target)
            for text in fields { target = StreamCoding.write(text, to: target) }
        }
        target = StreamCoding.writeBackwards(target - start, to: target)
        // The page's `count` and, in an empty block, `second` follow.
        page.used = target - base
        appended += 1
        page.count += 1
        listpackSize += entryListpackSize(id, fields, isSame)
    }

    private func writeHead(
        _ id: StreamID, _ isSame: Bool, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let first = firstID
        let time = id.milliseconds - first.milliseconds
        let sequence = time == 0 ? id.sequence - first.sequence : id.sequence
        let flags =
            (isSame ? StreamBlock.masterFieldsFlag : 0) | (sequence == 0 ? StreamBlock.noSequenceFlag : 0)
        target.storeBytes(of: flags, as: UInt8.self)
        let next = StreamCoding.writeVariable(time, to: target + 1)
        return sequence == 0 ? next : StreamCoding.writeVariable(sequence, to: next)
    }

    private func hasMasterFields(_ fields: StreamFields) -> Bool {
        guard page.first == fields.count / 2 else { return false }
        var position = UnsafeRawPointer(base + StreamBlock.fieldsOffset)
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard StreamCoding.text(at: position).withBytes({ $0 == fields[index] }) else { return false }
            position += StreamCoding.size(at: position)
        }
        return true
    }

    private func entryListpackSize(_ id: StreamID, _ fields: StreamFields, _ isSame: Bool) -> Int {
        let first = firstID
        let time = Int64(bitPattern: id.milliseconds &- first.milliseconds)
        let sequence = Int64(bitPattern: id.sequence &- first.sequence)
        let number = Int64(fields.count / 2)
        var size = 2 + StreamCoding.listpackSize(time) + StreamCoding.listpackSize(sequence)
        for index in stride(from: 1, to: fields.count, by: 2) { size += StreamCoding.listpackSize(fields[index]) }
        if isSame { return size + StreamCoding.listpackSize(number + 3) }
        for index in stride(from: 0, to: fields.count, by: 2) { size += StreamCoding.listpackSize(fields[index]) }
        return size + StreamCoding.listpackSize(number) + StreamCoding.listpackSize(2 * number + 4)
    }
}

// MARK: Reading

/// One entry of a stream; valid until the stream changes.
@frozen
public struct StreamEntry {
    /// Its ID.
    public let id: StreamID
    /// The number of its fields.
    public let fieldCount: Int
    /// Where its first value is, or name and value in turn without master fields.
    @usableFromInline let values: UnsafeRawPointer
    /// Where the names are; nil where they are among the values.
    @usableFromInline let names: UnsafeRawPointer?

    @inlinable @inline(__always)
    init(id: StreamID, fieldCount: Int, values: UnsafeRawPointer, names: UnsafeRawPointer?) {
        self.id = id
        self.fieldCount = fieldCount
        self.values = values
        self.names = names
    }

    /// Calls `body` with name and value of each field in order.
    @inlinable @inline(__always)
    public func forEachField(_ body: (StreamText, StreamText) -> Void) {
        var values = self.values
        if var names {
            for _ in 0..<fieldCount {
                body(StreamCoding.text(at: names), StreamCoding.text(at: values))
                names += StreamCoding.size(at: names)
                values += StreamCoding.size(at: values)
            }
            return
        }
        for _ in 0..<fieldCount {
            let name = values
            values += StreamCoding.size(at: name)
            body(StreamCoding.text(at: name), StreamCoding.text(at: values))
            values += StreamCoding.size(at: values)
        }
    }

    /// The address after the last value.
    @inlinable @inline(__always)
    var end: UnsafeRawPointer {
        var position = values
        for _ in 0..<(names == nil ? 2 &* fieldCount : fieldCount) { position += StreamCoding.size(at: position) }
        return position
    }
}

extension StreamBlock {
    /// The ID of the entry at an offset.
    @inlinable @inline(__always)
    func id(at offset: Int) -> StreamID {
        var position = UnsafeRawPointer(base + offset)
        return readID(&position)
    }

    /// Reads an entry's ID and moves to what follows it.
    @inlinable @inline(__always)
    func readID(_ position: inout UnsafeRawPointer) -> StreamID {
        let flags = position.load(as: UInt8.self)
        position += 1
        let time = StreamCoding.readVariable(&position)
        let sequence = flags & StreamBlock.noSequenceFlag != 0 ? 0 : StreamCoding.readVariable(&position)
        let first = firstID
        return time == 0
            ? StreamID(first.milliseconds, first.sequence &+ sequence)
            : StreamID(first.milliseconds &+ time, sequence)
    }

    /// The entry at an offset.
    @inlinable @inline(__always)
    func entry(at offset: Int) -> StreamEntry {
        var position = UnsafeRawPointer(base + offset)
        let isSame = position.load(as: UInt8.self) & StreamBlock.masterFieldsFlag != 0
        let id = readID(&position)
        if isSame {
            return StreamEntry(
                id: id, fieldCount: page.first, values: position,
                names: UnsafeRawPointer(base + StreamBlock.fieldsOffset))
        }
        let count = Int(StreamCoding.readVariable(&position))
        return StreamEntry(id: id, fieldCount: count, values: position, names: nil)
    }

    /// Whether the entry at an offset has been deleted.
    @inlinable @inline(__always)
    func isDeleted(at offset: Int) -> Bool {
        base.load(fromByteOffset: offset, as: UInt8.self) & StreamBlock.deletedFlag != 0
    }

    /// The offset after an entry.
    @inlinable @inline(__always)
    func offset(after entry: StreamEntry, at offset: Int) -> Int {
        let bodyEnd = entry.end
        let length = UnsafeRawPointer(base + offset).distance(to: bodyEnd)
        return offset &+ length &+ StreamBlock.backLengthSize(length)
    }

    @inlinable @inline(__always)
    static func backLengthSize(_ length: Int) -> Int {
        length < 128 ? 1 : (Int.bitWidth &- length.leadingZeroBitCount &+ 6) / 7
    }

    /// The offset of the entry that ends at one.
    @inlinable @inline(__always)
    func offset(before end: Int) -> Int {
        let (length, size) = StreamCoding.readBackwards(base + end)
        return end &- length &- size
    }

    /// The offset of the first entry whose ID is not less than `id`; `end` if there is none.
    @inlinable
    func offset(notBefore id: StreamID) -> Int {
        var end = self.end
        let start = self.start
        while end > start {
            let offset = self.offset(before: end)
            if self.id(at: offset) < id { return end }
            end = offset
        }
        return start
    }

    /// The offset of a live entry; nil if there is none with the ID.
    @inlinable
    func offset(of id: StreamID) -> Int? {
        let offset = self.offset(notBefore: id)
        guard offset < end, self.id(at: offset) == id, !isDeleted(at: offset) else { return nil }
        return offset
    }

    /// The ID of the last entry, which may be deleted.
    var lastID: StreamID { id(at: offset(before: end)) }
}

// MARK: Deleting

extension StreamBlock {
    /// Marks a live entry of an exclusive page as deleted.
    func delete(at offset: Int) {
        let flags = base.load(fromByteOffset: offset, as: UInt8.self)
        assert(flags & StreamBlock.deletedFlag == 0)
        base.storeBytes(of: flags | StreamBlock.deletedFlag, toByteOffset: offset, as: UInt8.self)
        page.count -= 1
        if offset == firstLive { moveFirstLive() }
    }

    private func moveFirstLive() {
        var offset = firstLive
        while offset < end, isDeleted(at: offset) { offset = self.offset(after: entry(at: offset), at: offset) }
        page.second = offset
    }
}
