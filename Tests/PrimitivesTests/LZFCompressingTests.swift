import Primitives
import Testing

@Suite struct LZFCompressingTests {
    /// What a text becomes; nil where it would not be shorter.
    private func compressed(_ bytes: [UInt8], capacity: Int? = nil) -> [UInt8]? {
        let capacity = capacity ?? bytes.count
        // A guard behind the room: whoever writes there is found out.
        var target = [UInt8](repeating: 0xA5, count: capacity + 8)
        let size = target.withUnsafeMutableBytes { room in
            bytes.withBytes { LZF.compress($0, to: room.baseAddress!, capacity: capacity) }
        }
        #expect(target.suffix(8).allSatisfy { $0 == 0xA5 })
        return size.map { Array(target.prefix($0)) }
    }

    private func expectRoundTrip(_ bytes: [UInt8]) {
        guard let packed = compressed(bytes, capacity: bytes.count + bytes.count / 16 + 16) else {
            return #expect(Bool(false), "no room for \(bytes.count) bytes")
        }
        #expect(packed.withBytes { LZF.decompressed($0, length: bytes.count) } == bytes)
    }

    @Test func aRunBecomesShort() throws {
        let packed = try #require(compressed([UInt8](repeating: 7, count: 10_000)))
        #expect(packed.count < 150)
    }

    @Test func textThatRepeatsBecomesShorter() throws {
        let text = Array(String(repeating: "the quick brown fox jumps over the lazy dog. ", count: 40).utf8)
        let packed = try #require(compressed(text))
        #expect(packed.count < text.count / 10)
        #expect(packed.withBytes { LZF.decompressed($0, length: text.count) } == text)
    }

    @Test func whatDoesNotRepeatDoesNotFit() {
        var random = RandomSource(seed: 1)
        let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(compressed(noise, capacity: 4092) == nil)
        expectRoundTrip(noise)
    }

    @Test func allLengthsUpToAFewHundred() {
        for count in 0...300 {
            expectRoundTrip([UInt8](repeating: 1, count: count))
            expectRoundTrip((0..<count).map { UInt8(truncatingIfNeeded: $0) })
            expectRoundTrip((0..<count).map { UInt8($0 % 3) })
            expectRoundTrip((0..<count).map { UInt8($0 % 37) })
        }
    }

    @Test func wordsOfSmallAlphabets() {
        var random = RandomSource(seed: 3)
        for letters in [2, 3, 4, 8, 26, 200] {
            for count in [21, 64, 255, 256, 257, 1000, 8191, 8192, 8193, 20_000, 100_000] {
                expectRoundTrip((0..<count).map { _ in UInt8(Int.random(in: 0..<letters, using: &random)) })
            }
        }
    }

    @Test func whatRepeatsFromAfar() {
        var random = RandomSource(seed: 4)
        let noise = (0..<9000).map { _ in UInt8.random(in: 0...255, using: &random) }
        for distance in [8190, 8191, 8192, 8193, 8194, 9000] {
            expectRoundTrip(Array(noise.prefix(distance)) + noise.prefix(300))
        }
    }

    @Test func everyCapacityIsKept() {
        let text = Array("abcabcabcabd, abcabcabcabd; xyz xyz xyz 0123456789 0123456789".utf8)
        let shortest = compressed(text, capacity: text.count)!.count
        for capacity in 0...text.count {
            #expect((compressed(text, capacity: capacity) != nil) == (capacity >= shortest), "\(capacity)")
        }
    }
}
