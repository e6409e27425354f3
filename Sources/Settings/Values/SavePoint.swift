import Primitives

/// When a snapshot is due: so many seconds after the last one, if there have been so many changes since.
public struct SavePoint: Equatable, Sendable {
    /// Seconds since the last snapshot, from 1.
    public let seconds: Int
    /// Changes since the last snapshot, from 0.
    public let changes: Int

    /// From its parts.
    public init(seconds: Int, changes: Int) {
        self.seconds = seconds
        self.changes = changes
    }

    static let usual = [
        SavePoint(seconds: 3600, changes: 1), SavePoint(seconds: 300, changes: 100),
        SavePoint(seconds: 60, changes: 10000),
    ]
}

/// Pairs of seconds and changes. Lines of a file accumulate over each other, not over the default; `""` clears.
struct SavePointKind: DirectiveKind {
    let typeName = "save points"
    let valueRange = "pairs of seconds and changes; \"\" for none"
    let takesSeveralWords = true

    func read(_ words: [[UInt8]], over old: [SavePoint], isRepeated: Bool) throws(Refusal) -> [SavePoint] {
        if words.isEmpty || words == [[]] { return [] }
        return (isRepeated ? old : []) + (try points(words))
    }

    private func points(_ words: [[UInt8]]) throws(Refusal) -> [SavePoint] {
        let numbers = words.compactMap { $0.withBytes(\.unsignedInteger).flatMap(Int.init(exactly:)) }
        guard numbers.count == words.count, numbers.count % 2 == 0 else { throw Refusal("Invalid save parameters") }
        var points: [SavePoint] = []
        for index in stride(from: 0, to: numbers.count, by: 2) {
            guard numbers[index] >= 1 else { throw Refusal("Invalid save parameters") }
            points.append(SavePoint(seconds: numbers[index], changes: numbers[index + 1]))
        }
        return points
    }

    func text(_ value: [SavePoint]) -> [UInt8] {
        Array(value.map { "\($0.seconds) \($0.changes)" }.joined(separator: " ").utf8)
    }

    func lines(_ value: [SavePoint]) -> [[UInt8]] {
        value.isEmpty ? [Array("\"\"".utf8)] : value.map { text([$0]) }
    }
}
