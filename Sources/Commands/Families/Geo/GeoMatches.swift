import Primitives
import Storage
import Structures

/// The places that a search has found. Members are copied, since storing the places may change the sorted set.
struct GeoMatches: ~Copyable {
    struct Match {
        let distance: Double
        let score: Double
        /// Where the member's bytes are in `members`.
        let member: Range<Int>
    }

    /// Places that are looked at in one go.
    private static let portion = 256

    private var matches: [Match] = []
    private var members: [UInt8] = []

    var count: Int { matches.count }

    /// Looks for the places of a sorted set in an area, in the order and number that the options want.
    mutating func find(in set: SortedSetValue, _ shape: GeoShape, _ options: GeoSearchOptions) {
        let limit = options.isAnyEnough ? options.count ?? .max : .max
        for cell in GeoCover(shape).cells where count < limit { find(in: set, cell, shape, limit: limit) }
        if let order = options.order { sort(order) }
        if let count = options.count, count < matches.count { matches.removeLast(matches.count - count) }
    }

    private mutating func find(in set: SortedSetValue, _ cell: Geohash, _ shape: GeoShape, limit: Int) {
        let scores = cell.scores
        var ranks = set.ranks(ScoreRange(scores.lowerBound, scores.upperBound, excludesMaximum: true))
        // In portions, so that a search that wants few places does not look at all there are.
        while count < limit, !ranks.isEmpty {
            let portion = ranks.prefix(GeoMatches.portion)
            set.forEach(in: portion) { place in
                if count < limit, let distance = shape.distance(to: GeoPoint(score: place.score)) {
                    append(place.member, place.score, distance)
                }
            }
            ranks = portion.upperBound..<ranks.upperBound
        }
    }

    private mutating func append(_ member: Bytes, _ score: Double, _ distance: Double) {
        let start = members.count
        members.append(member)
        matches.append(Match(distance: distance, score: score, member: start..<members.count))
    }

    /// Sorts by distance; equally distant places keep their order.
    private mutating func sort(_ order: GeoSearchOptions.Order) {
        switch order {
        case .nearestFirst: matches.sort { ($0.distance, $0.member.lowerBound) < ($1.distance, $1.member.lowerBound) }
        case .farthestFirst: matches.sort { ($1.distance, $0.member.lowerBound) < ($0.distance, $1.member.lowerBound) }
        }
    }

    /// Calls `body` with each place.
    borrowing func forEach(_ body: (Match, Bytes) -> Void) {
        members.withBytes { members in
            for match in matches { body(match, members[match.member]) }
        }
    }
}
