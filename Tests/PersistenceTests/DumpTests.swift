import RESP
import Testing

@testable import Persistence

/// What DUMP writes, byte by byte.
@Suite struct DumpTests {
    private let node = TestNode.withDumps()

    @Test func aKeyThatIsNotThereHasNoDump() { #expect(node.run("DUMP", "k") == .null) }

    @Test func theFooterIsAVersionAndAChecksum() {
        node.run("SET", "k", "v")
        #expect(node.dump("k") == payload([UInt8](latin: "\u{0}\u{1}v"), version: 10))
    }

    @Test(arguments: [
        ("0", "\u{C0}\u{0}"), ("127", "\u{C0}\u{7F}"), ("-128", "\u{C0}\u{80}"), ("128", "\u{C1}\u{80}\u{0}"),
        ("-32768", "\u{C1}\u{0}\u{80}"), ("32768", "\u{C2}\u{0}\u{80}\u{0}\u{0}"),
        ("2147483647", "\u{C2}\u{FF}\u{FF}\u{FF}\u{7F}"), ("2147483648", "\u{A}2147483648"),
        ("-2147483649", "\u{B}-2147483649"), ("007", "\u{3}007"), ("+7", "\u{2}+7"), ("-0", "\u{2}-0"), ("", "\u{0}"),
    ])
    func stringsThatAreIntegersAreShort(text: String, expected: String) {
        node.run("SET", "k", text)
        #expect(contents(node.dump("k")) == [0] + [UInt8](latin: expected))
        // A string that was changed in place is not kept as an integer.
        node.run("APPEND", "k", "")
        #expect(contents(node.dump("k")) == [0] + [UInt8](latin: expected))
    }

    @Test func stringsAreCompressedOnDemand() {
        node.run("SET", "k", String(repeating: "a", count: 100))
        #expect(contents(node.dump("k")).starts(with: [0, 0xC3]))
        node.run("CONFIG", "SET", "rdbcompression", "no")
        #expect(contents(node.dump("k")) == [0, 0x40, 100] + [UInt8](repeating: 97, count: 100))
    }

    @Test func twentyBytesAreNotCompressed() {
        node.run("SET", "k", String(repeating: "a", count: 20))
        #expect(contents(node.dump("k")) == [0, 20] + [UInt8](repeating: 97, count: 20))
    }

    @Test(arguments: [63, 64, 16383, 16384])
    func lengthsOfAnySize(count: Int) {
        node.run("CONFIG", "SET", "rdbcompression", "no")
        node.run("SET", "k", String(repeating: "a", count: count))
        let head: [UInt8] =
            switch count {
            case ..<64: [UInt8(count)]
            case ..<16384: [0x40 | UInt8(count >> 8), UInt8(count & 255)]
            default: [0x80, 0, 0, UInt8(count >> 8), UInt8(count & 255)]
            }
        #expect(contents(node.dump("k")) == [0] + head + [UInt8](repeating: 97, count: count))
    }

    @Test func smallCollectionsArePacked() {
        node.run("RPUSH", "list", "a", "1")
        #expect(contents(node.dump("list")) == [18, 1, 2, 12, 12, 0, 0, 0, 2, 0, 0x81, 97, 2, 1, 1, 255])
        node.run("SADD", "integers", "3", "1", "2")
        #expect(
            contents(node.dump("integers")) == [11, 14, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0])
        node.run("SADD", "set", "a")
        #expect(contents(node.dump("set")) == [2, 1, 1, 97])
        node.run("ZADD", "sorted", "1", "a")
        #expect(contents(node.dump("sorted")) == [17, 12, 12, 0, 0, 0, 2, 0, 0x81, 97, 2, 1, 1, 255])
        node.run("HSET", "hash", "f", "v")
        #expect(contents(node.dump("hash")) == [16, 13, 13, 0, 0, 0, 2, 0, 0x81, 102, 2, 0x81, 118, 2, 255])
    }

    @Test func fieldsThatExpireNeedANewerVersion() {
        node.run("HSET", "k", "f", "v")
        node.run("HPEXPIREAT", "k", "1900000000000", "FIELDS", "1", "f")
        let time = withUnsafeBytes(of: Int64(1_900_000_000_000).littleEndian) { Array($0) }
        #expect(node.dump("k") == payload([24] + time + [1, 1, 1, 102, 1, 118], version: 12))
    }

    @Test func aStreamWithAGroup() {
        node.run("XADD", "k", "1-1", "f", "v")
        let before = contents(node.dump("k"))
        #expect(before.starts(with: [19, 1, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]))
        // Length, last, first and highest deleted ID, entries ever added, groups.
        #expect(before.suffix(9) == [1, 1, 1, 1, 1, 0, 0, 1, 0])
        node.run("XGROUP", "CREATE", "k", "g", "0")
        // How many entries it has read cannot be told: -1.
        let unknown = [0x81] + [UInt8](repeating: 0xFF, count: 8)
        #expect(contents(node.dump("k")).suffix(16) == [1, 1, 103, 0, 0] + unknown + [0, 0])
    }
}
