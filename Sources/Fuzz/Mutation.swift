import Primitives

extension [UInt8] {
    private static let telling: [UInt8] = [0, 1, 2, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xC3, 0xF0, 0xFE, 0xFF]

    /// Changes some bytes: flipped, replaced, cut out, cut off, doubled, or gone on with those of another input.
    mutating func mutate(_ random: inout RandomSource, splicing other: [UInt8]) {
        guard !isEmpty else { return append(UInt8(truncatingIfNeeded: random.next())) }
        let place = random.below(count)
        switch random.below(8) {
        case 0: self[place] ^= 1 << UInt8(random.below(8))
        case 1: self[place] = [UInt8].telling[random.below([UInt8].telling.count)]
        case 2: self[place] = self[place] &+ (random.isOne(of: 2) ? 1 : 0xFF)
        case 3: removeLast(Swift.min(count, random.below(8) + 1))
        case 4: removeSubrange(place..<Swift.min(count, place + random.below(8) + 1))
        case 5: insert(contentsOf: self[place..<Swift.min(count, place + 16)], at: random.below(count))
        case 6: for index in place..<Swift.min(count, place + 8) { self[index] = UInt8(random.below(2)) &* 0xFF }
        default: if !other.isEmpty { self = Array(self[..<place] + other[random.below(other.count)...]) }
        }
    }

    /// Lends these bytes in memory of their size and no more, so that a sanitizer sees who reads beyond it.
    func withExactCopy<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: self)
        return body(copy)
    }
}

extension RandomSource {
    /// A number below another.
    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() >> 1) % max(1, bound) }

    /// True once in so many times.
    mutating func isOne(of count: Int) -> Bool { below(count) == 0 }

    /// One of the values.
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
