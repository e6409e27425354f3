import Testing

@testable import Server

@Suite struct WalkPaceTests {
    @Test func anIdleNodeGivesAllItsTimeInShortSlices() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 10_000_000, servedClients: false) == 10_500_000)
        pace.note(from: 10_000_000, to: 10_500_000)
        #expect(pace.end(now: 10_500_000, servedClients: false) == 11_000_000)
    }

    @Test func aBusyNodeGivesASixteenthOfItsTime() {
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
        #expect(walked > now / 17)
        #expect(walked <= now / 16)
    }

    @Test func halfOfWhatANodeWaitsIsGiven() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 100_000, servedClients: true, waited: 100_000) == 150_000)
        pace.note(from: 100_000, to: 150_000)
        #expect(pace.end(now: 420_000, servedClients: true, waited: 90_000) == 477_000)
    }

    @Test func aLongWaitIsGivenInShortSlices() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 300_000, servedClients: true, waited: 300_000) == 360_000)
        pace.note(from: 300_000, to: 360_000)
        #expect(pace.hasCredit)
        #expect(pace.end(now: 360_000, servedClients: false) == 420_000)
        pace.note(from: 360_000, to: 420_000)
        #expect(pace.end(now: 420_000, servedClients: false) == 450_000)
        pace.note(from: 420_000, to: 450_000)
        #expect(!pace.hasCredit)
        // It does not pile up.
        #expect(pace.end(now: 2_400_000, servedClients: true, waited: 1_900_000) == 2_460_000)
        pace.note(from: 2_400_000, to: 2_900_000)
        #expect(!pace.hasCredit)
    }

    @Test func whoTookTooLongWaits() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 0, servedClients: true) == nil)
        #expect(pace.end(now: 1500, servedClients: true) == 1600)
        pace.note(from: 1500, to: 1800)
        #expect(pace.end(now: 1800, servedClients: true) == nil)
        // What it took too much it is not given again.
        #expect(pace.end(now: 4800, servedClients: true) == nil)
        #expect(pace.end(now: 7800, servedClients: true) == 8000)
    }
}
