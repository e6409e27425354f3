import Primitives

#if canImport(Glibc)
    import Glibc
#endif

// The packed form of sorted sets: member, score, member, score … in the order of scores, and of bytes where those are equal.

/// A member of a packed sorted set, where it is, and its score.
struct PackedScore {
    let rank: Int
    /// Where the member begins.
    let place: UnsafeRawPointer
    let member: Element
    let score: Double
    /// Where the next member begins.
    let next: UnsafeRawPointer

    @inline(__always)
    func withMember<Result>(_ body: (ScoredMember) -> Result) -> Result {
        member.withBytes { body(ScoredMember(member: $0, score: score)) }
    }
}

extension Packed {
    /// The number of members.
    var scoredCount: Int {
        var place = UnsafeRawPointer(base)
        var count = 0
        while place < end {
            place = Listpack.next(Listpack.next(place))
            count &+= 1
        }
        return count
    }

    @inline(__always)
    private static func read(_ place: UnsafeRawPointer, rank: Int) -> PackedScore {
        let (member, scorePlace) = Listpack.read(place)
        let (score, next) = Listpack.read(scorePlace)
        return PackedScore(rank: rank, place: place, member: member, score: score.score, next: next)
    }

    /// The first member, in order, for which `isWanted` holds; else the number of members.
    @inline(__always)
    private func first(where isWanted: (PackedScore) -> Bool) -> (found: PackedScore?, count: Int) {
        var place = UnsafeRawPointer(base)
        var rank = 0
        while place < end {
            let element = Packed.read(place, rank: rank)
            if isWanted(element) { return (element, rank) }
            place = element.next
            rank &+= 1
        }
        return (nil, rank)
    }

    /// A member, or else how many members there are.
    func find(_ member: Element) -> (found: PackedScore?, count: Int) {
        let sought = SoughtElement(member)
        var place = UnsafeRawPointer(base)
        var rank = 0
        while place < end {
            let (element, scorePlace) = Listpack.read(place)
            // Scores may have to be read from their text: only that of the member is.
            if sought.matches(element) { return (Packed.read(place, rank: rank), rank) }
            place = Listpack.next(scorePlace)
            rank &+= 1
        }
        return (nil, rank)
    }

    /// The member of a rank, which there must be.
    func scored(at rank: Int) -> PackedScore {
        guard let found = first(where: { $0.rank == rank }).found else { preconditionFailure("no such rank") }
        return found
    }

    /// The ranks from the first member that is not below to the last that is not above.
    func ranks(isBelow: (PackedScore) -> Bool, isAbove: (PackedScore) -> Bool) -> Range<Int> {
        let (start, count) = first { !isBelow($0) }
        guard let start else { return count..<count }
        var place = start.place
        var rank = start.rank
        while place < end {
            let element = Packed.read(place, rank: rank)
            if isAbove(element) { break }
            place = element.next
            rank &+= 1
        }
        return start.rank..<rank
    }

    func forEachScored(in ranks: Range<Int>, _ body: (ScoredMember) -> Void) {
        var place = place(ofScored: ranks.lowerBound)
        for rank in ranks {
            let element = Packed.read(place, rank: rank)
            element.withMember(body)
            place = element.next
        }
    }

    func forEachScoredReversed(in ranks: Range<Int>, _ body: (ScoredMember) -> Void) {
        guard !ranks.isEmpty else { return }
        var place = place(ofScored: ranks.upperBound - 1)
        for rank in ranks.reversed() {
            Packed.read(place, rank: rank).withMember(body)
            if rank > ranks.lowerBound { place = Listpack.previous(Listpack.previous(place)) }
        }
    }

    /// Where the member of a rank begins; the end for the number of members.
    private func place(ofScored rank: Int) -> UnsafeRawPointer {
        var place = UnsafeRawPointer(base)
        for _ in 0..<rank { place = Listpack.next(Listpack.next(place)) }
        return place
    }

    /// Adds a member that is not there yet where it belongs.
    mutating func insert(_ member: Bytes, score: Double) {
        let element = Element(member)
        let follower = first { other in
            other.score > score || other.score == score && other.member.withBytes { member < $0 }
        }
        let offset = follower.found.map { self.offset(of: $0.place) } ?? count
        Score.withElement(score) { score in
            let size = Listpack.size(element)
            let target = replace(at: offset, 0, with: size + Listpack.size(score))
            Listpack.write(element, to: target)
            Listpack.write(score, to: target + size)
        }
    }

    /// Removes the members of a range of ranks.
    mutating func removeScored(in ranks: Range<Int>) {
        let start = place(ofScored: ranks.lowerBound)
        var stop = start
        for _ in ranks { stop = Listpack.next(Listpack.next(stop)) }
        remove(at: offset(of: start), stop - start)
    }

    /// Removes a member.
    mutating func remove(_ member: PackedScore) {
        remove(at: offset(of: member.place), member.next - member.place)
    }
}

/// Scores as elements: an integer up to 2^62, else the shortest text that reads back.
enum Score {
    static func withElement<Result>(_ score: Double, _ body: (Element) -> Result) -> Result {
        if score.magnitude <= 0x1p62, score == score.rounded(.towardZero) { return body(.integer(Int64(score))) }
        return withUnsafeTemporaryAllocation(byteCount: NumberText.longestDouble, alignment: 8) { scratch in
            let count = NumberText.write(score, to: scratch.baseAddress!)
            return body(.bytes(Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: count)))
        }
    }
}

extension Element {
    /// The score that the element is.
    @inline(__always)
    fileprivate var score: Double {
        switch self {
        case .integer(let integer): Double(integer)
        case .bytes(let text): text.double ?? 0
        }
    }
}
