import Primitives
import Structures

// Sorted sets: members and scores in turn, as strings or packed.

extension RDBReader {
    mutating func sortedSet(_ type: RDBType, _ limits: CollectionLimits) throws(RDBError) -> SortedSetValue {
        switch type {
        case .sortedSet: try sortedSetOfStrings(limits) { (reader) throws(RDBError) in try reader.scoreText() }
        case .sortedSet2: try sortedSetOfStrings(limits) { (reader) throws(RDBError) in try reader.double() }
        case .sortedSetZiplist: try sortedSet(ZiplistReader.self, limits)
        default: try sortedSet(ListpackReader.self, limits)
        }
    }

    private mutating func sortedSetOfStrings(
        _ limits: CollectionLimits, _ readScore: (inout RDBReader) throws(RDBError) -> Double
    ) throws(RDBError) -> SortedSetValue {
        let count = try self.count(atLeast: 2)
        return try filled(SortedSetValue(expecting: count, limits)) { (set, reader) throws(RDBError) in
            for _ in 0..<count {
                let start = reader.position
                try reader.string { (member, reader) throws(RDBError) in
                    let score = try readScore(&reader)
                    guard !score.isNaN else { throw RDBError(offset: start, "a score that is not a number") }
                    guard case .added = set.add(member, score, [], limits) else {
                        throw RDBError(offset: start, "a member comes twice")
                    }
                }
            }
        }
    }

    /// A score as it was written up to version 7: its length and its text, or what has no text.
    private mutating func scoreText() throws(RDBError) -> Double {
        switch try byte() {
        case 253: return .nan
        case 254: return .infinity
        case 255: return -.infinity
        case let length:
            guard let score = try take(Int(length)).double else { throw error("a score that is not a number") }
            return score
        }
    }

    private mutating func sortedSet<Source: PackedSource>(
        _ type: Source.Type, _ limits: CollectionLimits
    ) throws(RDBError) -> SortedSetValue {
        try filled(SortedSetValue()) { (set, reader) throws(RDBError) in
            try reader.packed(type) { (source) throws(RDBError) in
                let count = try source.groups(of: 2)
                let isPacked =
                    count <= limits.zsetMaxListpackEntries && source.longest(every: 2) <= limits.zsetMaxListpackValue
                if isPacked {
                    try set.append(source, count, limits)
                } else {
                    set.makeLarge(limits)
                    try set.add(source, limits)
                }
            }
        }
    }
}

extension SortedSetValue {
    /// Fills the packed form. Members that come in order, as the reference keeps them, are not compared with all others.
    fileprivate mutating func append<Source: PackedSource>(
        _ source: Source, _ count: Int, _ limits: CollectionLimits
    ) throws(RDBError) {
        var source = source
        var seen = SeenElements(count: count, limits.hash)
        var last: (score: Double, member: Element)?
        while let member = source.next() {
            let score = try source.score()
            guard seen.insert(member) else { throw source.error("a member comes twice") }
            if let last, (score, member) < last {
                _ = member.withBytes { add($0, score, [], limits) }
            } else {
                append(member, score)
                last = (score, member)
            }
        }
    }

    /// Fills the large form.
    fileprivate mutating func add<Source: PackedSource>(
        _ source: Source, _ limits: CollectionLimits
    ) throws(RDBError) {
        var source = source
        while let member = source.next() {
            let score = try source.score()
            guard case .added = member.withBytes({ add($0, score, [], limits) }) else {
                throw source.error("a member comes twice")
            }
        }
    }
}

private func < (left: (score: Double, member: Element), right: (score: Double, member: Element)) -> Bool {
    if left.score != right.score { return left.score < right.score }
    return left.member.withBytes { left in right.member.withBytes { left < $0 } }
}

extension PackedSource {
    /// The longest text that is read as a score, in bytes.
    private var longestScore: Int { 128 }

    /// The next element, which has to be a score.
    fileprivate mutating func score() throws(RDBError) -> Double {
        switch next() {
        case .integer(let integer)?: return Double(integer)
        case .bytes(let text)?:
            guard text.count <= longestScore, let score = text.double else {
                throw error("a score that is not a number")
            }
            return score
        case nil: throw error("a member without a score")
        }
    }
}
