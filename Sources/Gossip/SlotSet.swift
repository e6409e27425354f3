import Primitives

/// A set of hash slots.
public struct SlotSet: Equatable, Sendable {
    /// A bit for each slot: bit `slot % 64` of word `slot / 64`, which in memory is the order of the bus.
    public private(set) var words: [UInt64]
    /// How many slots there are.
    public private(set) var count = 0

    private static let none = [UInt64](repeating: 0, count: hashSlotCount / 64)

    /// No slots.
    public init() { words = SlotSet.none }

    /// The slots whose bits are set in 256 words.
    public init(words: [UInt64]) {
        precondition(words.count == hashSlotCount / 64)
        self.words = words
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// Some slots.
    @inlinable
    public init(_ slots: some Sequence<Int>) {
        self.init()
        for slot in slots { insert(slot) }
    }

    /// Whether there are none.
    public var isEmpty: Bool { count == 0 }

    /// Whether a slot is among them.
    public func contains(_ slot: Int) -> Bool { words[slot >> 6] >> UInt64(slot & 63) & 1 == 1 }

    /// Adds a slot; false where it was there.
    @discardableResult
    public mutating func insert(_ slot: Int) -> Bool {
        guard !contains(slot) else { return false }
        words[slot >> 6] |= 1 << UInt64(slot & 63)
        count += 1
        return true
    }

    /// Takes a slot away; false where it was not there.
    @discardableResult
    public mutating func remove(_ slot: Int) -> Bool {
        guard contains(slot) else { return false }
        words[slot >> 6] &= ~(1 << UInt64(slot & 63))
        count -= 1
        return true
    }

    /// Adds all slots of another set.
    public mutating func formUnion(_ other: SlotSet) { self = union(other) }

    /// The slots that are in one of both.
    public func union(_ other: SlotSet) -> SlotSet { SlotSet(words: zip(words, other.words).map { $0 | $1 }) }

    /// Takes all slots of another set away.
    public mutating func subtract(_ other: SlotSet) { self = SlotSet(words: zip(words, other.words).map { $0 & ~$1 }) }

    /// Whether there is a slot that is in both.
    public func overlaps(_ other: SlotSet) -> Bool { zip(words, other.words).contains { $0 & $1 != 0 } }

    /// Calls a function for every slot, in order.
    @inline(__always)
    public func forEach(_ body: (Int) -> Void) {
        guard count > 0 else { return }
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                body(index << 6 | word.trailingZeroBitCount)
                word &= word - 1
            }
        }
    }

    /// The slots in order.
    public var slots: [Int] { ranges.flatMap { Array($0) } }

    /// The slots in order, those that follow each other together.
    public var ranges: [ClosedRange<Int>] {
        var found: [ClosedRange<Int>] = []
        var start: Int?
        for (index, word) in words.enumerated() {
            if word == 0, start == nil { continue }
            if word == .max, start != nil { continue }
            for bit in 0..<64 {
                let slot = index << 6 | bit
                if word >> UInt64(bit) & 1 == 1 {
                    start = start ?? slot
                } else if let first = start {
                    found.append(first...slot - 1)
                    start = nil
                }
            }
        }
        if let start { found.append(start...hashSlotCount - 1) }
        return found
    }
}

extension SlotSet: CustomStringConvertible {
    /// The ranges: `0-100 200`.
    public var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ")
    }
}
