import Primitives

/// One run of sparse registers: some that follow each other and have the same rank.
///
///     00nnnnnn            n + 1 registers of rank 0
///     01nnnnnn nnnnnnnn   the same, for longer runs; the high bits first
///     1rrrrrnn            n + 1 registers of rank r + 1
public struct HyperLogLogRun: Equatable, Sendable {
    /// The highest rank of sparse registers.
    static let highestRank: UInt8 = 32
    /// The most registers in one run of a rank above 0.
    static let longestOfRank = 4
    /// The most registers of rank 0 that one byte stands for.
    static let longestShort = 64

    /// The rank, up to 32.
    public let rank: UInt8
    /// The number of registers, from 1 to 16384.
    public let count: Int
    /// The number of bytes that it is written with.
    public let byteCount: Int

    /// The run that begins at an offset, which lies within the value; nil where it is cut off.
    @inline(__always)
    public init?(_ value: Bytes, at offset: Int) {
        let byte = value[offset]
        if byte >= 0x80 {
            self.init(rank: byte >> 2 & 31 &+ 1, count: Int(byte & 3) &+ 1, byteCount: 1)
        } else if byte < 0x40 {
            self.init(rank: 0, count: Int(byte) &+ 1, byteCount: 1)
        } else {
            guard offset &+ 1 < value.count else { return nil }
            self.init(rank: 0, count: Int(byte & 63) << 8 &+ Int(value[offset &+ 1]) &+ 1, byteCount: 2)
        }
    }

    @inline(__always)
    private init(rank: UInt8, count: Int, byteCount: Int) {
        self.rank = rank
        self.count = count
        self.byteCount = byteCount
    }
}

/// A few bytes of sparse registers, on their way to another place.
struct HyperLogLogPiece {
    /// The most bytes there may be.
    static let capacity = 24

    private var bytes: (UInt64, UInt64, UInt64) = (0, 0, 0)
    private(set) var count = 0

    subscript(index: Int) -> UInt8 {
        withUnsafeBytes(of: bytes) { $0[index] }
    }

    mutating func append(_ byte: UInt8) {
        let index = count
        withUnsafeMutableBytes(of: &bytes) { $0[index] = byte }
        count = index + 1
    }

    mutating func append(_ view: Bytes) {
        let start = count
        withUnsafeMutableBytes(of: &bytes) { target in
            UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: view.buffer)
        }
        count = start + view.count
    }

    /// Appends a run; nothing for one without registers.
    mutating func append(rank: UInt8, count: Int) {
        if count == 0 { return }
        if rank > 0 {
            append(0x80 | (rank - 1) << 2 | UInt8(count - 1))
        } else if count <= HyperLogLogRun.longestShort {
            append(UInt8(count - 1))
        } else {
            append(0x40 | UInt8((count - 1) >> 8))
            append(UInt8(truncatingIfNeeded: count - 1))
        }
    }

    /// Joins runs of the same rank that follow each other and fit into one. As in the reference, five steps are gone,
    /// each of which passes a run or joins two: values are the same to the byte.
    mutating func joinRuns() {
        var index = 0
        for _ in 0..<5 where index < count {
            let byte = self[index]
            if byte < 0x80 {
                index += byte < 0x40 ? 1 : 2
            } else if let joined = joined(at: index) {
                replaceTwo(at: index, by: joined)
            } else {
                index += 1
            }
        }
    }

    private func joined(at index: Int) -> UInt8? {
        guard index + 1 < count else { return nil }
        let (first, second) = (self[index], self[index + 1])
        // The same rank, and both are runs of one.
        guard first & 0xFC == second & 0xFC else { return nil }
        let total = first & 3 + second & 3 + 1
        return total < HyperLogLogRun.longestOfRank ? first & 0xFC | total : nil
    }

    private mutating func replaceTwo(at index: Int, by byte: UInt8) {
        withUnsafeMutableBytes(of: &bytes) { bytes in
            bytes[index] = byte
            for later in index + 1..<count - 1 { bytes[later] = bytes[later + 1] }
        }
        count -= 1
    }

    func copy(to target: UnsafeMutableRawPointer) {
        withUnsafeBytes(of: bytes) { target.copyMemory(from: $0.baseAddress!, byteCount: count) }
    }
}
