import Primitives
import Structures
import Testing

@Suite struct CommonSubsequenceTests {
    @Test func findsWhatTheTableOfLengthsFinds() {
        var random = RandomSource(seed: 6)
        for _ in 0..<300 {
            let left = text(&random)
            let right = text(&random)
            let expected = Table(left, right)
            left.withBytes { left in
                right.withBytes { right in
                    let found = CommonSubsequence(left, right, keepsPath: true)
                    #expect(found.count == expected.count)
                    #expect(CommonSubsequence(left, right, keepsPath: false).count == expected.count)
                    #expect(runs(found) == expected.runs)
                    #expect(
                        found.bytes == expected.runs.reversed().flatMap { Array(left[$0.left..<$0.left + $0.count]) })
                }
            }
        }
    }

    private func text(_ random: inout RandomSource) -> [UInt8] {
        let letters = UInt8.random(in: 1...6, using: &random)
        let count = Int.random(in: 0...200, using: &random)
        return (0..<count).map { _ in UInt8.random(in: 97..<97 + letters, using: &random) }
    }

    private func runs(_ found: CommonSubsequence) -> [CommonSubsequence.Run] {
        var runs: [CommonSubsequence.Run] = []
        found.forEachRun { runs.append($0) }
        return runs
    }
}

/// The textbook's table, walked back as the reference does.
private struct Table {
    let count: Int
    let runs: [CommonSubsequence.Run]

    init(_ left: [UInt8], _ right: [UInt8]) {
        var lengths = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for (i, byte) in left.enumerated() {
            for (j, other) in right.enumerated() {
                lengths[i + 1][j + 1] = byte == other ? lengths[i][j] + 1 : max(lengths[i][j + 1], lengths[i + 1][j])
            }
        }
        count = lengths[left.count][right.count]
        var runs: [CommonSubsequence.Run] = []
        var (i, j, isRunning) = (left.count, right.count, false)
        while i > 0, j > 0 {
            let isMatch = left[i - 1] == right[j - 1]
            if isMatch {
                if !isRunning { runs.append(CommonSubsequence.Run(left: i, right: j, count: 0)) }
                runs[runs.count - 1].left -= 1
                runs[runs.count - 1].right -= 1
                runs[runs.count - 1].count += 1
                (i, j) = (i - 1, j - 1)
            } else if lengths[i - 1][j] > lengths[i][j - 1] {
                i -= 1
            } else {
                j -= 1
            }
            isRunning = isMatch
        }
        self.runs = runs
    }
}
