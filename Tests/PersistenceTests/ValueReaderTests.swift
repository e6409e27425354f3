import Payloads
import Primitives
import Storage
import Structures
import Testing

@testable import Persistence

/// Limits under which small collections are packed, and such under which all are large.
let someLimits = [CollectionLimits(hash: KeyHash(seed: 1)), largeLimits]

private var largeLimits: CollectionLimits {
    var limits = CollectionLimits(hash: KeyHash(seed: 1))
    limits.listMaxListpackSize = 1
    limits.hashMaxListpackEntries = 0
    limits.setMaxIntsetEntries = 0
    limits.setMaxListpackEntries = 0
    limits.zsetMaxListpackEntries = 0
    limits.streamNodeMaxEntries = 1
    return limits
}

/// What bytes hold: contents as text, what is left behind them.
func read(
    _ bytes: [UInt8], _ type: UInt8, isValkey: Bool = false, _ limits: CollectionLimits = someLimits[0]
) throws(RDBError) -> (contents: [String], encoding: String, rest: Int) {
    let outcome: Result<(contents: [String], encoding: String, rest: Int), RDBError> = bytes.withBytes { bytes in
        var reader = RDBReader(bytes)
        do throws(RDBError) {
            let value = try reader.value(RDBType(rawValue: type)!, limits, isValkey: isValkey)
            defer { value.free() }
            let contents = value.contents
            if value.encodingName != "raw", value.encodingName != "stream" { #expect(value.count == contents.count) }
            return .success((contents, value.encodingName, reader.remaining))
        } catch {
            return .failure(error)
        }
    }
    return try outcome.get()
}

@Suite struct ValueReaderTests {
    @Test(arguments: Sample.all) func everyTypeGivesWhatIsInIt(sample: Sample) throws {
        for limits in someLimits {
            let (contents, _, rest) = try read(sample.bytes, sample.type, isValkey: sample.isValkey, limits)
            #expect(contents == sample.contents)
            #expect(rest == 0)
        }
    }

    @Test func thereIsASampleOfEveryType() {
        #expect(Set(Sample.all.map(\.type)) == Set(RDBType.allCases.map(\.rawValue)))
    }

    @Test(arguments: Sample.all) func whatIsCutOffAnywhereIsRefused(sample: Sample) {
        for count in 0..<sample.bytes.count {
            #expect(throws: RDBError.self) {
                try read(Array(sample.bytes[..<count]), sample.type, isValkey: sample.isValkey)
            }
        }
    }

    @Test(arguments: Sample.all) func aChangedByteGivesAValueOrAnError(sample: Sample) {
        var refused = 0
        for index in sample.bytes.indices {
            for mask: UInt8 in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                var bytes = sample.bytes
                bytes[index] ^= mask
                do { _ = try read(bytes, sample.type, isValkey: sample.isValkey) } catch { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    /// A payload is read as each of the other types too.
    @Test func aValueOfAnotherTypeIsRefusedOrRead() {
        var refused = 0
        for sample in Sample.all {
            for type in RDBType.allCases where type.rawValue != sample.type {
                do { _ = try read(sample.bytes, type.rawValue) } catch { refused += 1 }
            }
        }
        #expect(refused > 100)
    }

    @Test(arguments: [
        (UInt8(1), "listpack", "quicklist"), (2, "listpack", "hashtable"), (11, "intset", "hashtable"),
        (17, "listpack", "skiplist"), (16, "listpack", "hashtable"),
    ]) func theFormIsThatOfCommands(type: UInt8, packed: String, large: String) throws {
        let sample = try #require(Sample.all.first { $0.type == type })
        #expect(try read(sample.bytes, type, someLimits[0]).encoding == packed)
        #expect(try read(sample.bytes, type, someLimits[1]).encoding == large)
    }

    @Test func aLongMemberMakesACollectionLarge() throws {
        let long = PackedItem.text([UInt8](repeating: 0x61, count: 65))
        #expect(try read(Payload.string(Payload.listpack([long])), 20).encoding == "hashtable")
        #expect(try read(Payload.string(Payload.listpack(["f", long])), 16).encoding == "hashtable")
        #expect(try read(Payload.string(Payload.listpack([long, 1])), 17).encoding == "skiplist")
    }

    /// The greatest listpack lengths of one, two and three bytes, around which the reference has a quirk.
    @Test(arguments: [120, 125, 126, 127, 16_377, 16_378, 16_379, 2_097_145, 2_097_146, 2_097_147])
    func lengthsBehindElements(count: Int) throws {
        let text = PackedItem.text([UInt8](repeating: 0x61, count: count))
        let bytes = Payload.length(1) + Payload.length(2) + Payload.string(Payload.listpack(["a", text, "b"]))
        #expect(try read(bytes, 18).contents == ["a", text.description, "b"])
    }

    @Test func aTextThatIsAnIntegerIsOne() throws {
        // Both elements are the same member, one as an integer and one as a text.
        let bytes = Payload.string(Payload.listpack([12, "12"]))
        #expect(throws: RDBError(offset: 0, "a member comes twice")) { try read(bytes, 20) }
    }
}
