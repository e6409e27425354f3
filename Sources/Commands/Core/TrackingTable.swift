import Primitives

/// The clients that may hold a copy of a key, by number, in rising order.
enum Holders: Equatable {
    case one(UInt64)
    case several([UInt64])

    var count: Int {
        switch self {
        case .one: 1
        case .several(let numbers): numbers.count
        }
    }

    /// Adds a client. Returns false if it was there.
    mutating func insert(_ client: UInt64) -> Bool {
        switch self {
        case .one(client): return false
        case .one(let other): self = .several([min(other, client), max(other, client)])
        case .several(var numbers):
            self = .several([])
            defer { self = .several(numbers) }
            let place = Holders.place(of: client, in: numbers)
            if place < numbers.count, numbers[place] == client { return false }
            numbers.insert(client, at: place)
        }
        return true
    }

    /// Those for whom `isKept` holds; nil for none.
    func filter(_ isKept: (UInt64) -> Bool) -> Holders? {
        switch self {
        case .one(let number): return isKept(number) ? self : nil
        case .several(let numbers):
            let kept = numbers.filter(isKept)
            return kept.isEmpty ? nil : kept.count == 1 ? .one(kept[0]) : .several(kept)
        }
    }

    func forEach(_ body: (UInt64) -> Void) {
        switch self {
        case .one(let number): body(number)
        case .several(let numbers): numbers.forEach(body)
        }
    }

    private static func place(of client: UInt64, in numbers: [UInt64]) -> Int {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < client { low = middle + 1 } else { high = middle }
        }
        return low
    }

    fileprivate var byteCount: Int {
        guard case .several(let numbers) = self else { return 0 }
        return 32 + 8 * numbers.capacity
    }
}

/// Which clients may hold copies of which keys, so that each can be told once when one of its keys changes.
///
///     places   – 3 – – 1 2 – –     open addressing by the key's hash: index into `keys` plus one; 0 for none
///     keys     a b c               dense, so that one can be chosen at random
///
/// 1. A key is listed as long as a client is listed for it.
/// 2. A client that has gone stays listed until its key changes or a sweep comes by; its number is not used again.
struct TrackingTable {
    struct Tracked {
        let key: [UInt8]
        fileprivate let hash: UInt64
        fileprivate(set) var holders: Holders
    }

    private var keys: [Tracked] = []
    private var places = TrackingTable.leastPlaces
    private let hash: KeyHash
    /// Pairs of a key and a client.
    private(set) var itemCount = 0
    /// Bytes of keys and of holders outside of `keys`.
    private var outerBytes = 0

    private static let leastPlaces = [UInt32](repeating: 0, count: 16)

    init(hash: KeyHash) { self.hash = hash }

    /// The number of keys.
    var count: Int { keys.count }

    /// The memory it takes, about, in bytes.
    var byteCount: Int {
        keys.capacity * MemoryLayout<Tracked>.stride + places.capacity * MemoryLayout<UInt32>.stride + outerBytes
    }

    /// Who may hold a copy of a key.
    func holders(of key: Bytes) -> Holders? {
        let place = place(of: key, hash(key))
        return places[place] == 0 ? nil : keys[Int(places[place]) - 1].holders
    }

    /// Notes that a client may hold a copy of a key.
    mutating func insert(_ key: Bytes, _ client: UInt64) {
        let hash = hash(key)
        let place = place(of: key, hash)
        guard places[place] != 0 else { return append(key, hash, client, at: place) }
        let index = Int(places[place]) - 1
        outerBytes -= keys[index].holders.byteCount
        if keys[index].holders.insert(client) { itemCount += 1 }
        outerBytes += keys[index].holders.byteCount
    }

    private mutating func append(_ key: Bytes, _ hash: UInt64, _ client: UInt64, at place: Int) {
        keys.append(Tracked(key: Array(key), hash: hash, holders: .one(client)))
        places[place] = UInt32(keys.count)
        itemCount += 1
        outerBytes += TrackingTable.keyBytes(key.count)
        if keys.count * 4 > places.count * 3 { resize(to: places.count * 2) }
    }

    /// Forgets a key. Returns who may hold a copy of it; nil for nobody.
    mutating func remove(_ key: Bytes) -> Holders? {
        let place = place(of: key, hash(key))
        return places[place] == 0 ? nil : remove(at: place).holders
    }

    /// Forgets a key that chance chooses.
    mutating func removeRandom(using random: inout RandomSource) -> Tracked? {
        if keys.isEmpty { return nil }
        let index = Int(random.next() % UInt64(keys.count))
        return remove(at: place(of: index))
    }

    /// Forgets everything.
    mutating func removeAll() { self = TrackingTable(hash: hash) }

    /// Forgets clients for whom `isKept` does not hold, of up to `most` keys below `index`, from the last one down: the last
    /// key takes the place of one that is forgotten, and it has been seen already. Returns the index below which the next
    /// call continues; after 0 all keys have been seen.
    mutating func sweep(below index: Int, most: Int, _ isKept: (UInt64) -> Bool) -> Int {
        var next = min(index, keys.count)
        let end = max(0, next - most)
        while next > end {
            next -= 1
            sweep(next, isKept)
        }
        return end
    }

    private mutating func sweep(_ index: Int, _ isKept: (UInt64) -> Bool) {
        let before = keys[index].holders
        guard let kept = before.filter(isKept) else {
            _ = remove(at: place(of: index))
            return
        }
        itemCount -= before.count - kept.count
        outerBytes -= before.byteCount - kept.byteCount
        keys[index].holders = kept
    }

    // MARK: Places

    /// The place that leads to a key, or the empty one where it would stand.
    private func place(of key: Bytes, _ hash: UInt64) -> Int {
        var place = home(hash)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if keys[index].hash == hash, keys[index].key.withBytes({ $0 == key }) { break }
            place = next(place)
        }
        return place
    }

    /// The place that leads to `keys[index]`.
    private func place(of index: Int) -> Int {
        var place = home(keys[index].hash)
        while places[place] != UInt32(index + 1) { place = next(place) }
        return place
    }

    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (places.count - 1) }

    private func next(_ place: Int) -> Int { (place + 1) & (places.count - 1) }

    private mutating func remove(at place: Int) -> Tracked {
        let index = Int(places[place]) - 1
        close(place)
        let removed = keys[index]
        let last = keys.count - 1
        if index < last {
            places[self.place(of: last)] = UInt32(index + 1)
            keys[index] = keys[last]
        }
        keys.removeLast()
        itemCount -= removed.holders.count
        outerBytes -= removed.holders.byteCount + TrackingTable.keyBytes(removed.key.count)
        if places.count > 16, keys.count * 8 < places.count { resize(to: places.count / 2) }
        return removed
    }

    /// Empties a place and moves those up that it was in the way of.
    private mutating func close(_ place: Int) {
        var hole = place
        var other = next(hole)
        let mask = places.count - 1
        while places[other] != 0 {
            let home = home(keys[Int(places[other]) - 1].hash)
            if (other - home) & mask >= (other - hole) & mask {
                places[hole] = places[other]
                hole = other
            }
            other = next(other)
        }
        places[hole] = 0
    }

    private mutating func resize(to size: Int) {
        places = [UInt32](repeating: 0, count: size)
        for index in keys.indices {
            var place = home(keys[index].hash)
            while places[place] != 0 { place = next(place) }
            places[place] = UInt32(index + 1)
        }
        if keys.capacity > keys.count * 8 { keys = keys.map { $0 } }
    }

    /// What the allocator gives for an array of so many bytes.
    private static func keyBytes(_ count: Int) -> Int { (32 + count + 8 + 15) & ~15 }
}
