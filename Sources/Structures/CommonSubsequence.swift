import Primitives

/// A longest common subsequence of two strings, by rows of bits (Hyyrö, "Bit-parallel LCS-length computation
/// revisited", 2004): 64 cells of the table of lengths in a few instructions, one bit of memory for each.
///
///     row i     one bit for each column j: whether L(i, j) > L(i, j - 1)
///     L(i, j)   the length for the first i bytes of `left` and the first j of `right`
///
/// The strings must stay where they are as long as this value is used.
public struct CommonSubsequence {
    /// The length of the subsequence.
    public let count: Int
    private let left: Bytes
    private let right: Bytes
    private let rows: [UInt8]
    private let rowSize: Int

    /// - Parameter keepsPath: false where only `count` is wanted.
    public init(_ left: Bytes, _ right: Bytes, keepsPath: Bool) {
        self.left = left
        self.right = right
        let rowSize = (right.count + 7) / 8
        let matches = MatchMasks(left, right)
        // A clear bit is a column where the length grows.
        var row = [UInt64](repeating: .max, count: matches.wordCount)
        var rows: [UInt8] = []
        if keepsPath { rows.reserveCapacity(rowSize * left.count) }
        for index in 0..<left.count {
            matches.advance(&row, by: left[index])
            if keepsPath { row.withUnsafeBytes { rows.append(contentsOf: $0[..<rowSize]) } }
        }
        self.rowSize = rowSize
        self.rows = rows
        // Columns after the last never match and stay set.
        count = row.reduce(0) { $0 + (~$1).nonzeroBitCount }
    }

    /// A run of bytes that both strings have.
    public struct Run: Equatable {
        /// Where it begins in the left string.
        public var left: Int
        /// Where it begins in the right string.
        public var right: Int
        /// The number of bytes.
        public var count: Int

        /// A run of `count` bytes.
        public init(left: Int, right: Int, count: Int) {
            self.left = left
            self.right = right
            self.count = count
        }
    }

    /// Calls `body` for the runs that the subsequence consists of, the last first. Among several longest it is the one
    /// that the reference finds. Only where the path was kept.
    public func forEachRun(_ body: (Run) -> Void) {
        var run = Run(left: left.count, right: right.count, count: 0)
        while run.left > 0, run.right > 0 {
            if left[run.left - 1] == right[run.right - 1] {
                run.left -= 1
                run.right -= 1
                run.count += 1
                continue
            }
            if run.count > 0 { body(run) }
            run.count = 0
            if grows(run.left, run.right) { run.left -= 1 } else { run.right -= 1 }
        }
        if run.count > 0 { body(run) }
    }

    /// The bytes of the subsequence.
    public var bytes: [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        var end = count
        forEachRun { run in
            end -= run.count
            for index in 0..<run.count { result[end + index] = left[run.left + index] }
        }
        return result
    }

    /// Whether L(i, j) > L(i, j - 1). Where the bytes at i and j differ, L(i - 1, j) is then the larger neighbour.
    private func grows(_ row: Int, _ column: Int) -> Bool {
        let bit = column - 1
        return rows[(row - 1) * rowSize + bit >> 3] >> UInt8(bit & 7) & 1 == 0
    }
}

/// For each byte that occurs in one string, the places where it occurs in another, as rows of bits.
private struct MatchMasks {
    let wordCount: Int
    private var slots = [Int16](repeating: -1, count: 256)
    private var masks: [UInt64] = []

    init(_ left: Bytes, _ right: Bytes) {
        wordCount = (right.count + 63) / 64
        var used: Int16 = 0
        for byte in left.buffer where slots[Int(byte)] < 0 {
            slots[Int(byte)] = used
            used += 1
        }
        masks = [UInt64](repeating: 0, count: Int(used) * wordCount)
        for (index, byte) in right.buffer.enumerated() where slots[Int(byte)] >= 0 {
            masks[Int(slots[Int(byte)]) * wordCount + index >> 6] |= 1 << UInt64(index & 63)
        }
    }

    /// Makes the next row out of a row, for a byte that has a slot.
    func advance(_ row: inout [UInt64], by byte: UInt8) {
        let first = Int(slots[Int(byte)]) * wordCount
        var carry: UInt64 = 0
        for word in 0..<wordCount {
            let old = row[word]
            let match = masks[first + word]
            let (sum, overflowed) = old.addingReportingOverflow(old & match)
            let (total, carried) = sum.addingReportingOverflow(carry)
            carry = overflowed || carried ? 1 : 0
            row[word] = total | old & ~match
        }
    }
}
