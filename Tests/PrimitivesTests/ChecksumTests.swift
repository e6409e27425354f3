import Primitives
import Testing

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

    @Test func sha1OfTheStandard() {
        let digest = Bytes.with("abc") { SHA1.digest($0) }
        #expect(digest.prefix(4).elementsEqual([0xA9, 0x99, 0x3E, 0x36]))
        #expect(digest.suffix(4).elementsEqual([0x9C, 0xD0, 0xD8, 0x9D]))
    }
}
