import Primitives

extension HyperLogLog {
    /// Tries out registers and estimates; the reason where something is wrong.
    public static func selfTest() -> String? { testRegisters() ?? testEstimates() }

    /// Registers keep their ranks and leave their neighbours alone.
    private static func testRegisters() -> String? {
        var random = RandomSource(seed: 1)
        var value = emptyDense()
        var expected = [UInt8](repeating: 0, count: registerCount)
        for _ in 0..<4 {
            for register in 0..<registerCount {
                let rank = UInt8.random(in: 0...63, using: &random)
                expected[register] = max(expected[register], rank)
                value.withUnsafeMutableBytes { _ = raise($0, Mark(register: register, rank: rank)) }
            }
            for register in 0..<registerCount {
                let found = value.withBytes { rank($0, register) }
                if found != expected[register] {
                    return "Register \(register) should be \(expected[register]) but is \(found)"
                }
            }
        }
        return nil
    }

    private static func emptyDense() -> [UInt8] {
        var value = Array(empty[0..<headerCount]) + [UInt8](repeating: 0, count: denseCount - headerCount)
        value[4] = Representation.dense.rawValue
        return value
    }

    /// Estimates are near the truth, and the same for sparse and dense values.
    private static func testEstimates() -> String? {
        var sparse = HyperLogLogScratch(copying: empty)
        var representation = Representation.sparse
        var dense = emptyDense()
        var checkpoint = 1
        for element in 1...100_000 {
            let mark = withUnsafeBytes(of: UInt64(element).littleEndian) { Mark(of: Bytes($0)) }
            var cursor = Cursor()
            _ = sparse.raise(mark, &representation, longest: 3000, &cursor)
            dense.withUnsafeMutableBytes { _ = raise($0, mark) }
            guard element == checkpoint else { continue }
            checkpoint *= 10
            let found = dense.withBytes { estimate($0, .dense) } ?? 0
            if estimate(sparse.view, representation) != found { return "dense/sparse disagree" }
            let error = abs(Int64(found) - Int64(element))
            // Six times the standard error, and one for small numbers.
            if Double(error) > 1 + 6 * 1.04 / 128 * Double(element) {
                return "Too big error. card:\(element) abserr:\(error)"
            }
        }
        return nil
    }
}
