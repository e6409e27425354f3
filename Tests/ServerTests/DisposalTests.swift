import Glibc
import Primitives
import Storage
import Structures
import Testing

@testable import Server

@Suite struct DisposalTests {
    /// A keyspace whose flushed databases go to the helper thread; run under the thread sanitizer by `make sanitize`.
    @Test func databasesAreFreedBehindTheNodesBack() {
        let disposal = Disposal()
        let keyspace = Keyspace(seed: 3)
        keyspace.dispose = { disposal.take($0) }
        let big = [UInt8](repeating: 7, count: 10_000)
        for round in 0..<50 {
            for number in 0..<200 {
                Bytes.with("key:\(number)") { key in
                    big.withBytes { keyspace.set(keyspace.key(key), .bytes($0), round % 3, expiry: .clear) }
                }
            }
            #expect(keyspace.flush(nil, later: true) == 200)
            #expect(keyspace.existing(0)?.count == 0)
        }
        #expect(keyspace.statistics.lazilyFreed == 50 * 200)
        for _ in 0..<1000 where disposal.pending > 0 { usleep(1000) }
        #expect(disposal.pending == 0)
    }

    /// Sets that are held twice go one after the other: the helper lets go of pages that the node goes on changing.
    @Test func sharedCollectionsAreFreedBehindTheNodesBack() {
        let disposal = Disposal()
        let keyspace = Keyspace(seed: 5)
        keyspace.dispose = { disposal.take($0) }
        Bytes.with("source") { source in
            let key = keyspace.key(source)
            add(0..<30_000, to: key, keyspace)
            for round in 0..<30 {
                Bytes.with("copy") { copy in
                    guard let entry = keyspace.live(key, 0) else { return }
                    keyspace.copy(entry, to: keyspace.key(copy), 0, expiry: nil, event: .copyTo)
                    keyspace.remove(keyspace.key(copy), 0)
                }
                // These copy pages that the helper is letting go of.
                add(30_000 + round * 100..<30_100 + round * 100, to: key, keyspace)
            }
            #expect(keyspace.live(key, 0)?.view(as: SetValue.self).count == 33_000)
            keyspace.remove(key, 0)
        }
        for _ in 0..<1000 where disposal.pending > 0 { usleep(1000) }
        #expect(disposal.pending == 0)
    }

    private func add(_ numbers: Range<Int>, to key: Key, _ keyspace: Keyspace) {
        var (set, open) = keyspace.open(keyspace.live(key, 0), 0, as: SetValue.self)
        for number in numbers { Bytes.with("member:\(number)") { _ = set.add($0, keyspace.limits) } }
        #expect(keyspace.close(set, open, key, 0))
    }
}
