// Storage: entries, slots, databases, the one write path, the journal, expiry. Imports Structures and what lies below.
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// The memory of one database: small blocks in size classes, cut from aligned chunks, without locks and without a header
/// on each block.
///
///     region (1 MiB, from the system)
///     ├─ chunk (16 KiB, aligned) ─ header (64 B) │ block │ block │ …      all blocks of one size class
///     ├─ chunk …
///
/// 1. The chunk of a block is found by masking its address; so freeing needs no look-up.
/// 2. A chunk with a free block is in its class's list; a full one is in none; an empty one is given back.
/// 3. Blocks larger than `largestBlock` come from the C library.
/// 4. The whole heap can be thrown away at once, which makes flushing a database cheap.
@frozen
public struct Heap: ~Copyable {
    /// The largest block that is cut from a chunk, in bytes.
    @inlinable static var largestBlock: Int { 1024 }
    @inlinable static var chunkSize: Int { 16 << 10 }
    @inlinable static var chunkMask: UInt { UInt(16 << 10) - 1 }
    @usableFromInline static let regionSize = 1 << 20
    @usableFromInline static let headerSize = 64
    /// Empty chunks kept ready, so that a size that comes and goes does not cost system calls.
    static let spareChunks = 32

    /// The head of a chunk.
    @frozen @usableFromInline
    struct Chunk {
        /// Neighbours in the class's list of chunks with room.
        @usableFromInline var next: UnsafeMutablePointer<Chunk>?
        @usableFromInline var previous: UnsafeMutablePointer<Chunk>?
        /// The first freed block; each freed block begins with the address of the next.
        @usableFromInline var freed: UnsafeMutableRawPointer?
        /// Where the part lies that was never used.
        @usableFromInline var fresh: UnsafeMutableRawPointer
        /// Blocks in use, and blocks in all.
        @usableFromInline var used: UInt32
        @usableFromInline var capacity: UInt32
        @usableFromInline var blockSize: UInt32
        @usableFromInline var sizeClass: UInt32
    }

    /// For each size class the chunks with room.
    @usableFromInline let withRoom: UnsafeMutablePointer<UnsafeMutablePointer<Chunk>?>
    /// Bytes in blocks that are in use, by size class, plus those from the C library.
    public private(set) var liveBytes = 0
    /// Those of them from the C library.
    public private(set) var largeBytes = 0
    /// Bytes in use for tables.
    public private(set) var tableBytes = 0
    private var regions: [UnsafeMutableRawPointer] = []
    private var emptyChunks: [UnsafeMutableRawPointer] = []
    private var returnedChunks: [UnsafeMutableRawPointer] = []

    @inlinable static var classCount: Int { 32 + 24 }

    /// An empty heap.
    public init() {
        withRoom = .allocate(capacity: Heap.classCount)
        withRoom.initialize(repeating: nil, count: Heap.classCount)
    }

    /// Gives all chunks back. Blocks from the C library must have been freed before.
    deinit {
        withRoom.deallocate()
        for region in regions { munmap(region, Heap.regionSize) }
    }

    /// Bytes obtained from the system for chunks.
    public var reservedBytes: Int {
        regions.count * Heap.regionSize - returnedChunks.count * Heap.chunkSize
    }

    /// The class of a size: steps of 8 bytes up to 256, of 32 up to 1024.
    @inlinable @inline(__always)
    static func sizeClass(_ size: Int) -> Int {
        size <= 256 ? (size &+ 7) >> 3 &- 1 : 32 &+ (size &- 257) >> 5
    }

    /// The number of bytes that a block for `size` really has.
    @inlinable @inline(__always)
    public static func blockSize(_ size: Int) -> Int {
        if size <= 256 { return (size &+ 7) & ~7 }
        if size <= largestBlock { return (size &+ 31) & ~31 }
        return (size &+ 15) & ~15
    }

    /// A block of at least `size` bytes (not 0), aligned to 8, and to 64 where the size is a multiple of 64.
    @inlinable
    public mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard size <= Heap.largestBlock, let chunk = withRoom[Heap.sizeClass(size)] else { return allocateSlowly(size) }
        return take(from: chunk)
    }

    @inlinable @inline(__always)
    mutating func take(from chunk: UnsafeMutablePointer<Chunk>) -> UnsafeMutableRawPointer {
        let blockSize = Int(chunk.pointee.blockSize)
        let block: UnsafeMutableRawPointer
        if let freed = chunk.pointee.freed {
            block = freed
            chunk.pointee.freed = freed.load(as: UnsafeMutableRawPointer?.self)
        } else {
            block = chunk.pointee.fresh
            chunk.pointee.fresh = block + blockSize
        }
        chunk.pointee.used &+= 1
        account(blockSize)
        if chunk.pointee.used == chunk.pointee.capacity { unlink(chunk) }
        return block
    }

    @usableFromInline @inline(__always)
    mutating func account(_ bytes: Int) { liveBytes &+= bytes }

    @usableFromInline @inline(never)
    mutating func allocateSlowly(_ size: Int) -> UnsafeMutableRawPointer {
        if size > Heap.largestBlock {
            liveBytes += Heap.blockSize(size)
            largeBytes += Heap.blockSize(size)
            var block: UnsafeMutableRawPointer?
            precondition(posix_memalign(&block, size % 64 == 0 ? 64 : 16, Heap.blockSize(size)) == 0, "out of memory")
            return block!
        }
        let chunk = obtainChunk().bindMemory(to: Chunk.self, capacity: 1)
        let blockSize = Heap.blockSize(size)
        chunk.initialize(
            to: Chunk(
                next: nil, previous: nil, freed: nil, fresh: UnsafeMutableRawPointer(chunk) + Heap.headerSize, used: 0,
                capacity: UInt32((Heap.chunkSize - Heap.headerSize) / blockSize), blockSize: UInt32(blockSize),
                sizeClass: UInt32(Heap.sizeClass(size))))
        link(chunk)
        return take(from: chunk)
    }

    /// Frees a block that was allocated for `size` bytes.
    @inlinable
    public mutating func free(_ block: UnsafeMutableRawPointer, _ size: Int) {
        guard size <= Heap.largestBlock else { return freeLarge(block, size) }
        let chunk = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: block) & ~Heap.chunkMask)!
            .assumingMemoryBound(to: Chunk.self)
        block.storeBytes(of: chunk.pointee.freed, as: UnsafeMutableRawPointer?.self)
        chunk.pointee.freed = block
        account(0 &- Int(chunk.pointee.blockSize))
        if chunk.pointee.used == chunk.pointee.capacity { link(chunk) }
        chunk.pointee.used &-= 1
        if chunk.pointee.used == 0 { release(chunk) }
    }

    @usableFromInline @inline(never)
    mutating func freeLarge(_ block: UnsafeMutableRawPointer, _ size: Int) {
        liveBytes -= Heap.blockSize(size)
        largeBytes -= Heap.blockSize(size)
        Glibc.free(block)
    }

    /// As `allocate`, for what tables are made of.
    mutating func allocateTable(_ size: Int) -> UnsafeMutableRawPointer {
        tableBytes += Heap.blockSize(size)
        return allocate(size)
    }

    /// Frees what `allocateTable` has given.
    mutating func freeTable(_ block: UnsafeMutableRawPointer, _ size: Int) {
        tableBytes -= Heap.blockSize(size)
        free(block, size)
    }

    @usableFromInline
    mutating func link(_ chunk: UnsafeMutablePointer<Chunk>) {
        let sizeClass = Int(chunk.pointee.sizeClass)
        chunk.pointee.previous = nil
        chunk.pointee.next = withRoom[sizeClass]
        withRoom[sizeClass]?.pointee.previous = chunk
        withRoom[sizeClass] = chunk
    }

    @usableFromInline
    mutating func unlink(_ chunk: UnsafeMutablePointer<Chunk>) {
        if let previous = chunk.pointee.previous {
            previous.pointee.next = chunk.pointee.next
        } else {
            withRoom[Int(chunk.pointee.sizeClass)] = chunk.pointee.next
        }
        chunk.pointee.next?.pointee.previous = chunk.pointee.previous
    }

    /// Gives an empty chunk back, unless it is the last of its class with room.
    @usableFromInline @inline(never)
    mutating func release(_ chunk: UnsafeMutablePointer<Chunk>) {
        if chunk.pointee.previous == nil, chunk.pointee.next == nil { return }
        unlink(chunk)
        if emptyChunks.count < Heap.spareChunks { return emptyChunks.append(chunk) }
        madvise(chunk, Heap.chunkSize, MADV_DONTNEED)
        returnedChunks.append(chunk)
    }

    private mutating func obtainChunk() -> UnsafeMutableRawPointer {
        if let chunk = emptyChunks.popLast() { return chunk }
        if let chunk = returnedChunks.popLast() { return chunk }
        let region = mapRegion()
        regions.append(region)
        // Handed out from the front; the pages of the rest are not touched until they are needed.
        for offset in stride(from: Heap.regionSize - Heap.chunkSize, through: Heap.chunkSize, by: -Heap.chunkSize) {
            returnedChunks.append(region + offset)
        }
        return region
    }

    /// Maps a region aligned to its size: maps twice as much and gives the ends back.
    private func mapRegion() -> UnsafeMutableRawPointer {
        let mapped = mmap(nil, Heap.regionSize * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(mapped != MAP_FAILED, "out of memory")
        let start = UInt(bitPattern: mapped!)
        let aligned = (start + UInt(Heap.regionSize) - 1) & ~UInt(Heap.regionSize - 1)
        let before = Int(aligned - start)
        if before > 0 { munmap(mapped!, before) }
        let region = UnsafeMutableRawPointer(bitPattern: aligned)!
        munmap(region + Heap.regionSize, Heap.regionSize - before)
        return region
    }
}
