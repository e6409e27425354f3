import Primitives

/// Which keys somebody waits for, roughly: a count for each of a few thousand parts of the range of hashes, so that
/// writes to other keys are seldom told of.
public struct AwaitedKeys {
    private static let partCount = 4096
    private var counts: [UInt32] = []
    private var total = 0

    /// Whether nobody waits for any key.
    public var isEmpty: Bool { total == 0 }

    /// Adds a key that somebody waits for, in whatever database.
    mutating func insert(_ key: Key) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: AwaitedKeys.partCount) }
        counts[AwaitedKeys.part(key)] += 1
        total += 1
    }

    /// Takes a key away that was added before.
    mutating func remove(_ key: Key) {
        counts[AwaitedKeys.part(key)] -= 1
        total -= 1
    }

    /// Whether somebody may wait for a key; false is certain.
    func mayContain(_ key: Key) -> Bool { total > 0 && counts[AwaitedKeys.part(key)] > 0 }

    private static func part(_ key: Key) -> Int { Int(truncatingIfNeeded: key.hash) & (partCount - 1) }
}
