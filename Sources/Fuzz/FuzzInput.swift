import Payloads
import Primitives

/// Bytes that are nearly a value.
struct FuzzInput {
    var type: UInt8
    var isValkey: Bool
    var bytes: [UInt8]

    /// A sample, or a value put together from random parts, as it is or changed in some places.
    static func make(_ random: inout RandomSource) -> FuzzInput {
        var input = random.isOne(of: 2) ? sample(&random) : built(&random)
        if random.isOne(of: 4) { return input }
        for _ in 0..<random.below(4) + 1 { input.mutate(&random) }
        return input
    }

    private static func sample(_ random: inout RandomSource) -> FuzzInput {
        let sample = Sample.all[random.below(Sample.all.count)]
        return FuzzInput(type: sample.type, isValkey: sample.isValkey, bytes: sample.bytes)
    }
}

// MARK: Changing bytes

extension FuzzInput {
    private mutating func mutate(_ random: inout RandomSource) {
        let other = Sample.all[random.below(Sample.all.count)]
        if random.isOne(of: 32) { type = other.type }
        bytes.mutate(&random, splicing: other.bytes)
    }
}

// MARK: Building

extension FuzzInput {
    /// A value whose frame is right and whose parts are random, some of them impossible.
    private static func built(_ random: inout RandomSource) -> FuzzInput {
        let items = self.items(&random)
        let listpack = frame(Payload.listpack(items), &random)
        let ziplist = frame(Payload.ziplist(items), &random)
        switch random.below(10) {
        case 0: return FuzzInput(type: 18, isValkey: false, bytes: [2, 2] + listpack + [2] + listpack)
        case 1: return FuzzInput(type: 14, isValkey: false, bytes: [2] + ziplist + ziplist)
        case 2: return FuzzInput(type: [10, 12, 13][random.below(3)], isValkey: false, bytes: ziplist)
        case 3: return FuzzInput(type: 11, isValkey: false, bytes: intset(&random))
        case 4: return FuzzInput(type: 25, isValkey: false, bytes: Payload.little(random.next() >> 16) + listpack)
        case 5, 6: return stream(&random)
        case 7: return strings(&random)
        default: return FuzzInput(type: [16, 17, 20, 23][random.below(4)], isValkey: false, bytes: listpack)
        }
    }

    private static func items(_ random: inout RandomSource) -> [PackedItem] {
        let most = random.isOne(of: 50) ? 700 : random.isOne(of: 4) ? 40 : 8
        return (0..<random.below(most)).map { _ in item(&random) }
    }

    private static func item(_ random: inout RandomSource) -> PackedItem {
        switch random.below(8) {
        case 0, 1, 2: .integer(Int64(random.below(100)))
        case 3: .integer(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
        case 4: .text([UInt8](repeating: 0x61, count: random.below(random.isOne(of: 20) ? 20_000 : 70)))
        case 5: .text(Array(["inf", "-inf", "nan", "-0", "1e400", "0.1", "12"][random.below(7)].utf8))
        default: .text([UInt8(0x61 + random.below(26)), UInt8(0x61 + random.below(26))])
        }
    }

    /// The bytes as a string, as they are or compressed.
    private static func frame(_ bytes: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        random.isOne(of: 4) ? Payload.compressedString(bytes) : Payload.string(bytes)
    }

    private static func intset(_ random: inout RandomSource) -> [UInt8] {
        var values = (0..<random.below(random.isOne(of: 20) ? 700 : 10)).map { _ in Int64(bitPattern: random.next()) }
        if !random.isOne(of: 4) { values.sort() }
        return switch random.below(3) {
        case 0: frame(Payload.intset(values.map { Int16(truncatingIfNeeded: $0 >> 48) }), &random)
        case 1: frame(Payload.intset(values.map { Int32(truncatingIfNeeded: $0 >> 32) }), &random)
        default: frame(Payload.intset(values), &random)
        }
    }

    /// Strings one after the other, read as any of the types that consist of such.
    private static func strings(_ random: inout RandomSource) -> FuzzInput {
        let type: UInt8 = [1, 2, 4, 22, 24, 5][random.below(6)]
        let count = random.below(random.isOne(of: 20) ? 600 : 8) + 1
        var bytes = (type == 24 ? Payload.little(random.next() >> 20) : []) + Payload.length(count)
        for _ in 0..<count {
            if type == 22 || type == 24 { bytes += Payload.length(random.next() >> UInt64(16 + random.below(48))) }
            for _ in 0..<(type == 4 || type >= 22 ? 2 : 1) { bytes += Payload.string(item(&random).description) }
            if type == 5 { bytes += Payload.little(random.next() >> UInt64(random.below(2) * 2)) }
        }
        return FuzzInput(type: type, isValkey: false, bytes: bytes)
    }

    /// A stream of which some elements of a node, and some numbers behind it, are others than they should be.
    private static func stream(_ random: inout RandomSource) -> FuzzInput {
        var items: [PackedItem] = [2, 1, 2, "temperature", "place", 0]
        items += [2, 0, 0, 21, "roof", 5] + [3, 5, 0, 22, "roof", 5] + [0, 7, 0, 1, "note", -77, 6]
        if !random.isOne(of: 8) { items[random.below(items.count)] = item(&random) }
        let id = Payload.rawID(random.next() >> UInt64(random.below(64)), random.next() >> UInt64(random.below(64)))
        let type: UInt8 = [15, 19, 21][random.below(3)]
        var bytes = Payload.length(1) + Payload.string(id) + frame(Payload.listpack(items), &random)
        bytes += Payload.length(random.isOne(of: 8) ? random.below(4) : 2)
        bytes += Payload.length(UInt64.max) + Payload.length(UInt64.max)
        if type > 15 { for _ in 0..<5 { bytes += Payload.length(random.next() >> UInt64(random.below(64))) } }
        return FuzzInput(type: type, isValkey: false, bytes: bytes + groups(type, &random))
    }

    private static func groups(_ type: UInt8, _ random: inout RandomSource) -> [UInt8] {
        let count = random.below(3)
        var bytes = Payload.length(count)
        for index in 0..<count {
            bytes += Payload.string("g\(index)") + Payload.length(random.next()) + Payload.length(0)
            if type > 15 { bytes += Payload.length(random.isOne(of: 4) ? .max : UInt64(random.below(9))) }
            let pending = random.below(3)
            bytes += Payload.length(pending)
            let ids = (0..<pending).map { Payload.rawID(UInt64($0), random.next()) }
            for id in ids { bytes += id + Payload.little(Int64(random.next() >> 2)) + Payload.length(random.next()) }
            bytes += Payload.length(1) + Payload.string("c") + Payload.little(Int64(random.next() >> 2))
            if type > 19 { bytes += Payload.little(random.isOne(of: 2) ? Int64(-1) : Int64(random.next() >> 2)) }
            bytes += Payload.length(pending) + ids.flatMap(\.self)
        }
        return bytes
    }
}
