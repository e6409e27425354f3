import Primitives
import Structures

/// A zipmap, what small hashes were before 2.6: fields and values in turn.
///
///     pairs, 254 for more than can be told │ length │ field │ length │ unused bytes │ value │ unused │ … │ FF
///
/// A length is one byte below 254, else FE and 4 bytes, little-endian.
struct ZipmapReader: PackedSource {
    let count: Int
    let offset: Int
    private var rest: RDBReader
    private var isField = true

    init(_ bytes: Bytes, at offset: Int) throws(RDBError) {
        self.offset = offset
        guard bytes.count >= 2, bytes[bytes.count - 1] == 0xFF else {
            throw RDBError(offset: offset, "the end of a zipmap is missing")
        }
        rest = RDBReader(bytes[1..<bytes.count - 1])
        var survey = rest
        var pairs = 0
        while !survey.isAtEnd {
            guard (try? ZipmapReader.text(&survey, isField: true)) != nil,
                (try? ZipmapReader.text(&survey, isField: false)) != nil
            else { throw RDBError(offset: offset, "a damaged pair in a zipmap") }
            pairs += 1
        }
        guard bytes[0] >= 0xFE || Int(bytes[0]) == pairs else {
            throw RDBError(offset: offset, "a zipmap of more or fewer pairs than it says")
        }
        count = 2 * pairs
    }

    mutating func next() -> Element? {
        guard !rest.isAtEnd, let text = try? ZipmapReader.text(&rest, isField: isField) else { return nil }
        isField.toggle()
        return Element(text)
    }

    private static func text(_ rest: inout RDBReader, isField: Bool) throws(RDBError) -> Bytes {
        let first = try rest.byte()
        guard first < 0xFF else { throw rest.error("the end of a zipmap comes too early") }
        let length = first < 0xFE ? Int(first) : Int(try rest.integer(UInt32.self))
        if isField { return try rest.take(length) }
        let unused = Int(try rest.byte())
        let text = try rest.take(length)
        _ = try rest.take(unused)
        return text
    }
}
