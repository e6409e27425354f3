/// What the clock of an entry says where keys stand in queues.
///
///     bits  0 … 17   seconds of the last use, modulo three days
///          18 … 20   uses, at most seven, halved with each age
///          21 … 22   the age of that count, modulo four
///          23        whether the key is in the small queue
struct QueueMark: Equatable {
    static let secondsMask: UInt32 = 0x3_FFFF
    static let mostUses: UInt32 = 7

    private(set) var bits: UInt32

    init(_ clock: UInt32) { bits = clock & 0xFF_FFFF }

    init(isSmall: Bool, uses: UInt32, age: UInt32, seconds: UInt32) {
        bits = (isSmall ? 1 << 23 : 0) | (age & 3) << 21 | uses << 18 | seconds & QueueMark.secondsMask
    }

    /// Whether the key is in the small queue.
    var isSmall: Bool { bits >> 23 != 0 }

    /// Ages since the key was used last, modulo four.
    func agesPassed(_ age: UInt32) -> UInt32 { (age &- bits >> 21) & 3 }

    /// Uses, as much as they count in an age.
    func uses(_ age: UInt32) -> UInt32 { (bits >> 18 & 7) >> agesPassed(age) }

    /// After one more use.
    func used(age: UInt32, seconds: UInt32) -> QueueMark {
        QueueMark(isSmall: isSmall, uses: min(uses(age) + 1, QueueMark.mostUses), age: age, seconds: seconds)
    }

    /// In the small queue, or in the main one.
    func moved(isSmall: Bool) -> QueueMark {
        QueueMark(bits & 0x7F_FFFF | (isSmall ? 1 << 23 : 0))
    }

    /// With other uses.
    func counted(_ uses: UInt32, age: UInt32) -> QueueMark {
        QueueMark(isSmall: isSmall, uses: uses, age: age, seconds: bits)
    }
}
