import Primitives

// Fields at random.

extension HashValue {
    /// Calls `body` with fields at random, each as likely as any other, every time anew. The hash must not be empty.
    public func forRandom(
        _ count: Int, _ random: inout RandomSource, _ body: (_ field: Element, _ value: Element) -> Void
    ) {
        if root != nil {
            for _ in 0..<count { withRandomPair(&random, body) }
        } else if count == 1 {
            let pair = packed.pair(at: Int.random(in: 0..<packed.pairCount, using: &random))
            body(pair.field, pair.value)
        } else {
            forRandomPacked(count, &random, body)
        }
    }

    /// One field of a large hash; tries again where the time of one has come.
    private func withRandomPair(_ random: inout RandomSource, _ body: (Element, Element) -> Void) {
        guard let root else { return }
        while true {
            let index = Int.random(in: 0..<root.pointee.count, using: &random)
            guard let pair = root.pointee.pair(at: index) else { return }
            if let expiry = pair.expiry, expiry <= horizon { continue }
            return body(pair.field, pair.value)
        }
    }

    private func forRandomPacked(_ count: Int, _ random: inout RandomSource, _ body: (Element, Element) -> Void) {
        var pairs: [PackedPair] = []
        packed.forEachPair { pairs.append($0) }
        for _ in 0..<count {
            let pair = pairs[Int.random(in: 0..<pairs.count, using: &random)]
            body(Listpack.read(pair.field).element, Listpack.read(pair.value).element)
        }
    }

    /// Calls `body` with `count` different fields at random; all where there are no more.
    public func forDistinct(
        _ count: Int, _ random: inout RandomSource, _ body: (_ field: Element, _ value: Element) -> Void
    ) {
        let total = self.count
        if count >= total { return forEach(body) }
        if root != nil, count < total / 8, horizon == .min { return forDistinctPlaces(count, total, &random, body) }
        var wanted = count
        var left = total
        forEach { field, value in
            if wanted > 0, Int.random(in: 0..<left, using: &random) < wanted {
                body(field, value)
                wanted -= 1
            }
            left -= 1
        }
    }

    /// A few fields of a large hash, by their numbers.
    private func forDistinctPlaces(
        _ count: Int, _ total: Int, _ random: inout RandomSource, _ body: (Element, Element) -> Void
    ) {
        var chosen: Set<Int> = []
        while chosen.count < count {
            let index = Int.random(in: 0..<total, using: &random)
            guard chosen.insert(index).inserted, let pair = root?.pointee.pair(at: index) else { continue }
            body(pair.field, pair.value)
        }
    }
}

extension Packed {
    fileprivate func pair(at index: Int) -> (field: Element, value: Element) {
        var place = UnsafeRawPointer(base)
        for _ in 0..<index { place = Listpack.next(Listpack.next(place)) }
        let (field, next) = Listpack.read(place)
        return (field, Listpack.read(next).element)
    }
}
