import Primitives
import Structures

/// A listpack with its frame. Its elements are described at `Listpack`.
///
///     size (4) │ elements (2), 65535 for more than can be told │ element │ element │ … │ FF
struct ListpackReader: PackedSource {
    let count: Int
    let offset: Int
    private var place: UnsafeRawPointer
    private let end: UnsafeRawPointer

    private static var headerSize: Int { 6 }

    init(_ bytes: Bytes, at offset: Int) throws(RDBError) {
        self.offset = offset
        let header = ListpackReader.headerSize
        guard bytes.count > header, bytes.base.loadUnaligned(as: UInt32.self) == UInt32(exactly: bytes.count),
            bytes[bytes.count - 1] == 0xFF
        else { throw RDBError(offset: offset, "a listpack of another size than it says") }
        let elements = bytes[header..<bytes.count - 1]
        guard let count = ListpackReader.count(elements) else {
            throw RDBError(offset: offset, "a damaged element in a listpack")
        }
        let claimed = Int(bytes.base.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        guard claimed == count || claimed == 0xFFFF else {
            throw RDBError(offset: offset, "a listpack of more or fewer elements than it says")
        }
        self.count = count
        place = elements.base
        end = elements.base + elements.count
    }

    mutating func next() -> Element? {
        guard place < end else { return nil }
        let (element, next) = Listpack.read(place)
        place = next
        guard case .bytes(let text) = element else { return element }
        return Element(text)
    }

    /// The next element, if it is an integer.
    mutating func integer() -> Int64? {
        guard case .integer(let integer)? = next() else { return nil }
        return integer
    }

    /// How many elements there are; nil where one is damaged.
    private static func count(_ elements: Bytes) -> Int? {
        var rest = elements
        var count = 0
        while !rest.isEmpty {
            guard let body = bodySize(rest), let tail = tailSize(rest, body) else { return nil }
            rest = rest.dropFirst(body + tail)
            count += 1
        }
        return count
    }

    /// Bytes of head and data of the first element, which may be more than there are; nil where nothing begins so.
    private static func bodySize(_ rest: Bytes) -> Int? {
        let head = rest[0]
        switch head {
        case ..<0x80: return 1
        case ..<0xC0: return 1 + Int(head & 0x3F)
        case ..<0xE0: return 2
        case ..<0xF0: return rest.count < 2 ? nil : 2 + (Int(head & 0x0F) << 8 | Int(rest[1]))
        case 0xF0: return rest.count < 5 ? nil : 5 + Int(rest.base.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
        case 0xF1...0xF3: return Int(head) - 0xEE
        case 0xF4: return 9
        default: return nil
        }
    }

    /// Bytes of the length behind the first element, which has to be that of its `body`.
    private static func tailSize(_ rest: Bytes, _ body: Int) -> Int? {
        let size = Listpack.tailSize(body)
        guard body + size <= rest.count else { return nil }
        for index in 0..<size {
            let mark = index == 0 ? 0 : 0x80
            guard Int(rest[body + index]) == body >> (7 * (size - 1 - index)) & 0x7F | mark else { return nil }
        }
        return size
    }
}
