import Testing

@testable import Primitives

@Suite struct ChecksumTests {
    @Test func crc16OfTheSpecification() {
        #expect(Bytes.with("123456789") { CRC16.checksum($0) } == 0x31C3)
    }

    @Test(arguments: [("foo", 12182), ("{foo}bar", 12182), ("x{foo}{bar}", 12182), ("123456789", 12739), ("", 0)])
    func slots(key: String, slot: Int) {
        #expect(Bytes.with(key) { hashSlot(of: $0) } == slot)
    }

    @Test(arguments: ["a{}b", "{", "}{", "{unclosed"])
    func withoutATagTheWholeKeyCounts(key: String) {
        let whole = Bytes.with(key) { Int(CRC16.checksum($0) & 0x3FFF) }
        #expect(Bytes.with(key) { hashSlot(of: $0) } == whole)
    }

    @Test func crc64OfTheSpecification() {
        #expect(Bytes.with("123456789") { CRC64.checksum($0) } == 0xE9C6_D914_C4B8_D9CA)
    }

    @Test func crc64IsTheSameInPiecesAndByTables() {
        var random = RandomSource(seed: 64)
        let bytes = (0..<3000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        bytes.withBytes { bytes in
            for count in Array(0..<300) + [1023, 1024, 3000] {
                let whole = CRC64.byTables(bytes[0..<count], from: 7)
                #expect(CRC64.checksum(bytes[0..<count], from: 7) == whole)
                let cut = count / 3
                let first = CRC64.checksum(bytes[0..<cut], from: 7)
                #expect(CRC64.checksum(bytes[cut..<count], from: first) == whole)
            }
        }
    }

    @Test func sha1OfTheStandard() {
        let digest = Bytes.with("abc") { SHA1.digest($0) }
        #expect(digest.prefix(4).elementsEqual([0xA9, 0x99, 0x3E, 0x36]))
        #expect(digest.suffix(4).elementsEqual([0x9C, 0xD0, 0xD8, 0x9D]))
    }
}
