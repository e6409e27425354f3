import Primitives

/// The keys of one hash slot.
///
///     few keys     slot ── segment of 1 to 64 buckets
///     many keys    slot ── directory of 2^d addresses ── segments, several addresses may share one
///
/// 1. A segment that is full takes the next larger number of buckets; a full one of 64 is divided in two by the next bit
///    of the position (extendible hashing, Fagin et al. 1979), so that no step moves more than 384 entries.
/// 2. A slot whose keys fit one segment again goes back to one.
/// 3. An empty slot owns no memory.
@frozen @usableFromInline
struct SlotTable {
    @usableFromInline var single: Segment
    @usableFromInline var directory: UnsafeMutablePointer<UnsafeMutablePointer<Segment>>?
    /// Keys in the slot, and how many of them expire.
    @usableFromInline var count: UInt32
    @usableFromInline var expiring: UInt32
    /// The number of leading bits that choose in the directory.
    @usableFromInline var directoryDepth: UInt32

    init() {
        single = Segment()
        directory = nil
        count = 0
        expiring = 0
        directoryDepth = 0
    }
}

extension UnsafeMutablePointer<SlotTable> {
    @inlinable @inline(__always)
    func segment(_ position: UInt32) -> UnsafeMutablePointer<Segment> {
        if let directory = pointee.directory { return directory[Int(position >> (32 &- pointee.directoryDepth))] }
        return UnsafeMutableRawPointer(self).assumingMemoryBound(to: Segment.self)
    }

    @inlinable @inline(__always)
    func find(_ key: Key) -> UnsafeMutablePointer<UInt64>? { segment(key.position).pointee.find(key) }

    /// Puts an entry that is not there.
    func insert(_ entry: Entry, _ key: Key, _ heap: inout Heap, _ hash: KeyHash) {
        var target = segment(key.position)
        while target.pointee.isFull {
            makeRoom(target, key.position, &heap, hash)
            target = segment(key.position)
        }
        target.pointee.insert(entry, position: key.position, fingerprint: key.fingerprint)
        pointee.count += 1
        if entry.hasExpiry { pointee.expiring += 1 }
    }

    /// Takes the entry at `word` out of the table; the entry itself stays.
    func remove(_ word: UnsafeMutablePointer<UInt64>, _ key: Key, _ heap: inout Heap, _ hash: KeyHash) {
        if Bucket.entry(word.pointee).hasExpiry { pointee.expiring -= 1 }
        let segment = segment(key.position)
        segment.pointee.remove(word, position: key.position)
        pointee.count -= 1
        if pointee.count == 0 { return removeTables(&heap) }
        if pointee.directory != nil, pointee.count < UInt32(Segment.room(Segment.largest) / 4) {
            collapse(&heap, hash)
        } else if segment.pointee.bucketCount > 1, Int(segment.pointee.count) * 4 < Int(segment.pointee.bucketCount) * 6
        {
            rebuild(segment, buckets: Segment.fitting(Int(segment.pointee.count) * 3 / 2 + 1), &heap, hash)
        }
    }

    /// Exchanges the entry at `word`, whose expiry may have come or gone.
    func replace(_ word: UnsafeMutablePointer<UInt64>, with entry: Entry, hadExpiry: Bool) {
        word.pointee = Bucket.word(entry)
        if entry.hasExpiry { pointee.expiring += 1 }
        if hadExpiry { pointee.expiring -= 1 }
    }

    /// Calls `body` for each segment once, with the leading bits of its positions.
    func forEachSegment(_ body: (UnsafeMutablePointer<Segment>, UInt32) -> Void) {
        guard let directory = pointee.directory else { return body(segment(0), 0) }
        var index = 0
        while index < 1 << pointee.directoryDepth {
            let segment = directory[index]
            body(segment, UInt32(index) << (32 - pointee.directoryDepth))
            index += 1 << (Int(pointee.directoryDepth) - Int(segment.pointee.depth))
        }
    }

    private func makeRoom(
        _ segment: UnsafeMutablePointer<Segment>, _ position: UInt32, _ heap: inout Heap, _ hash: KeyHash
    ) {
        let buckets = Int(segment.pointee.bucketCount)
        if buckets < Segment.largest {
            rebuild(segment, buckets: buckets == 0 ? 1 : Segment.grown(buckets), &heap, hash)
        } else {
            divide(segment, position, &heap, hash)
        }
    }

    private func allocateBuckets(_ count: Int, _ heap: inout Heap) -> UnsafeMutableRawPointer {
        let buckets = heap.allocateTable(count * Bucket.size)
        buckets.initializeMemory(as: UInt8.self, repeating: 0, count: count * Bucket.size)
        return buckets
    }

    private func rebuild(
        _ segment: UnsafeMutablePointer<Segment>, buckets: Int, _ heap: inout Heap, _ hash: KeyHash
    ) {
        let old = segment.pointee
        segment.pointee.buckets = allocateBuckets(buckets, &heap)
        segment.pointee.bucketCount = UInt16(buckets)
        segment.pointee.count = 0
        move(old, &heap, hash) { _ in segment }
    }

    /// Moves every entry of `old` to where `target` says and frees the old buckets.
    private func move(
        _ old: Segment, _ heap: inout Heap, _ hash: KeyHash, _ target: (UInt32) -> UnsafeMutablePointer<Segment>
    ) {
        guard let buckets = old.buckets else { return }
        old.forEachWord { word in
            let entry = Bucket.entry(word.pointee)
            let key = Key(entry.key, hash: hash)
            target(key.position).pointee.insert(entry, position: key.position, fingerprint: key.fingerprint)
        }
        heap.freeTable(buckets, Int(old.bucketCount) * Bucket.size)
    }

    /// Divides a full segment of the largest size by the next bit of the position.
    private func divide(
        _ segment: UnsafeMutablePointer<Segment>, _ position: UInt32, _ heap: inout Heap, _ hash: KeyHash
    ) {
        if pointee.directory == nil { makeDirectory(&heap) }
        let old = self.segment(position)
        if UInt32(old.pointee.depth) == pointee.directoryDepth { doubleDirectory(&heap) }
        let depth = old.pointee.depth + 1
        let contents = old.pointee
        let halves = (0..<2).map { _ in makeSegment(depth: depth, buckets: Segment.largest * 5 / 8, &heap) }
        let shift = pointee.directoryDepth - UInt32(depth)
        let first = Int(position >> (32 - UInt32(contents.depth))) << (Int(shift) + 1)
        let start = contents.depth == 0 ? 0 : first
        for index in 0..<2 << Int(shift) {
            pointee.directory![start + index] = halves[index >> Int(shift)]
        }
        move(contents, &heap, hash) { halves[Int($0 >> (32 - UInt32(depth)) & 1)] }
        heap.freeTable(old, MemoryLayout<Segment>.size)
    }

    private func makeSegment(depth: UInt8, buckets: Int, _ heap: inout Heap) -> UnsafeMutablePointer<Segment> {
        let segment = heap.allocateTable(MemoryLayout<Segment>.size).bindMemory(to: Segment.self, capacity: 1)
        segment.initialize(to: Segment(depth: depth))
        segment.pointee.buckets = allocateBuckets(buckets, &heap)
        segment.pointee.bucketCount = UInt16(buckets)
        return segment
    }

    private func makeDirectory(_ heap: inout Heap) {
        let segment = heap.allocateTable(MemoryLayout<Segment>.size).bindMemory(to: Segment.self, capacity: 1)
        segment.initialize(to: pointee.single)
        pointee.single = Segment()
        pointee.directory = allocateDirectory(depth: 0, &heap)
        pointee.directory![0] = segment
        pointee.directoryDepth = 0
        doubleDirectory(&heap)
    }

    private func allocateDirectory(
        depth: UInt32, _ heap: inout Heap
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Segment>> {
        heap.allocateTable(8 << Int(depth)).bindMemory(
            to: UnsafeMutablePointer<Segment>.self, capacity: 1 << Int(depth))
    }

    private func doubleDirectory(_ heap: inout Heap) {
        let old = pointee.directory!
        let larger = allocateDirectory(depth: pointee.directoryDepth + 1, &heap)
        for index in 0..<1 << Int(pointee.directoryDepth) {
            larger[index * 2] = old[index]
            larger[index * 2 + 1] = old[index]
        }
        heap.freeTable(old, 8 << Int(pointee.directoryDepth))
        pointee.directory = larger
        pointee.directoryDepth += 1
    }

    /// Puts all that is left in a directory's segments into one.
    private func collapse(_ heap: inout Heap, _ hash: KeyHash) {
        var segments: [UnsafeMutablePointer<Segment>] = []
        forEachSegment { segment, _ in segments.append(segment) }
        let directory = pointee.directory!
        heap.freeTable(directory, 8 << Int(pointee.directoryDepth))
        pointee.directory = nil
        pointee.directoryDepth = 0
        let buckets = Segment.fitting(Int(pointee.count) * 3 / 2)
        pointee.single = Segment()
        pointee.single.buckets = allocateBuckets(buckets, &heap)
        pointee.single.bucketCount = UInt16(buckets)
        for segment in segments {
            move(segment.pointee, &heap, hash) { self.segment($0) }
            heap.freeTable(segment, MemoryLayout<Segment>.size)
        }
    }

    /// Forgets all keys, whose entries have been freed, and frees the tables.
    func removeAll(_ heap: inout Heap) {
        pointee.count = 0
        pointee.expiring = 0
        removeTables(&heap)
    }

    /// Frees the buckets and the directory of a slot without keys.
    private func removeTables(_ heap: inout Heap) {
        forEachSegment { segment, _ in
            if let buckets = segment.pointee.buckets {
                heap.freeTable(buckets, Int(segment.pointee.bucketCount) * Bucket.size)
            }
        }
        if pointee.directory != nil { freeDirectory(&heap) }
        pointee.single = Segment()
    }

    private func freeDirectory(_ heap: inout Heap) {
        var segments: [UnsafeMutablePointer<Segment>] = []
        forEachSegment { segment, _ in segments.append(segment) }
        for segment in segments { heap.freeTable(segment, MemoryLayout<Segment>.size) }
        heap.freeTable(pointee.directory!, 8 << Int(pointee.directoryDepth))
        pointee.directory = nil
        pointee.directoryDepth = 0
    }
}
