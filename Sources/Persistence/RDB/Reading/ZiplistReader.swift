import Primitives
import Structures

/// A ziplist, what listpacks were before 7.0.
///
///     size (4) │ offset of the last entry (4) │ entries (2), 65535 for more than can be told │ entry │ … │ FF
///
///     entry = size of the entry before, 1 byte or FE and 4 │ head and data
///
///     00llllll data               text, length up to 63
///     01llllll llllllll data      text, length up to 16383
///     10...... length(4) data     text; lengths are big-endian
///     11000000, 11010000, 11100000, 11110000, 11111110   integer of 16, 32, 64, 24, 8 bits, little-endian
///     1111iiii                    the integer i - 1, for i from 1 to 13
///
/// Source: the comment at the top of `ziplist.c` of the reference.
struct ZiplistReader: PackedSource {
    let count: Int
    let offset: Int
    private let bytes: Bytes
    private var place = ZiplistReader.headerSize

    private static var headerSize: Int { 10 }

    init(_ bytes: Bytes, at offset: Int) throws(RDBError) {
        self.offset = offset
        self.bytes = bytes
        guard bytes.count > ZiplistReader.headerSize,
            bytes.base.loadUnaligned(as: UInt32.self) == UInt32(exactly: bytes.count), bytes[bytes.count - 1] == 0xFF
        else { throw RDBError(offset: offset, "a ziplist of another size than it says") }
        guard let (count, last) = ZiplistReader.survey(bytes) else {
            throw RDBError(offset: offset, "a damaged entry in a ziplist")
        }
        let claimed = Int(bytes.base.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
        guard claimed == count || claimed == 0xFFFF else {
            throw RDBError(offset: offset, "a ziplist of more or fewer entries than it says")
        }
        guard Int(bytes.base.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) == last else {
            throw RDBError(offset: offset, "a ziplist ends elsewhere than it says")
        }
        self.count = count
    }

    mutating func next() -> Element? {
        guard let entry = Entry(bytes, at: place) else { return nil }
        place = entry.end
        return entry.element
    }

    /// How many entries there are, and where the last begins; nil where one is damaged.
    private static func survey(_ bytes: Bytes) -> (count: Int, last: Int)? {
        var place = headerSize
        var last = headerSize
        var size = 0
        var count = 0
        while place < bytes.count - 1 {
            guard let entry = Entry(bytes, at: place), entry.sizeBefore == size else { return nil }
            size = entry.end - place
            last = place
            place = entry.end
            count += 1
        }
        return (count, last)
    }

    /// An entry.
    fileprivate struct Entry {
        let sizeBefore: Int
        let element: Element
        let end: Int
    }
}

extension ZiplistReader.Entry {
    /// The entry at a place; nil where it does not end before the last byte, or nothing begins so.
    fileprivate init?(_ bytes: Bytes, at place: Int) {
        var rest = RDBReader(bytes[0..<bytes.count - 1])
        rest.position = place
        guard let sizeBefore = try? ZiplistReader.Entry.sizeBefore(&rest),
            let element = try? ZiplistReader.Entry.element(&rest)
        else { return nil }
        self.sizeBefore = sizeBefore
        self.element = element
        end = rest.position
    }

    private static func sizeBefore(_ rest: inout RDBReader) throws(RDBError) -> Int {
        let first = try rest.byte()
        return first < 0xFE ? Int(first) : Int(try rest.integer(UInt32.self))
    }

    private static func element(_ rest: inout RDBReader) throws(RDBError) -> Element {
        let head = try rest.byte()
        switch head >> 6 {
        case 0: return Element(try rest.take(Int(head & 0x3F)))
        case 1: return Element(try rest.take(Int(head & 0x3F) << 8 | Int(try rest.byte())))
        case 2: return Element(try rest.take(Int(try rest.integer(UInt32.self).byteSwapped)))
        default: return .integer(try integer(head, &rest))
        }
    }

    private static func integer(_ head: UInt8, _ rest: inout RDBReader) throws(RDBError) -> Int64 {
        switch head {
        case 0xC0: return Int64(try rest.integer(Int16.self))
        case 0xD0: return Int64(try rest.integer(Int32.self))
        case 0xE0: return try rest.integer(Int64.self)
        case 0xF0:
            let low = UInt32(try rest.integer(UInt16.self))
            return Int64(Int32(bitPattern: (UInt32(try rest.byte()) << 16 | low) << 8) >> 8)
        case 0xFE: return Int64(try rest.integer(Int8.self))
        case 0xF1...0xFD: return Int64(head & 0x0F) - 1
        default: throw rest.error("no entry begins like this")
        }
    }
}
