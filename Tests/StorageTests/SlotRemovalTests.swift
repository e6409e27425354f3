import Primitives
import Storage
import Testing

@Suite struct SlotRemovalTests {
    private let keyspace = Keyspace(seed: 5)

    private func set(_ key: String, _ value: String, _ database: Int = 0, _ expiry: ExpiryChange = .clear) {
        Bytes.with(key) { key in
            Bytes.with(value) { keyspace.set(keyspace.key(key), StringValue($0), database, expiry: expiry) }
        }
    }

    private func slot(_ key: String) -> Int { Bytes.with(key) { keyspace.key($0).slot } }

    @Test func aLargeSlotGoesWithAllThatItOwns() {
        set("other", "1")
        let before = keyspace.liveBytes
        for index in 0..<3000 { set("{tag}\(index)", index % 100 == 0 ? String(repeating: "x", count: 5000) : "v") }
        for index in 0..<10 { set("{tag}\(index)", "v", 0, .at(5000)) }
        let changes = keyspace.changes
        let tag = slot("{tag}")
        #expect(keyspace.removeKeys(inSlots: tag...tag, 0) == 3000)
        #expect(keyspace.changes == changes + 3000)
        #expect(keyspace.liveBytes == before)
        #expect(keyspace.existing(0)?.count == 1 && keyspace.existing(0)?.expiringCount == 0)
        #expect(keyspace.removeKeys(inSlots: tag...tag, 0) == 0)
        set("{tag}", "again")
        #expect(keyspace.existing(0)?.count(inSlot: tag) == 1)
    }

    @Test func onlyTheDatabasesMeantAreEmptied() {
        for database in [0, 3] { set("k", "v", database) }
        #expect(keyspace.removeKeys(inSlots: 0...16383, 3) == 1)
        #expect(keyspace.existing(0)?.count == 1)
        set("k", "v", 3)
        #expect(keyspace.removeKeys(inSlots: 0...16383, nil) == 2)
    }

    @Test func observersSeeWhatGoes() {
        set("k", "v")
        let saved = SavedNames()
        _ = keyspace.beginSnapshot(saved)
        keyspace.wantsTouches = true
        keyspace.removeKeys(inSlots: 0...16383, nil)
        #expect(saved.names == ["k"])
        #expect(keyspace.touched == [.key(Array("k".utf8), database: 0)])
    }
}

/// The names of what a walk saves.
private final class SavedNames: SnapshotSink {
    var names: [String] = []
    let isFull = false

    func save(_ entry: Entry, database: Int) { names.append(String(entry.key)) }
}
