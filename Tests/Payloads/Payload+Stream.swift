// Streams.

extension Payload {
    /// An ID in the form of two lengths.
    public static func id(_ milliseconds: UInt64, _ sequence: UInt64) -> [UInt8] {
        length(milliseconds) + length(sequence)
    }

    /// An ID in 16 bytes.
    public static func rawID(_ milliseconds: UInt64, _ sequence: UInt64) -> [UInt8] {
        big(milliseconds) + big(sequence)
    }

    /// A node with two entries that have the fields of the first, one with another field, and a deleted one.
    public static func node(_ milliseconds: UInt64, _ sequence: UInt64) -> [UInt8] {
        let master: [PackedItem] = [3, 1, 2, "temperature", "place", 0]
        let first: [PackedItem] = [2, 0, 0, 21, "roof", 5]
        let second: [PackedItem] = [2, 0, 1, "warm", "cellar", 5]
        let deleted: [PackedItem] = [3, 5, 0, 22, "roof", 5]
        let other: [PackedItem] = [0, 7, .integer(-Int64(sequence)), 1, "note", -77, 6]
        return string(rawID(milliseconds, sequence)) + string(listpack(master + first + second + deleted + other))
    }

    /// A stream of two nodes with six entries, and a group with two consumers.
    /// - Parameter generation: 1 to 5, for the types 15, 19, 21, 26 and 27. The fourth knows two producers, and the last an entry
    ///   that nobody has.
    public static func stream(generation: Int) -> [UInt8] {
        var bytes = length(2) + node(1_700_000_000_000, 3) + node(1_700_000_001_000, 0)
        bytes += length(6) + id(1_700_000_001_007, 9)
        if generation > 1 { bytes += id(1_700_000_000_000, 3) + id(1_700_000_000_005, 3) + length(8) }
        let nobodys = generation > 4 ? length(0) : []
        bytes += length(2)
        bytes +=
            string("idle") + id(0, 0) + (generation > 1 ? length(UInt64.max) : []) + length(0) + length(0) + nobodys
        bytes += string("readers") + id(1_700_000_000_000, 4) + (generation > 1 ? length(2) : [])
        bytes += length(generation > 4 ? 3 : 2) + pending(1_700_000_000_000, 3) + pending(1_700_000_000_000, 4)
        if generation > 4 { bytes += pending(1_700_000_001_000, 1) }
        bytes += length(2)
        bytes += consumer("alice", generation) + length(1) + rawID(1_700_000_000_000, 4)
        bytes += consumer("bob", generation) + length(1) + rawID(1_700_000_000_000, 3)
        if generation > 4 { bytes += length(1) + rawID(1_700_000_001_000, 1) }
        return generation > 3 ? bytes + producers : bytes
    }

    /// For 100 seconds at most 50 messages; two producers with three messages, seven that ever came, two that came again.
    private static var producers: [UInt8] {
        let first =
            string("one") + length(2) + string("a") + id(1_700_000_000_000, 3) + string("b") + id(1_700_000_000_000, 4)
        let second = string("two") + length(1) + string("a") + id(1_700_000_001_000, 1)
        return length(100) + length(50) + length(2) + first + second + length(7) + length(2)
    }

    private static func pending(_ milliseconds: UInt64, _ sequence: UInt64) -> [UInt8] {
        rawID(milliseconds, sequence) + little(Int64(1_700_000_002_000)) + length(3)
    }

    private static func consumer(_ name: String, _ generation: Int) -> [UInt8] {
        string(name) + little(Int64(1_700_000_003_000)) + (generation > 2 ? little(Int64(1_700_000_002_500)) : [])
    }
}
