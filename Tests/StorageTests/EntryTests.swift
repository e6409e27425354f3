import Primitives
import Testing

@testable import Storage

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct EntryTests {
    static let names = [
        "", "k", "{t}k", String(repeating: "a", count: 254), String(repeating: "b", count: 255),
        String(repeating: "c", count: 300), String(repeating: "d", count: 70_000),
    ]
    static let values = [
        "", "v", "12345", "-9223372036854775808", String(repeating: "x", count: 704),
        String(repeating: "y", count: 705), String(repeating: "z", count: 200_000),
    ]

    @Test(arguments: names) func anExpiryComesAndGoesWithAnyLayout(name: String) {
        for value in EntryTests.values {
            let keys = TestKeyspace()
            keys.set(name, value)
            for time in [nil, 5, 7, nil, nil, Int64.max, 1, nil, 9] as [Int64?] {
                keys.setExpiry(name, time)
                #expect(keys.value(name) == value)
                #expect(keys.expiry(name) == time)
                #expect(keys.database.expiringCount == (time == nil ? 0 : 1))
            }
            keys.remove(name)
            #expect(keys.usedBytes == 0)
        }
    }

    @Test(arguments: names) func aValueTakesThePlaceOfAnyOther(name: String) {
        let keys = TestKeyspace()
        for first in EntryTests.values {
            for second in EntryTests.values {
                keys.set(name, first, expiry: .at(7))
                keys.set(name, second, expiry: .keep)
                #expect(keys.value(name) == second && keys.expiry(name) == 7)
                keys.set(name, first)
                #expect(keys.value(name) == first && keys.expiry(name) == nil)
            }
        }
        keys.remove(name)
        #expect(keys.usedBytes == 0)
    }

    @Test(arguments: names) func aKeyMovesWithItsValue(name: String) {
        for value in EntryTests.values {
            for target in EntryTests.names where target != name {
                let keys = TestKeyspace()
                keys.set(name, value, expiry: .at(77))
                keys.set(target, "old")
                keys.with(name) { source in
                    keys.with(target) {
                        keys.keyspace.move(source, 0, to: $0, 0, events: (.renameFrom, .renameTo))
                    }
                }
                #expect(keys.value(name) == nil && keys.value(target) == value && keys.expiry(target) == 77)
                #expect(keys.count == 1 && keys.database.expiringCount == 1)
                keys.remove(target)
                #expect(keys.usedBytes == 0)
            }
        }
    }

    @Test func aValueMovesToAnotherDatabase() {
        for value in EntryTests.values {
            let keys = TestKeyspace()
            keys.set("k", value, expiry: .at(77))
            keys.with("k") { keys.keyspace.move($0, 0, to: $0, 3, events: (.moveFrom, .moveTo)) }
            #expect(keys.count == 0 && keys.usedBytes == 0)
            #expect(keys.value("k", database: 3) == value)
            #expect(
                keys.keyspace.database(3).externalBytes
                    == (value.utf8.count > Entry.longestInline ? value.utf8.count : 0))
            keys.keyspace.flush(3, later: false)
        }
    }

    @Test(arguments: values) func aCopyIsOfItsOwn(value: String) {
        let keys = TestKeyspace()
        keys.set("k", value, expiry: .at(77))
        for _ in 0..<2 {
            keys.with("copy") { target in
                keys.keyspace.copy(keys.entry("k")!, to: target, 0, expiry: 77, event: .copyTo)
            }
        }
        keys.remove("k")
        #expect(keys.value("copy") == value && keys.expiry("copy") == 77 && keys.count == 1)
        keys.remove("copy")
        #expect(keys.usedBytes == 0)
    }

    @Test(arguments: [nil, 99] as [Int64?]) func aStringGrowsFromInlineToExternalAndOn(expiry: Int64?) {
        let keys = TestKeyspace()
        var expected: [UInt8] = Array("12".utf8)
        keys.set("k", "12")
        keys.setExpiry("k", expiry)
        for count in [3, 3, 40, 704, 705, 706, 5000, 5000, 100_000, 3 << 20, (3 << 20) + 1] {
            keys.with("k") { key in
                keys.keyspace.edit(key, count: count, 0, event: .append) { bytes in
                    #expect(Array(bytes.prefix(expected.count)) == expected)
                    #expect(bytes.dropFirst(expected.count).allSatisfy { $0 == 0 })
                    memset(bytes.baseAddress!, Int32(count & 0x7F), count)
                }
            }
            expected = [UInt8](repeating: UInt8(count & 0x7F), count: count)
            #expect(keys.entry("k").map { $0.withString { Array($0) } } == expected)
            #expect(keys.expiry("k") == expiry)
            #expect(keys.entry("k")?.isModified == true)
        }
        keys.remove("k")
        #expect(keys.usedBytes == 0)
    }

    @Test(arguments: [0, 1, 704, 705, 50_000]) func editingMakesAMissingKey(count: Int) {
        let keys = TestKeyspace()
        keys.with("k") { key in
            keys.keyspace.edit(key, count: count, 0, event: .setrange) { bytes in
                #expect(bytes.count == count && bytes.allSatisfy { $0 == 0 })
            }
        }
        #expect(keys.entry("k")?.stringCount == count)
        keys.remove("k")
        #expect(keys.usedBytes == 0)
    }

    @Test func memoryUsageSeesWhatIsOwned() {
        let keys = TestKeyspace()
        keys.set("k", "v")
        keys.set("big", String(repeating: "x", count: 100_000))
        let small = keys.database.memoryUsage(of: keys.entry("k")!)
        let large = keys.database.memoryUsage(of: keys.entry("big")!)
        #expect((16...128).contains(small))
        #expect((100_000...100_200).contains(large))
    }

    @Test func theClockKeepsTwentyFourBits() {
        let keys = TestKeyspace()
        keys.set("k", "v", expiry: .at(5))
        let entry = keys.entry("k")!
        for clock in [0, 1, 0xFF_FFFF, 0x12_3456] as [UInt32] {
            entry.clock = clock
            #expect(entry.clock == clock && keys.value("k") == "v" && entry.expiry == 5)
        }
    }
}
