/// A valid value, its type, and what is in it.
public struct Sample: Sendable, CustomStringConvertible {
    /// What the sample shows.
    public let description: String
    /// The number of the type.
    public let type: UInt8
    /// Whether type 22 has Valkey's meaning.
    public let isValkey: Bool
    /// The value, without its type.
    public let bytes: [UInt8]
    /// The contents as text, in the order in which the value gives them; of sets and hashes, sorted.
    public let contents: [String]

    init(_ description: String, _ type: UInt8, _ bytes: [UInt8], isValkey: Bool = false, _ contents: [String]) {
        self.description = description
        self.type = type
        self.bytes = bytes
        self.isValkey = isValkey
        self.contents = contents
    }
}

extension Sample {
    /// At least one of every type and every form.
    public static let all = strings + lists + sets + sortedSets + hashes + expiringHashes + streams

    private static let items: [PackedItem] = [
        "a", "", 7, 127, 128, -1, -4096, 4095, 30000, -8_000_000, 2_000_000_000, .integer(.min), .integer(.max), .long,
    ]
    private static let texts = items.map(\.description)

    static let strings: [Sample] = [
        Sample("text", 0, Payload.string("hello"), ["hello"]),
        Sample("integer of 1 byte", 0, Payload.integerString(Int8(-5)), ["-5"]),
        Sample("integer of 2 bytes", 0, Payload.integerString(Int16(3000)), ["3000"]),
        Sample("integer of 4 bytes", 0, Payload.integerString(Int32(-70000)), ["-70000"]),
        Sample(
            "compressed", 0, Payload.compressedString(Array("xyz".utf8) + [UInt8](repeating: 0x61, count: 600)),
            ["xyz" + String(repeating: "a", count: 600)]),
    ]

    static let lists: [Sample] = [
        Sample("list", 1, Payload.length(2) + Payload.string("a") + Payload.integerString(Int8(9)), ["a", "9"]),
        Sample("ziplist of a list", 10, Payload.string(Payload.ziplist(items)), texts),
        Sample(
            "quicklist", 14,
            Payload.length(3) + Payload.string(Payload.ziplist(items)) + Payload.string(Payload.ziplist([]))
                + Payload.compressedString(Payload.ziplist(["b"])), texts + ["b"]),
        Sample(
            "quicklist of 7.0", 18,
            Payload.length(3) + Payload.length(2) + Payload.string(Payload.listpack(items)) + Payload.length(1)
                + Payload.string("large") + Payload.length(2) + Payload.compressedString(Payload.listpack(["c"])),
            texts + ["large", "c"]),
    ]

    static let sets: [Sample] = [
        Sample("set", 2, Payload.length(2) + Payload.string("a") + Payload.string("b"), ["a", "b"]),
        Sample("set of integers as strings", 2, Payload.length(2) + [0xC0, 2] + [0xC0, 1], ["1", "2"]),
        Sample("intset of 2 bytes", 11, Payload.string(Payload.intset([Int16(-3), 5, 900])), ["-3", "5", "900"]),
        Sample("intset of 4 bytes", 11, Payload.string(Payload.intset([Int32(-70000), 5])), ["-70000", "5"]),
        Sample(
            "intset of 8 bytes", 11, Payload.string(Payload.intset([Int64.min, 5])), ["-9223372036854775808", "5"]),
        Sample("listpack of a set", 20, Payload.string(Payload.listpack(items)), texts.sorted()),
    ]

    static let sortedSets: [Sample] = [
        Sample(
            "sorted set with texts", 3,
            Payload.length(3) + Payload.string("b") + [3] + Array("1.5".utf8) + Payload.string("a") + [255]
                + Payload.string("c") + [254], ["a -inf", "b 1.5", "c inf"]),
        Sample(
            "sorted set", 5,
            Payload.length(2) + Payload.string("b") + Payload.double(2) + Payload.string("a") + Payload.double(0.1),
            ["a 0.1", "b 2.0"]),
        Sample(
            "ziplist of a sorted set", 12, Payload.string(Payload.ziplist(["a", 1, "b", "1.25"])), ["a 1.0", "b 1.25"]),
        Sample(
            "listpack of a sorted set", 17, Payload.string(Payload.listpack(["a", 1, "b", 1, 5, "1.25"])),
            ["a 1.0", "b 1.0", "5 1.25"]),
        Sample(
            "listpack of a sorted set out of order", 17, Payload.string(Payload.listpack(["b", 2, "c", 3, "a", 1])),
            ["a 1.0", "b 2.0", "c 3.0"]),
    ]

    static let hashes: [Sample] = [
        Sample("hash", 4, Payload.length(1) + Payload.string("f") + Payload.string("v"), ["f=v"]),
        Sample("zipmap", 9, Payload.string(Payload.zipmap([("f", "v"), ("g", "12")], unused: 3)), ["f=v", "g=12"]),
        Sample("ziplist of a hash", 13, Payload.string(Payload.ziplist(["f", 1, 2, "v"])), ["2=v", "f=1"]),
        Sample("listpack of a hash", 16, Payload.string(Payload.listpack(["f", 1, 2, "v"])), ["2=v", "f=1"]),
    ]

    static let expiringHashes: [Sample] = [
        Sample(
            "hash with times before 7.4", 22,
            Payload.length(2) + Payload.length(1_900_000_000_000) + Payload.string("f") + Payload.string("v")
                + Payload.length(0) + Payload.string("g") + Payload.string("w"), ["f=v@1900000000000", "g=w"]),
        Sample(
            "hash with times of Valkey", 22,
            Payload.length(2) + Payload.string("f") + Payload.string("v") + Payload.little(Int64(1_900_000_000_000))
                + Payload.string("g") + Payload.string("w") + Payload.little(Int64(-1)), isValkey: true,
            ["f=v@1900000000000", "g=w"]),
        Sample(
            "listpack with times before 7.4", 23,
            Payload.string(Payload.listpack(["f", "v", 1_900_000_000_000, "g", "w", 0])), ["f=v@1900000000000", "g=w"]),
        Sample(
            "hash with times", 24,
            Payload.little(UInt64(1_900_000_000_000)) + Payload.length(3) + Payload.length(1) + Payload.string("f")
                + Payload.string("v") + Payload.length(11) + Payload.string("h") + Payload.string("x")
                + Payload.length(0) + Payload.string("g") + Payload.string("w"),
            ["f=v@1900000000000", "g=w", "h=x@1900000000010"]),
        Sample(
            "listpack with times", 25,
            Payload.little(UInt64(1_900_000_000_000))
                + Payload.string(Payload.listpack(["f", "v", 1_900_000_000_000, "g", "w", 0])),
            ["f=v@1900000000000", "g=w"]),
    ]

    private static let entries = [
        "1700000000000-3 temperature=21 place=roof", "1700000000000-4 temperature=warm place=cellar",
        "1700000000007-0 note=-77", "1700000001000-0 temperature=21 place=roof",
        "1700000001000-1 temperature=warm place=cellar", "1700000001007-0 note=-77",
    ]
    private static let groups = [
        "idle 0-0", "readers 1700000000000-4", "1700000000000-3 bob 3", "1700000000000-4 alice 3",
    ]

    private static let producers = ["2 producers, 3 7 2"]

    static let streams: [Sample] = [
        Sample("stream", 15, Payload.stream(generation: 1), entries + groups),
        Sample("stream of 7.0", 19, Payload.stream(generation: 2), entries + groups),
        Sample("stream of 7.2", 21, Payload.stream(generation: 3), entries + groups),
        Sample("stream of 8.6", 26, Payload.stream(generation: 4), entries + groups + producers),
        Sample(
            "stream of 8.8", 27, Payload.stream(generation: 5),
            entries + groups + ["1700000001000-1 - 3"] + producers),
    ]
}

extension PackedItem: CustomStringConvertible {
    /// An element long enough for lengths of several bytes.
    public static let long = PackedItem.text([UInt8](repeating: 0x78, count: 300))

    /// The element as text.
    public var description: String {
        switch self {
        case .text(let text): String(decoding: text, as: UTF8.self)
        case .integer(let integer): String(integer)
        }
    }
}
