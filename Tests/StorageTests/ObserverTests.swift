import Primitives
import Storage
import Testing

/// What follows from a change beside the change: the snapshot's copy, and the record of what was touched.
@Suite struct ObserverTests {
    private let keyspace = Keyspace(seed: 11)

    private func set(_ key: String, _ value: String, _ expiry: ExpiryChange = .clear) {
        Bytes.with(key) { key in
            Bytes.with(value) { keyspace.set(keyspace.key(key), StringValue($0), 0, expiry: expiry) }
        }
    }

    private func with(_ key: String, _ body: (Key) -> Void) { Bytes.with(key) { body(keyspace.key($0)) } }

    /// What a walk saves.
    private final class Walk: SnapshotSink {
        var saved: [String] = []
        let isFull = false

        func save(_ entry: Entry, database: Int) {
            saved.append("\(database) \(String(entry.key))=\(entry.withString { String($0) })")
        }
    }

    private func beginWalk() -> Walk {
        let walk = Walk()
        _ = keyspace.beginSnapshot(walk)
        return walk
    }

    @Test func aWalkIsShownEachEntryOnceAsItWasAtTheCut() {
        for key in ["a", "b", "c", "d", "e", "f"] { set(key, "old") }
        let walk = beginWalk()
        set("a", "new")
        set("a", "newer")
        with("b") { key in keyspace.edit(key, count: 4, 0, event: .append) { $0[3] = 0x21 } }
        with("c") { keyspace.remove($0, 0) }
        with("d") { keyspace.setExpiry($0, 5, 0) }
        with("e") { from in with("f") { keyspace.move(from, 0, to: $0, 0, events: (.renameFrom, .renameTo)) } }
        #expect(walk.saved == ["0 a=old", "0 b=old", "0 c=old", "0 d=old", "0 e=old", "0 f=old"])
    }

    @Test func whatIsBornDuringTheWalkIsNotShown() {
        let walk = beginWalk()
        set("young", "1")
        set("young", "2")
        with("young") { keyspace.remove($0, 0) }
        #expect(walk.saved.isEmpty)
    }

    @Test func anExpiredKeyIsShownBeforeItGoes() {
        keyspace.now = 1000
        set("k", "v", .at(1500))
        let walk = beginWalk()
        keyspace.now = 2000
        with("k") { #expect(keyspace.live($0, 0) == nil) }
        #expect(walk.saved == ["0 k=v"])
    }

    @Test func touchesAreRecordedInOrder() {
        keyspace.wantsTouches = true
        set("a", "1")
        with("a") { keyspace.setExpiry($0, 5000, 0) }
        with("a") { keyspace.remove($0, 0) }
        set("b", "1")
        keyspace.swap(0, 1)
        keyspace.flush(1, later: false)
        let a = Touch.key(Array("a".utf8), database: 0)
        #expect(
            keyspace.touched == [
                a, a, a, .key(Array("b".utf8), database: 0), .database(0), .database(1), .database(1),
            ])
    }

    @Test func onlyAwaitedKeysAreRecorded() {
        for _ in 0..<2 { with("a") { keyspace.beginAwaiting($0.bytes) } }
        with("a") { keyspace.endAwaiting($0.bytes) }
        let keys = (0..<100).map { "key\($0)" }
        for key in keys + ["a"] { set(key, "1") }
        // Some other keys may look alike, most do not.
        #expect(keyspace.touched.last == .key(Array("a".utf8), database: 0))
        #expect(keyspace.touched.count < 20)
        keyspace.touched = []
        with("a") { keyspace.endAwaiting($0.bytes) }
        set("a", "2")
        #expect(keyspace.touched.isEmpty && keyspace.observers.isEmpty)
    }

    @Test func withoutListenersNothingIsKept() {
        set("a", "1")
        #expect(keyspace.touched.isEmpty && keyspace.notifications.isEmpty && !keyspace.hasAftermath)
    }
}
