import Primitives
import Storage

// Slots that were being filled from another node when a snapshot was taken: whoever loads it has to know that they are nobody's
// yet.

extension Keyspace {
    static let incomingFact: StaticString = "slot-import"

    /// What a snapshot says of them: the name of what fills them, and the slots.
    var incomingFacts: [(name: String, value: String)] {
        incomingSlots.map { name, marks in
            (name: "\(Keyspace.incomingFact)", value: ([name] + marks.slots.map(String.init)).joined(separator: " "))
        }
    }

    /// Takes what a snapshot says of them.
    func takeIncoming(_ value: Bytes) {
        let words = String(value).split(separator: " ")
        guard let name = words.first else { return }
        let slots = words.dropFirst().compactMap { Int($0) }.filter { (0..<hashSlotCount).contains($0) }
        incomingSlots[String(name)] = SlotMarks(slots)
    }
}
