import Primitives
import Testing

@testable import Persistence

/// Strings that are compressed after they were written, where they stand.
@Suite struct StringPackerTests {
    private func random(_ count: Int, _ source: inout RandomSource) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &source) }
    }

    private func repeating(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 / 3 % 7) } }

    /// Writes strings, some numbers between them, and packs them if that is to be done later.
    private func written(
        _ strings: [[UInt8]], _ compression: StringCompression, _ packer: inout StringPacker
    ) -> [UInt8] {
        var writer = RDBWriter(compression)
        for (index, string) in strings.enumerated() {
            if index % 3 == 0 { writer.length(index * 1000) }
            string.withBytes { writer.string($0) }
        }
        if compression == .later { writer.packStrings(&packer) }
        return Array(writer.bytes.buffer)
    }

    private func strings(_ bytes: [UInt8], count: Int) throws -> [[UInt8]] {
        try bytes.withBytes { bytes in
            var reader = RDBReader(bytes)
            var strings: [[UInt8]] = []
            for index in 0..<count {
                if index % 3 == 0 { _ = try reader.number() }
                strings.append(try reader.ownString())
            }
            #expect(reader.position == bytes.count)
            return strings
        }
    }

    @Test(arguments: 1...20) func whatIsPackedLaterIsAsWhatIsPackedNow(seed: UInt64) throws {
        var source = RandomSource(seed: seed)
        var packer = StringPacker()
        let sizes = [0, 5, 20, 21, 63, 64, 300, 16_383, 16_384, 40_000]
        let all = (0..<60).map { index in
            let size = sizes[Int.random(in: 0..<sizes.count, using: &source)]
            return index % 2 == 0 ? repeating(size) : random(min(size, 300), &source)
        }
        let later = written(all, .later, &packer)
        #expect(later == written(all, .now, &packer))
        #expect(try strings(later, count: all.count) == all)
    }

    /// What is a few bytes shorter at best, by two lengths that are longer, does not become longer than it was.
    @Test func nothingBecomesLonger() throws {
        var source = RandomSource(seed: 3)
        for size in [21, 63, 64, 200, 16_383, 16_384, 16_390] {
            for match in 3..<24 where match < size / 2 {
                var packer = StringPacker()
                let bytes = random(size - match, &source)
                let string = bytes + bytes[0..<match]
                let later = written([string, string], .later, &packer)
                #expect(later.count <= written([string, string], .none, &packer).count)
                #expect(try strings(later, count: 2) == [string, string])
            }
        }
    }

    @Test func stringsThatCannotBeCompressedAreSeldomTried() throws {
        var source = RandomSource(seed: 5)
        var packer = StringPacker()
        let vain = (0..<100).map { _ in random(1000, &source) }
        _ = written(vain, .later, &packer)
        // The first of these that is tried has all that follow tried again.
        let all = Array(repeating: repeating(1000), count: 40)
        let bytes = written(all, .later, &packer)
        #expect(try strings(bytes, count: 40) == all)
        #expect(bytes.count < 16 * 1010 + 25 * 100)
        #expect(bytes.count > 1000)
        // Long ones are tried in any case.
        _ = written(vain, .later, &packer)
        #expect(written([repeating(20_000)], .later, &packer).count < 2000)
    }
}
