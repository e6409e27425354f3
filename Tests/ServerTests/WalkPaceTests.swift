import Testing

@testable import Server

@Suite struct WalkPaceTests {
    @Test func anIdleNodeGivesAllItsTimeInShortSlices() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 10_000_000, servedClients: false) == 10_500_000)
        pace.note(from: 10_000_000, to: 10_500_000)
        #expect(pace.end(now: 10_500_000, servedClients: false) == 11_000_000)
    }

    @Test func aBusyNodeGivesAnEighthOfItsTime() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        var (now, walked): (UInt64, UInt64) = (0, 0)
        for _ in 0..<1000 {
            now += 300_000
            guard let end = pace.end(now: now, servedClients: true) else { continue }
            #expect(end - now <= 500_000)
            pace.note(from: now, to: end)
            walked += end - now
            now = end
        }
        #expect(walked > now / 9)
        #expect(walked <= now / 8)
    }

    @Test func whoTookTooLongWaits() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 0, servedClients: true) == nil)
        #expect(pace.end(now: 700, servedClients: true) == 800)
        pace.note(from: 700, to: 1000)
        #expect(pace.end(now: 1000, servedClients: true) == nil)
    }
}
