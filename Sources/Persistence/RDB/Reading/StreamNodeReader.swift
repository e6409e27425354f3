import Primitives
import Structures

/// The entries in a listpack of a stream.
///
///     entries alive │ deleted │ number of fields │ name … │ 0            the master entry
///     flags │ milliseconds │ sequence │ value … │ length                 with the fields of the master entry
///     flags │ milliseconds │ sequence │ number │ name │ value … │ length with others
///
/// Times and sequences are differences from the key. The length is the number of elements before it in its entry.
struct StreamNodeReader {
    private let key: StreamID
    private var source: ListpackReader
    /// At the first name.
    private let names: ListpackReader
    private let nameCount: Int
    private var alive: Int
    private var deleted: Int

    private static let deletedFlag: Int64 = 1
    private static let sameFieldsFlag: Int64 = 2
    /// Bytes of an entry that a block can hold, with what it takes beside texts.
    private static let largestEntry = 1 << 30

    /// At the first entry of a listpack whose key is `key`.
    init(_ source: ListpackReader, _ key: StreamID) throws(RDBError) {
        var source = source
        let most = source.count
        alive = try source.number(most: most)
        deleted = try source.number(most: most)
        nameCount = try source.number(most: most)
        names = source
        for _ in 0..<nameCount where source.next() == nil {
            throw source.error("the end of a stream's node is missing")
        }
        guard try source.number(most: 0) == 0, nameCount > 0 else {
            throw source.error("a stream's node without fields")
        }
        self.key = key
        self.source = source
    }

    /// The next entry, whose fields are in the buffer then; nil at the end.
    mutating func next(_ fields: inout StreamFieldBuffer) throws(RDBError) -> (id: StreamID, isDeleted: Bool)? {
        guard alive + deleted > 0 else {
            guard source.next() == nil else { throw source.error("a stream's node of more entries than it says") }
            return nil
        }
        guard let flags = source.integer(), let milliseconds = source.integer(), let sequence = source.integer() else {
            throw source.error("a damaged entry in a stream")
        }
        let id = StreamID(
            key.milliseconds &+ UInt64(bitPattern: milliseconds), key.sequence &+ UInt64(bitPattern: sequence))
        let length = try readFields(isSame: flags & StreamNodeReader.sameFieldsFlag != 0, &fields)
        guard source.integer() == Int64(length) else {
            throw source.error("a stream entry of another length than it says")
        }
        let isDeleted = flags & StreamNodeReader.deletedFlag != 0
        if isDeleted { deleted -= 1 } else { alive -= 1 }
        guard alive >= 0, deleted >= 0, id >= key else { throw source.error("a damaged entry in a stream") }
        return (id, isDeleted)
    }

    /// Reads names and values. Returns how many elements the entry has up to there.
    private mutating func readFields(isSame: Bool, _ fields: inout StreamFieldBuffer) throws(RDBError) -> Int {
        let count = isSame ? nameCount : try source.number(most: source.count / 2)
        guard count > 0 else { throw source.error("a stream entry without fields") }
        fields.begin(count)
        var names = self.names
        for _ in 0..<count {
            guard let name = isSame ? names.next() : source.next(), let value = source.next() else {
                throw source.error("the end of a stream's node is missing")
            }
            fields.append(name)
            fields.append(value)
        }
        guard fields.size <= StreamNodeReader.largestEntry else { throw source.error("a stream entry is too large") }
        return isSame ? count + 3 : 2 * count + 4
    }
}

extension ListpackReader {
    /// The next element, which has to be a number up to `most`.
    fileprivate mutating func number(most: Int) throws(RDBError) -> Int {
        guard let integer = self.integer(), integer >= 0, integer <= most else {
            throw error("a damaged node of a stream")
        }
        return Int(integer)
    }
}

/// Names and values of an entry as texts: those that are integers are written out here.
struct StreamFieldBuffer: ~Copyable {
    private var storage: UnsafeMutablePointer<Bytes>
    private var scratch: UnsafeMutableRawPointer
    private var capacity = 16
    private var count = 0
    /// About what a block needs for it, in bytes.
    private(set) var size = 0

    private static var scratchSize: Int { 24 }

    init() {
        storage = .allocate(capacity: 16)
        scratch = .allocate(byteCount: 16 * StreamFieldBuffer.scratchSize, alignment: 8)
    }

    deinit { release() }

    private func release() {
        storage.deallocate()
        scratch.deallocate()
    }

    /// What was appended; valid until the next entry begins.
    var texts: StreamFields { StreamFields(start: storage, count: count) }

    /// Forgets everything, and makes room for so many fields.
    mutating func begin(_ fields: Int) {
        count = 0
        size = 0
        guard 2 * fields > capacity else { return }
        release()
        capacity = 2 * fields
        storage = .allocate(capacity: capacity)
        scratch = .allocate(byteCount: capacity * StreamFieldBuffer.scratchSize, alignment: 8)
    }

    /// Appends a name or a value, whose bytes are not copied.
    mutating func append(_ element: Element) {
        switch element {
        case .bytes(let bytes): storage[count] = bytes
        case .integer(let integer):
            let text = scratch + count * StreamFieldBuffer.scratchSize
            storage[count] = Bytes(base: UnsafeRawPointer(text), count: NumberText.write(integer, to: text))
        }
        size += storage[count].count + 16
        count += 1
    }
}
