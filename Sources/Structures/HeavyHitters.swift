import Primitives

/// The heaviest of many keys, found in one pass and little memory (Metwally, Agrawal and El Abbadi, "Efficient computation
/// of frequent and top-k elements in data streams", 2005; weighted, with the lightest entry on top of a heap).
///
///     hash ─ places ─▶ heap: lightest first, each with key, weight and what of it may be another's
///
/// 1. A key that is not kept takes the place of the lightest and inherits its weight as `excess`: the true weight lies
///    between `weight - excess` and `weight`.
/// 2. With n places, a key that has more than an n-th of all weight is always kept.
/// 3. Keys are told apart by 64 bits of a seeded hash; of a long one only the beginning is kept.
public struct HeavyHitters {
    /// A key that is kept.
    public struct Hitter: Equatable, Sendable {
        /// The bytes of the key, at most `longestKey`.
        public let key: [UInt8]
        /// What the key has weighed at least.
        public let weight: UInt64
    }

    private struct Place {
        var hash: UInt64
        var key: [UInt8]
        var weight: UInt64
        var excess: UInt64
    }

    /// How many bytes of a key are kept.
    public static let longestKey = 1024

    private let capacity: Int
    private var heap: [Place] = []
    private var places: [UInt64: Int] = [:]

    /// - Parameter capacity: the number of keys kept, at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        heap.reserveCapacity(capacity)
        places.reserveCapacity(capacity)
    }

    /// Adds to the weight of a key, whose hash the caller has computed.
    public mutating func add(_ key: Bytes, hash: UInt64, weight: UInt64) {
        if let index = places[hash] {
            heap[index].weight += weight
            sink(index)
        } else if heap.count < capacity {
            heap.append(Place(hash: hash, key: HeavyHitters.kept(key), weight: weight, excess: 0))
            places[hash] = heap.count - 1
            rise(heap.count - 1)
        } else {
            let lightest = heap[0].weight
            replaceLightest(
                Place(hash: hash, key: HeavyHitters.kept(key), weight: lightest + weight, excess: lightest))
        }
    }

    private static func kept(_ key: Bytes) -> [UInt8] { Array(key.buffer.prefix(longestKey)) }

    /// Bytes that the places and the kept keys take; at most about `capacity` times (`longestKey` + 100).
    public var byteCount: Int {
        heap.capacity * MemoryLayout<Place>.stride + places.capacity * 2 * MemoryLayout<UInt64>.stride
            + heap.reduce(0) { $0 + $1.key.count + 32 }
    }

    private mutating func replaceLightest(_ place: Place) {
        places[heap[0].hash] = nil
        places[place.hash] = 0
        heap[0] = place
        sink(0)
    }

    /// The heaviest keys, by what they have weighed for certain, the heaviest first; those of equal weight in the order
    /// of their bytes.
    public func heaviest(_ most: Int) -> [Hitter] {
        let hitters = heap.map { Hitter(key: $0.key, weight: $0.weight - $0.excess) }
        let sorted = hitters.sorted { left, right in
            left.weight == right.weight ? left.key.lexicographicallyPrecedes(right.key) : left.weight > right.weight
        }
        return Array(sorted.prefix(most))
    }

    // MARK: The heap

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        places[heap[first].hash] = first
        places[heap[second].hash] = second
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, heap[index].weight < heap[(index - 1) / 2].weight {
            exchange(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while let lighter = lighterChild(index), heap[lighter].weight < heap[index].weight {
            exchange(index, lighter)
            index = lighter
        }
    }

    private func lighterChild(_ index: Int) -> Int? {
        let left = index * 2 + 1
        guard left < heap.count else { return nil }
        return left + 1 < heap.count && heap[left + 1].weight < heap[left].weight ? left + 1 : left
    }
}
