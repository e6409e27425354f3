import Payloads
import Primitives
import Storage
import Structures
import Testing

@testable import Persistence

private struct Lie: Sendable, CustomStringConvertible {
    let description: String
    let type: UInt8
    let bytes: [UInt8]
    let reason: String
    var isValkey = false

    init(_ description: String, _ type: UInt8, _ bytes: [UInt8], _ reason: String, isValkey: Bool = false) {
        self.description = description
        self.type = type
        self.bytes = bytes
        self.reason = reason
        self.isValkey = isValkey
    }
}

private let huge: [UInt8] = [0x81] + [UInt8](repeating: 0xFF, count: 8)
private let twice = "comes twice"

/// A stream of one entry, up to the number of its groups.
private let streamHead: [UInt8] =
    Payload.length(1) + Payload.string(Payload.rawID(5, 1))
    + Payload.string(Payload.listpack([1, 0, 1, "f", 0, 2, 0, 0, "v", 4])) + Payload.length(1) + Payload.id(5, 1)
    + Payload.id(5, 1) + Payload.id(0, 0) + Payload.length(1)

/// A stream without groups whose producers have so many messages each.
private func streamEnd(
    _ seconds: Int, _ most: Int, _ producers: [[String: Int]], added: UInt64 = 0
) -> [UInt8] {
    var bytes = streamHead + [0] + Payload.length(seconds) + Payload.length(most) + Payload.length(producers.count)
    for case let (name, count)? in producers.map(\.first) {
        bytes += Payload.string(name) + Payload.length(count)
        for number in 0..<count { bytes += Payload.string("m\(number)") + Payload.id(5, 1) }
    }
    return bytes + Payload.length(added) + Payload.length(0)
}

private let lies: [Lie] = [
    // Counts.
    Lie("a list of 2^64 - 1", 1, huge + Payload.string("a"), "more elements than bytes"),
    Lie("a hash of as many pairs as bytes", 4, Payload.length(3) + Payload.string("a"), "more elements than bytes"),
    Lie("a quicklist of 2^64 - 1 nodes", 18, huge, "more elements than bytes"),
    Lie("a string of 2^64 - 1 bytes", 0, huge, "the end is missing"),
    Lie("a length that begins with 0x82", 0, [0x82, 0, 0, 0, 0], "no length begins like this"),
    Lie("a string where a count belongs", 1, [0xC0, 1, 1, 0x61], "a string stands where a length belongs"),
    Lie("a string of form 4", 0, [0xC4, 1, 1, 0x61], "a string of an unknown form"),
    Lie("a bomb under LZF", 0, [0xC3, 1] + huge + [0], "a compressed string of an impossible length"),
    Lie("LZF that gives less", 0, [0xC3, 2, 5, 0, 0x61], "a compressed string is damaged"),
    Lie("LZF that looks back too far", 0, [0xC3, 4, 5, 0, 0x61, 0x20, 9], "a compressed string is damaged"),
    // Nothing in it.
    Lie("a list of nothing", 1, [0], "a collection without elements"),
    Lie("a set of nothing", 2, [0], "a collection without elements"),
    Lie("a sorted set of nothing", 5, [0], "a collection without elements"),
    Lie("a hash of nothing", 4, [0], "a collection without elements"),
    Lie(
        "a quicklist of empty nodes", 18, [1, 2] + Payload.string(Payload.listpack([])), "a collection without elements"
    ),
    Lie("an intset of nothing", 11, Payload.string(Payload.intset([Int16]())), "a collection without elements"),
    Lie("a zipmap of nothing", 9, Payload.string(Payload.zipmap([])), "a collection without elements"),
    // The same again.
    Lie("a member twice", 2, [2, 1, 0x61, 1, 0x61], twice),
    Lie("an integer twice", 2, [2, 0xC0, 1, 1, 0x31], twice),
    Lie("a member with two scores", 5, [2, 1, 0x61] + Payload.double(1) + [1, 0x61] + Payload.double(2), twice),
    Lie("a packed member with two scores", 17, Payload.string(Payload.listpack(["a", 1, "a", 2])), twice),
    Lie("a field twice", 4, [2, 1, 0x61, 1, 0x62, 1, 0x61, 1, 0x62], twice),
    Lie("a packed field twice", 16, Payload.string(Payload.listpack(["a", 1, "a", 2])), twice),
    Lie("a field of a zipmap twice", 9, Payload.string(Payload.zipmap([("a", "1"), ("a", "2")])), twice),
    Lie(
        "a field that expires twice", 25, Payload.double(0) + Payload.string(Payload.listpack(["a", 1, 5, "a", 2, 0])),
        twice),
    // Scores.
    Lie("a score that is NaN", 5, [1, 1, 0x61] + Payload.double(.nan), "a score that is not a number"),
    Lie("a score that was NaN", 3, [1, 1, 0x61, 253], "a score that is not a number"),
    Lie("a score of letters", 3, [1, 1, 0x61, 3, 0x61, 0x62, 0x63], "a score that is not a number"),
    Lie("a packed score of letters", 17, Payload.string(Payload.listpack(["a", "b"])), "a score that is not a number"),
    Lie("a packed NaN", 17, Payload.string(Payload.listpack(["a", "nan"])), "a score that is not a number"),
    Lie("a member without a score", 17, Payload.string(Payload.listpack(["a"])), "an element without its partner"),
    // Packed collections.
    Lie("an intset out of order", 11, Payload.string(Payload.intset([Int16(2), 1])), "an intset out of order"),
    Lie("an intset with equals", 11, Payload.string(Payload.intset([Int16(2), 2])), "an intset out of order"),
    Lie(
        "an intset whose bytes wrap around", 11,
        Payload.string(Payload.little(UInt32(8)) + Payload.little(UInt32(1) << 29)),
        "an intset of another size than it says"),
    Lie(
        "a listpack that counts wrong", 20, Payload.string(Payload.listpack(["a"], count: 2)),
        "a listpack of more or fewer elements than it says"),
    Lie(
        "a ziplist that counts wrong", 10, Payload.string(Payload.ziplist(["a"], count: 2)),
        "a ziplist of more or fewer entries than it says"),
    Lie(
        "a node with a bad listpack", 18, [1, 2] + Payload.string(Payload.listpack(["a"]).dropLast() + [0xFE]),
        "a listpack of another size than it says"),
    Lie("a node of kind 3", 18, [1, 3] + Payload.string("a"), "a node of a list of an unknown kind"),
    // Producers and entries of nobody.
    Lie("a producer twice", 26, streamEnd(100, 50, [["a": 1], ["a": 2]]), "a producer comes twice"),
    Lie("producers without limits", 26, streamEnd(0, 0, [["a": 1]]), "producers without limits"),
    Lie("a limit beyond all", 26, streamEnd(1 << 40, 50, []), "impossible limits of a stream's producers"),
    Lie("more messages than there may be", 26, streamEnd(100, 1, [["a": 2]]), "more messages of a producer"),
    Lie("an impossible count of messages", 26, streamEnd(100, 50, [], added: .max), "an impossible number of messages"),
    Lie(
        "an entry of nobody that is not pending", 27,
        streamHead + Payload.length(1) + Payload.string("g") + Payload.id(0, 0) + [0, 0, 0, 1] + Payload.rawID(5, 1),
        "an entry without a consumer is not pending, or has one"),
    // Times.
    Lie(
        "a time of Valkey before 1970", 22, [1, 1, 0x61, 1, 0x62] + Payload.little(Int64(-2)), "an impossible time",
        isValkey: true),
    Lie("a time beyond all", 22, [1] + Payload.length(1 << 48) + [1, 0x61, 1, 0x62], "an impossible time"),
    Lie("a sum beyond all", 24, Payload.little(UInt64(1) << 48 - 2) + [1, 2, 1, 0x61, 1, 0x62], "an impossible time"),
    Lie("a packed time before 1970", 23, Payload.string(Payload.listpack(["a", "b", -1])), "an impossible time"),
]

@Suite struct HostileValueTests {
    @Test(arguments: lies) fileprivate func aLieIsRefusedWithItsReason(lie: Lie) {
        #expect(throws: RDBError.self) { try read(lie.bytes, lie.type, isValkey: lie.isValkey) }
        do {
            _ = try read(lie.bytes, lie.type, isValkey: lie.isValkey)
        } catch {
            #expect(error.reason.contains(lie.reason), "\(error)")
        }
    }

    @Test func behindAnEmptyCollectionTheReaderGoesOn() {
        let bytes = Payload.length(0) + Payload.string("next")
        bytes.withBytes { bytes in
            var reader = RDBReader(bytes)
            do throws(RDBError) {
                _ = try reader.value(.list, someLimits[0])
            } catch {
                #expect(error.isEmptyCollection)
            }
            #expect((try? reader.ownString()) == Array("next".utf8))
        }
    }

    @Test func aCountTakesNoMemoryBeforeTheElements() {
        // A megabyte claims to be a million one-byte elements, and ends after the first.
        let bytes = Payload.length(1_000_000) + Payload.string("a") + [UInt8](repeating: 0x3F, count: 1_000_000)
        for type: UInt8 in [1, 2, 4, 5, 14, 18] {
            #expect(throws: RDBError.self) { try read(bytes, type) }
        }
    }
}

// MARK: Streams

/// A stream of one node, with what a test changes.
private struct Forged {
    var items: [PackedItem] = [1, 0, 1, "f", 0, 2, 0, 0, "v", 4]
    var key = Payload.rawID(5, 1)
    var count = 1
    var lastID = Payload.id(5, 1)
    var added = Payload.length(1)
    var read = Payload.length(1)
    var pending = Payload.length(1) + Payload.rawID(5, 1) + Payload.little(Int64(9)) + Payload.length(1)
    var consumers =
        Payload.length(1) + Payload.string("c") + Payload.little(Int64(9)) + Payload.length(1) + Payload.rawID(5, 1)
    var groups = 1

    var bytes: [UInt8] {
        var bytes = Payload.length(1) + Payload.string(key) + Payload.string(Payload.listpack(items))
        bytes += Payload.length(count) + lastID + Payload.id(5, 1) + Payload.id(0, 0) + added
        let group = Payload.string("g") + Payload.id(5, 1) + read + pending + consumers
        bytes += Payload.length(groups)
        for _ in 0..<groups { bytes += group }
        return bytes
    }

    func reason() -> String? {
        do {
            _ = try PersistenceTests.read(bytes, 19)
            return nil
        } catch {
            return error.reason
        }
    }
}

@Suite struct HostileStreamTests {
    @Test func whatNobodyForgedIsRead() { #expect(Forged().reason() == nil) }

    @Test func entriesOutOfOrder() {
        var stream = Forged()
        stream.items = [2, 0, 1, "f", 0, 2, 1, 0, "v", 4, 2, 0, 0, "w", 4]
        stream.count = 2
        stream.lastID = Payload.id(6, 1)
        #expect(stream.reason() == "stream entries out of order")
        stream.items = [2, 0, 1, "f", 0, 2, 1, 0, "v", 4, 2, 1, 0, "w", 4]
        #expect(stream.reason() == "stream entries out of order")
        stream.items = [1, 0, 1, "f", 0, 2, -1, 0, "v", 4]
        #expect(stream.reason() == "a damaged entry in a stream")
    }

    @Test func countsThatDisagree() {
        var stream = Forged()
        stream.count = 2
        #expect(stream.reason() == "a stream of more or fewer entries than it says")
        stream = Forged()
        stream.items[0] = 2
        #expect(stream.reason() == "a damaged entry in a stream")
        stream.items[0] = 0
        #expect(stream.reason() == "a stream's node of more entries than it says")
        stream.items[0] = 1
        stream.items[1] = 1
        #expect(stream.reason() == "a damaged entry in a stream")
        stream.items = [1, 0, 9, "f", 0, 2, 0, 0, "v", 4]
        #expect(stream.reason() == "the end of a stream's node is missing")
        stream.items = [1, 0, .integer(.max), "f", 0, 2, 0, 0, "v", 4]
        #expect(stream.reason() == "a damaged node of a stream")
        stream.items = [1, 0, 1, "f", 0, 2, 0, 0, "v", 5]
        #expect(stream.reason() == "a stream entry of another length than it says")
        stream.items = [1, 0, 1, "f", 0, 0, 0, 0, 0, 4]
        #expect(stream.reason() == "a stream entry without fields")
    }

    @Test func aLastIDBeforeTheLastEntry() {
        var stream = Forged()
        stream.lastID = Payload.id(5, 0)
        #expect(stream.reason() == "a stream with entries after its last ID")
    }

    @Test func aKeyThatIsNoID() {
        var stream = Forged()
        stream.key = [1, 2, 3]
        #expect(stream.reason() == "a stream ID that has not 16 bytes")
    }

    @Test func pendingEntriesAndTheirConsumers() {
        var stream = Forged()
        stream.consumers = Payload.length(0)
        #expect(stream.reason() == "a pending entry that no consumer has")
        stream = Forged()
        stream.pending = Payload.length(0)
        #expect(stream.reason() == "a consumer has an entry that is not pending, or another's")
        stream = Forged()
        stream.pending = Payload.length(2) + stream.pending.dropFirst() + stream.pending.dropFirst()
        #expect(stream.reason() == "a pending entry comes twice")
        stream = Forged()
        let two = Payload.length(2) + Payload.rawID(5, 1) + Payload.rawID(5, 1)
        stream.consumers = Payload.length(1) + Payload.string("c") + Payload.little(Int64(9)) + two
        #expect(stream.reason() == "a consumer has an entry that is not pending, or another's")
        stream.consumers = Payload.length(2) + Forged().consumers.dropFirst() + Forged().consumers.dropFirst()
        #expect(stream.reason() == "a consumer comes twice")
    }

    @Test func aGroupTwice() {
        var stream = Forged()
        stream.groups = 2
        #expect(stream.reason() == "a group comes twice")
    }

    @Test func numbersThatNoStreamHas() {
        var stream = Forged()
        stream.added = Payload.length(UInt64.max)
        #expect(stream.reason() == "an impossible number of entries")
        stream = Forged()
        stream.read = Payload.length(UInt64.max - 1)
        #expect(stream.reason() == "an impossible number of entries")
        stream = Forged()
        stream.pending = Payload.length(1) + Payload.rawID(5, 1) + Payload.little(Int64(-1)) + Payload.length(1)
        #expect(stream.reason() == "an impossible time")
    }
}
