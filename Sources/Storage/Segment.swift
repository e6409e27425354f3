import Primitives

/// A run of 1 to 64 buckets in which keys lie in the order of their position, more or less: a key's home bucket is
/// proportional to the position, and where the home is full the key goes to the next bucket with room, around the end.
///
/// The proportional home is what makes `SCAN` simple: whatever number of buckets a segment has, a position divides the
/// keys into those that have been visited and those that have not.
@frozen @usableFromInline
struct Segment {
    @usableFromInline var buckets: UnsafeMutableRawPointer?
    @usableFromInline var count: UInt32
    @usableFromInline var bucketCount: UInt16
    /// How many leading bits of the position all keys of this segment share.
    @usableFromInline var depth: UInt8

    @inlinable static var largest: Int { 64 }

    init(depth: UInt8 = 0) {
        buckets = nil
        count = 0
        bucketCount = 0
        self.depth = depth
    }

    /// The next larger number of buckets.
    static func grown(_ count: Int) -> Int {
        count < 4 ? count + 1 : count < 16 ? count + 2 : count < 32 ? count + 4 : count + 8
    }

    /// The smallest number of buckets with room for `entries` and for a few more.
    static func fitting(_ entries: Int) -> Int {
        var buckets = 1
        while room(buckets) < entries { buckets = grown(buckets) }
        return buckets
    }

    /// How many entries may lie in a number of buckets: six in seven lanes, so that probing stays short.
    static func room(_ buckets: Int) -> Int { buckets == 1 ? Bucket.laneCount : buckets * 6 }

    var isFull: Bool { Int(count) >= Segment.room(Int(bucketCount)) || bucketCount == 0 }

    @inlinable @inline(__always)
    func home(_ position: UInt32) -> Int {
        Int((UInt64(position << UInt32(depth)) &* UInt64(bucketCount)) >> 32)
    }

    @inlinable @inline(__always)
    func bucket(_ index: Int) -> Bucket { Bucket(buckets.unsafelyUnwrapped + index &* Bucket.size) }

    @inlinable @inline(__always)
    func after(_ index: Int) -> Int { index &+ 1 == Int(bucketCount) ? 0 : index &+ 1 }

    /// Where the word of `key`'s entry lies.
    @inlinable @inline(__always)
    func find(_ key: Key) -> UnsafeMutablePointer<UInt64>? {
        guard bucketCount != 0 else { return nil }
        let pattern = UInt64(key.fingerprint) &* 0x0101_0101_0101_0101
        let first = home(key.position)
        var index = first
        while true {
            let bucket = bucket(index)
            let marks = bucket.marks
            var match = Bucket.matches(marks, pattern)
            while match != 0 {
                let word = bucket.word(Bucket.lane(match))
                if _fastPath(Bucket.entry(word.pointee).hasKey(key.bytes)) { return word }
                match &= match &- 1
            }
            if _fastPath(marks >> 56 == 0) { return nil }
            index = after(index)
            // Keys may have passed by every bucket: then the search ends where it began.
            if index == first { return nil }
        }
    }

    /// Puts an entry that is not there into a segment with room.
    mutating func insert(_ entry: Entry, position: UInt32, fingerprint: UInt8) {
        var index = home(position)
        while true {
            let bucket = bucket(index)
            let free = Bucket.matches(bucket.marks, 0)
            if free != 0 {
                bucket.put(entry, fingerprint, lane: Bucket.lane(free))
                count += 1
                return
            }
            if bucket.passed < 255 { bucket.passed += 1 }
            index = after(index)
        }
    }

    /// Takes the entry at `word` out.
    mutating func remove(_ word: UnsafeMutablePointer<UInt64>, position: UInt32) {
        let offset = UnsafeMutableRawPointer(word) - buckets!
        let target = offset / Bucket.size
        var index = home(position)
        while index != target {
            let bucket = bucket(index)
            if bucket.passed < 255 { bucket.passed -= 1 }
            index = after(index)
        }
        bucket(target).clear(lane: (offset % Bucket.size) / 8 - 1)
        count -= 1
    }

    /// Calls `body` for each entry's word, in no order.
    @inline(__always)
    func forEachWord(_ body: (UnsafeMutablePointer<UInt64>) -> Void) {
        for index in 0..<Int(bucketCount) {
            let bucket = bucket(index)
            for lane in 0..<Bucket.laneCount where bucket.isUsed(lane) { body(bucket.word(lane)) }
        }
    }

    /// Calls `body` for each entry whose home is the bucket at `home`.
    func forEach(home wanted: Int, hash: KeyHash, _ body: (Entry) -> Void) {
        var index = wanted
        while true {
            let bucket = bucket(index)
            for lane in 0..<Bucket.laneCount where bucket.isUsed(lane) {
                let entry = Bucket.entry(bucket.word(lane).pointee)
                if bucketCount == 1 || home(Key(entry.key, hash: hash).position) == wanted { body(entry) }
            }
            index = after(index)
            if bucket.passed == 0 || index == wanted { return }
        }
    }

    /// The lowest position, with all leading bits, that belongs to a bucket after the one at `home`; nil after the last.
    func boundary(after home: Int, prefix: UInt32) -> UInt64? {
        guard home + 1 < Int(bucketCount) else { return nil }
        let buckets = UInt64(bucketCount)
        let relative = ((UInt64(home + 1) << 32) + buckets - 1) / buckets
        return UInt64(prefix) + ((relative + (1 << UInt64(depth)) - 1) >> UInt64(depth))
    }
}
