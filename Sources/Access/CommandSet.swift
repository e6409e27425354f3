/// A set of commands, a bit for each index.
struct CommandSet: Equatable, Sendable {
    private var words: [UInt64]
    private let count: Int

    init(count: Int) {
        self.count = count
        words = Array(repeating: 0, count: (count + 63) / 64)
    }

    /// Whether a command is in the set.
    subscript(index: Int) -> Bool {
        get { words[index >> 6] & 1 << UInt64(index & 63) != 0 }
        set {
            if newValue {
                words[index >> 6] |= 1 << UInt64(index & 63)
            } else {
                words[index >> 6] &= ~(1 << UInt64(index & 63))
            }
        }
    }

    /// Puts all commands in, or takes all out.
    mutating func setAll(_ isMember: Bool) {
        for index in 0..<count { self[index] = isMember }
    }

    /// Whether every command is in the set.
    var isFull: Bool { (0..<count).allSatisfy { self[$0] } }
}
