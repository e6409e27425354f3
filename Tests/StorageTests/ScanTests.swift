import Primitives
import Testing

@testable import Storage

@Suite struct ScanTests {
    /// Keys that stay all the while must be seen, whatever comes and goes between calls.
    @Test(arguments: 1...12 as ClosedRange<UInt64>) func whatStaysIsSeen(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let keys = TestKeyspace(seed: seed)
        let tag = seed % 3 == 0 ? "" : "{t}"
        let staying = (0..<Int.random(in: 1...600, using: &random)).map { "\(tag)stay\($0)" }
        for name in staying { keys.set(name, "v") }
        var going = 0..<0
        let grows = Bool.random(using: &random)
        if !grows {
            going = 0..<5000
            for number in going { keys.set("\(tag)go\(number)", "v") }
        }
        let names = keys.scan(minimum: Int.random(in: 1...40, using: &random)) {
            for _ in 0..<Int.random(in: 0...300, using: &random) { change(keys, tag, &going, grows) }
            if going.isEmpty || going.count > 6000 { for number in going { keys.remove("\(tag)go\(number)") } }
        }
        #expect(Set(names).isSuperset(of: staying))
    }

    private func change(_ keys: TestKeyspace, _ tag: String, _ going: inout Range<Int>, _ grows: Bool) {
        if grows, going.count < 8000 {
            keys.set("\(tag)go\(going.upperBound)", "v")
            going = going.lowerBound..<going.upperBound + 1
        } else if !grows, !going.isEmpty {
            keys.remove("\(tag)go\(going.lowerBound)")
            going = going.lowerBound + 1..<going.upperBound
        }
    }

    /// Growing and shrinking in turns while one walk is under way.
    @Test(arguments: 20...22 as ClosedRange<UInt64>) func whatStaysIsSeenInATideOfOthers(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let keys = TestKeyspace(seed: seed)
        let staying = (0..<200).map { "{t}stay\($0)" }
        for name in staying { keys.set(name, "v") }
        var isHigh = false
        let names = keys.scan(minimum: 5) {
            guard Int.random(in: 0..<3, using: &random) == 0 else { return }
            for number in 0..<3000 { if isHigh { keys.remove("{t}\(number)") } else { keys.set("{t}\(number)", "v") } }
            isHigh.toggle()
        }
        #expect(Set(names).isSuperset(of: staying))
    }

    @Test func aQuietWalkShowsEachKeyOnce() {
        let keys = TestKeyspace()
        for number in 0..<3000 { keys.set("k\(number)", "v") }
        let names = keys.scan(minimum: 100)
        #expect(names.count == 3000 && Set(names).count == 3000)
    }

    @Test func anyNumberIsACursor() {
        let keys = TestKeyspace()
        for number in 0..<2000 { keys.set("{t}\(number)", "v") }
        var random = RandomSource(seed: 9)
        let special: [UInt64] = [.max, 1 << 63, 1 << 32, 16384 << 32, 16383 << 32 | 0xFFFF_FFFF]
        for raw in special {
            _ = keys.database.scan(from: ScanCursor(rawValue: raw), minimum: 10) { _ in }
        }
        for _ in 0..<200 {
            _ = keys.database.scan(from: ScanCursor(rawValue: random.next() >> 16), minimum: 10) { _ in }
        }
        #expect(keys.database.scan(from: ScanCursor(rawValue: .max), minimum: 1) { _ in } == nil)
    }

    @Test func aWalkOverNothingEndsAtOnce() {
        let keys = TestKeyspace()
        #expect(keys.database.scan(from: .start, minimum: 1) { _ in Issue.record("there is nothing") } == nil)
    }
}
