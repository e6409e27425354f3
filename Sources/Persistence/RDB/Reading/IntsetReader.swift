import Primitives
import Structures

/// Integers in rising order.
///
///     bytes of each (4): 2, 4 or 8 │ integers (4) │ integer │ …        little-endian
struct IntsetReader: PackedSource {
    let count: Int
    let offset: Int
    private var rest: RDBReader
    private let width: Int

    init(_ bytes: Bytes, at offset: Int) throws(RDBError) {
        self.offset = offset
        rest = RDBReader(bytes)
        guard let width = try? rest.integer(UInt32.self), let count = try? rest.integer(UInt32.self),
            width == 2 || width == 4 || width == 8, rest.remaining == Int(width) * Int(count)
        else { throw RDBError(offset: offset, "an intset of another size than it says") }
        self.width = Int(width)
        self.count = Int(count)
        var survey = self
        var last: Int64?
        while let integer = survey.nextInteger() {
            if let last, integer <= last { throw RDBError(offset: offset, "an intset out of order") }
            last = integer
        }
    }

    mutating func next() -> Element? { nextInteger().map { .integer($0) } }

    private mutating func nextInteger() -> Int64? {
        switch width {
        case 2: (try? rest.integer(Int16.self)).map(Int64.init)
        case 4: (try? rest.integer(Int32.self)).map(Int64.init)
        default: try? rest.integer(Int64.self)
        }
    }
}
