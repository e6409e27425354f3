import Primitives
import Structures

// Sets: strings, integers, or a listpack.

extension RDBReader {
    mutating func set(_ type: RDBType, _ limits: CollectionLimits) throws(RDBError) -> SetValue {
        switch type {
        case .set: try setOfStrings(limits)
        case .setIntset: try setOfIntegers(limits)
        default: try setOfListpack(limits)
        }
    }

    private mutating func setOfStrings(_ limits: CollectionLimits) throws(RDBError) -> SetValue {
        try filled(SetValue(packed: Packed())) { (set, reader) throws(RDBError) in
            let count = try reader.count()
            for index in 0..<count {
                let start = reader.position
                try reader.string { (member) throws(RDBError) in
                    if index == 0 { set.prepare(for: count, first: member, limits) }
                    guard set.add(member, limits) else { throw RDBError(offset: start, "a member comes twice") }
                }
            }
        }
    }

    private mutating func setOfIntegers(_ limits: CollectionLimits) throws(RDBError) -> SetValue {
        try filled(SetValue.ofIntegers()) { (set, reader) throws(RDBError) in
            try reader.packed(IntsetReader.self) { (source) throws(RDBError) in
                var source = source
                while let member = source.next() { set.add(member, limits) }
            }
        }
    }

    private mutating func setOfListpack(_ limits: CollectionLimits) throws(RDBError) -> SetValue {
        try filled(SetValue.ofAnything()) { (set, reader) throws(RDBError) in
            try reader.packed(ListpackReader.self) { (source) throws(RDBError) in
                let isPacked =
                    source.count <= limits.setMaxListpackEntries && source.longest() <= limits.setMaxListpackValue
                var seen = SeenElements(count: isPacked ? source.count : 0, limits.hash)
                if !isPacked { set.prepare(for: .max, first: .empty, limits) }
                var source = source
                while let member = source.next() {
                    let isNew = isPacked ? seen.insert(member) : set.add(member, limits)
                    guard isNew else { throw source.error("a member comes twice") }
                    if isPacked { set.append(member) }
                }
            }
        }
    }
}
