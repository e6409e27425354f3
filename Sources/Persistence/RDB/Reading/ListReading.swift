import Primitives
import Structures

// Lists: strings, or packed nodes one after the other.

extension RDBReader {
    mutating func list(_ type: RDBType, _ limits: CollectionLimits) throws(RDBError) -> ListValue {
        try filled(ListValue(packed: Packed())) { (list, reader) throws(RDBError) in
            switch type {
            case .list: try reader.appendStrings(to: &list, limits)
            case .listZiplist: try reader.append(ZiplistReader.self, to: &list, limits)
            case .listQuicklist:
                for _ in 0..<(try reader.count()) { try reader.append(ZiplistReader.self, to: &list, limits) }
            default: for _ in 0..<(try reader.count(atLeast: 2)) { try reader.appendNode(to: &list, limits) }
            }
        }
    }

    private mutating func appendStrings(to list: inout ListValue, _ limits: CollectionLimits) throws(RDBError) {
        for _ in 0..<(try count()) { try appendString(to: &list, limits) }
    }

    private mutating func appendString(to list: inout ListValue, _ limits: CollectionLimits) throws(RDBError) {
        try string { (bytes) throws(RDBError) in list.push(1, at: .tail, limits) { _ in bytes } }
    }

    private mutating func append<Source: PackedSource>(
        _ type: Source.Type, to list: inout ListValue, _ limits: CollectionLimits
    ) throws(RDBError) {
        try packed(type) { (source) throws(RDBError) in
            var source = source
            while let element = source.next() {
                element.withBytes { bytes in list.push(1, at: .tail, limits) { _ in bytes } }
            }
        }
    }

    /// Appends what a node of a quicklist of 7.0 holds: a single large element, or a listpack.
    private mutating func appendNode(to list: inout ListValue, _ limits: CollectionLimits) throws(RDBError) {
        switch try number() {
        case 1: try appendString(to: &list, limits)
        case 2: try append(ListpackReader.self, to: &list, limits)
        default: throw error("a node of a list of an unknown kind")
        }
    }
}
