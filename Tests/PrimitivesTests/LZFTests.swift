import Primitives
import Testing

@Suite struct LZFTests {
    /// Literals, a short reference, a long one that runs into itself, one from two bytes back, literals.
    private static let packed: [UInt8] = [
        2, 0x61, 0x62, 0x63, 0x20, 2, 0xE0, 11, 0, 0x60, 1, 1, 0x78, 0x79,
    ]
    private static let whole = "abcabc" + String(repeating: "c", count: 20) + "ccccc" + "xy"

    private func decompressed(_ bytes: [UInt8], _ length: Int) -> String? {
        bytes.withBytes { LZF.decompressed($0, length: length) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func whatWasCompressedComesBack() {
        #expect(decompressed(Self.packed, Self.whole.utf8.count) == Self.whole)
        #expect(decompressed([], 0) == "")
        #expect(decompressed([1, 0x61, 0x62, 0x80, 1], 8) == "abababab")
    }

    @Test func anotherLengthIsDamage() {
        for length in 0..<200 where length != Self.whole.utf8.count {
            #expect(decompressed(Self.packed, length) == nil)
        }
    }

    @Test func whatIsCutOffAnywhereIsDamage() {
        for count in 0..<Self.packed.count {
            #expect(decompressed(Array(Self.packed[..<count]), Self.whole.utf8.count) == nil)
        }
    }

    @Test func changedBytesGiveSomethingOfThatLengthOrNothing() {
        var refused = 0
        for index in Self.packed.indices {
            for value in UInt8.min...UInt8.max {
                var bytes = Self.packed
                bytes[index] = value
                let result = bytes.withBytes { LZF.decompressed($0, length: Self.whole.utf8.count) }
                if result == nil { refused += 1 }
                #expect(result == nil || result?.count == Self.whole.utf8.count)
            }
        }
        #expect(refused > 1000)
    }

    @Test func nothingLiesBeforeTheBeginning() {
        #expect(decompressed([0x20, 0], 3) == nil)
        #expect(decompressed([0, 0x61, 0x20, 1], 4) == nil)
        #expect(decompressed([0, 0x61, 0x3F, 0xFF], 4) == nil)
    }
}
