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
        #expect(pace.end(now: 160_000, servedClients: true, waited: 160_000) == 240_000)
        pace.note(from: 160_000, to: 240_000)
        #expect(pace.end(now: 540_000, servedClients: true, waited: 150_000) == 625_000)
    }

    @Test func slotsThatMoveGetTwiceWhatANodeWaitsInShortSlices() {
        var pace = WalkPace(nanosecondsPerTick: 1)
        #expect(pace.end(now: 200_000, servedClients: true, waited: 200_000, isUrgent: true) == 320_000)
        pace.note(from: 200_000, to: 320_000)
        #expect(pace.hasCredit)
        #expect(pace.end(now: 320_000, servedClients: false) == 440_000)
        pace.note(from: 320_000, to: 440_000)
        #expect(pace.end(now: 440_000, servedClients: false) == 560_000)
        pace.note(from: 440_000, to: 560_000)
        #expect(pace.end(now: 560_000, servedClients: false) == 600_000)
        pace.note(from: 560_000, to: 600_000)
        #expect(!pace.hasCredit)
        // It does not pile up.
        #expect(pace.end(now: 2_500_000, servedClients: true, waited: 1_900_000, isUrgent: true) == 2_620_000)
        pace.note(from: 2_500_000, to: 3_000_000)
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
