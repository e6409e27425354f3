extension LZF {
    /// How many places are remembered, at most.
    private static let mostPlaces = 1 << 14
    private static let mostLiterals = 32
    private static let longestMatch = 264
    private static let farthest = 8192

    /// Compresses `bytes` to `target`. Returns how many bytes that took; nil where it takes more than `capacity`.
    public static func compress(_ bytes: Bytes, to target: UnsafeMutableRawPointer, capacity: Int) -> Int? {
        // Few places for short input: all of them are cleared first.
        let places = max(256, min(mostPlaces, (bytes.count / 2).nextPowerOfTwo))
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: places) { table in
            table.initialize(repeating: 0)
            var compressor = Compressor(bytes, table.baseAddress!, places, target, capacity)
            return compressor.run()
        }
    }

    /// Input that is walked through, and output under way: literals that are not written yet go before the next match.
    private struct Compressor {
        let input: UnsafeRawPointer
        let count: Int
        /// By a hash of three bytes, where they were last.
        let table: UnsafeMutablePointer<UInt32>
        let shift: UInt32
        let output: UnsafeMutableRawPointer
        let capacity: Int
        var written = 0
        /// Where the literals that are not written yet begin.
        var literals = 0

        init(
            _ bytes: Bytes, _ table: UnsafeMutablePointer<UInt32>, _ places: Int, _ output: UnsafeMutableRawPointer,
            _ capacity: Int
        ) {
            input = bytes.base
            count = bytes.count
            self.table = table
            shift = UInt32(32 - places.trailingZeroBitCount)
            self.output = output
            self.capacity = capacity
        }

        mutating func run() -> Int? {
            var place = 0
            // Where nothing repeats, places are looked at ever more seldom.
            var misses = 32
            while place + 4 <= count {
                let start = exchange(place)
                guard start < place, place - start <= farthest, head(start) == head(place) else {
                    place += min(64, misses >> 5)
                    misses += 1
                    continue
                }
                let length = matchLength(start, place)
                guard write(literalsUpTo: place), write(length, distance: place - start) else { return nil }
                place += length
                literals = place
                misses = 32
                if place + 4 <= count { _ = exchange(place - 1) }
            }
            return write(literalsUpTo: count) ? written : nil
        }

        /// Three bytes, as a number.
        @inline(__always)
        private func head(_ place: Int) -> UInt32 {
            UInt32(littleEndian: input.loadUnaligned(fromByteOffset: place, as: UInt32.self)) & 0xFF_FFFF
        }

        /// Where three bytes like those at `place` were last, perhaps; `place` is remembered.
        @inline(__always)
        private func exchange(_ place: Int) -> Int {
            let index = Int(truncatingIfNeeded: (head(place) &* 0x9E37_79B1) >> shift)
            defer { table[index] = UInt32(truncatingIfNeeded: place) }
            return Int(table[index])
        }

        private func matchLength(_ start: Int, _ place: Int) -> Int {
            let most = min(longestMatch, count - place)
            var length = 3
            while length < most,
                input.load(fromByteOffset: start &+ length, as: UInt8.self)
                    == input.load(fromByteOffset: place &+ length, as: UInt8.self)
            {
                length &+= 1
            }
            return length
        }

        private mutating func write(literalsUpTo end: Int) -> Bool {
            let runs = (end - literals + mostLiterals - 1) / mostLiterals
            guard written + runs + end - literals <= capacity else { return false }
            while literals < end {
                let run = min(mostLiterals, end - literals)
                output.storeBytes(of: UInt8(run - 1), toByteOffset: written, as: UInt8.self)
                (output + written + 1).copyMemory(from: input + literals, byteCount: run)
                written += 1 + run
                literals += run
            }
            return true
        }

        private mutating func write(_ length: Int, distance: Int) -> Bool {
            guard written + 3 <= capacity else { return false }
            let (high, low) = (UInt8((distance - 1) >> 8), UInt8((distance - 1) & 255))
            if length < 9 {
                put(UInt8(length - 2) << 5 | high)
            } else {
                put(7 << 5 | high)
                put(UInt8(length - 9))
            }
            put(low)
            return true
        }

        private mutating func put(_ byte: UInt8) {
            output.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
            written += 1
        }
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
