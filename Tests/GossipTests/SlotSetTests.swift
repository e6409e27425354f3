import Gossip
import Primitives
import Testing

@Suite struct SlotSetTests {
    @Test func slotsComeAndGo() {
        var set = SlotSet([0, 63, 64, 16383])
        let changes = [set.insert(64), set.insert(65), set.remove(0), set.remove(0)]
        #expect(changes == [false, true, true, false])
        #expect(set.slots == [63, 64, 65, 16383])
        #expect(set.ranges == [63...65, 16383...16383])
        #expect(set.count == 4 && SlotSet(words: set.words) == set)
    }

    @Test func rangesOfAllAndNone() {
        #expect(SlotSet().ranges.isEmpty)
        #expect(SlotSet(0..<hashSlotCount).ranges == [0...hashSlotCount - 1])
    }
}
